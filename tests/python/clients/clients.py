# SPDX-License-Identifier: MIT OR Apache-2.0
"""The table of all clients: whoever wants one more adds it to the tuple of its file."""
import importlib
import importlib.util
from dataclasses import replace

from ciphers import CIPHERS
from consumers import CONSUMERS
from contrasts import CONTRASTS
from exposed import EXPOSED
from osmemlock import locked_heap
from sources import DESTINATIONS, SOURCES

GROUPS = {
    "In": SOURCES,
    "Computing": CONSUMERS,
    "pyca/cryptography": CIPHERS,
    "For one scope": EXPOSED,
    "Out": DESTINATIONS,
    "For contrast": CONTRASTS,
}
CLIENTS = {client.name: client for group in GROUPS.values() for client in group}


def scoped(client):
    """The same client in a scope of the locked heap, which moves all copies that Python makes into locked memory."""

    def use(key, channel):
        with locked_heap():
            return client.use(key, channel)

    return replace(client, name=f"{client.name} in locked_heap()", use=use)


IN_THE_HEAP = {client.name: client for client in map(scoped, CLIENTS.values())}


def missing(client):
    """Why the client is unavailable here, or an empty text."""
    for module in client.modules:
        if importlib.util.find_spec(module) is None:
            return f"{module} is not installed"
    return f"{client.has.partition(':')[2]} is not in this release" if client.has and not present(client.has) else ""


def present(what):
    module, _, names = what.partition(":")
    try:
        found = importlib.import_module(module)
    except ImportError:
        return False
    for name in names.split("."):
        found = getattr(found, name, None)
    return found is not None
