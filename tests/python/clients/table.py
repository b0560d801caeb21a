# SPDX-License-Identifier: MIT OR Apache-2.0
"""Writes docs/python-clients.md: table.py [FILE]"""
import importlib.metadata
import platform
import ssl
import sys
from pathlib import Path

import osmemlock
from clients import GROUPS, missing, scoped
from measure import HERE, measure
from tables import ROUNDS, advice, system, tables, worst

DOCUMENT = HERE.parents[2] / "docs" / "python-clients.md"
PACKAGES = ("cryptography", "numpy", "cffi", "PyNaCl", "argon2-cffi", "bcrypt", "itsdangerous", "PyJWT")
HEAD = """<!-- SPDX-License-Identifier: MIT OR Apache-2.0 -->
# Python: who takes a buffer, and what stays behind

Written by `tests/python/clients/table.py`. `tests/python/clients/test_clients.py` holds every release to it.

Each line was measured so: a process gets 32 random characters, lets one consumer work on them, drops all objects and runs the collector.
Another process then searches all of its memory that was ever written to (`/proc/PID/mem`) for the secret, whole and in halves, and for the
plaintexts and keys that come out of it. Two patterns that must be found, one in locked memory and one elsewhere, are found each time. The
result of each consumer is compared with the right one.

- **open**: copies outside locked memory while the buffer is still open. **closed**: copies anywhere after it was closed.
  In parentheses the mapping they lie in: heap, stack, or one without a name (anonymous).
- **lazily**: the worse of the two when the process was not started with `LD_BIND_NOW=1`. The other figures are with it.
- `½` is one half of the secret, found without the other one. Of {rounds} runs each, the worst counts.
- **in the heap**: the worse of open and closed when the same runs in `with locked_heap():`, outside locked memory. What is left there is of a C
  library, or was there before.
- **use it**: *yes*: nothing may stay behind, and a test sees to it; *with care*: the consumer itself is known to leave what the note says;
  *no*: shown for contrast. A 0 there proves nothing: the freed memory was used again.

A figure is true for these versions and no others:

{versions}
"""
TAIL = """
## From a descriptor to a plaintext

The question of pyca/cryptography issue 8425: how does a key get into AESGCM without ever being a `bytes` object, and where does the
plaintext go? `decrypt_into()` writes it into the second buffer.

```python
{recipe}```
"""
COLUMNS = ("call", "open", "closed", "lazily", "in the heap", "use it", "note")


def versions():
    yield f"osmemlock {osmemlock.__version__}"
    yield f"{platform.python_implementation()} {platform.python_version()}"
    yield from system()
    yield f"{ssl.OPENSSL_VERSION} in hashlib"
    for package in PACKAGES:
        try:
            yield f"{package} {importlib.metadata.version(package)}"
        except importlib.metadata.PackageNotFoundError:
            yield f"{package} not installed"
    try:
        from cryptography.hazmat.backends.openssl import backend
    except ImportError:
        return
    yield f"{backend.openssl_version_text()} in cryptography"


def note(client):
    refused = ""
    if client.refuses:
        with osmemlock.LockedBuffer(32) as key:
            try:
                client.refuses(key)
            except TypeError:
                refused = "a buffer is refused (TypeError)"
    return "; ".join(filter(None, (refused, client.note)))


def row(client):
    if missing(client):
        return (f"`{client.name}`", *["-"] * 4, advice(client), missing(client))
    now = [measure(client) for _ in range(ROUNDS)]
    lazily = [measure(client, bind_now=False) for _ in range(ROUNDS)]
    wrong = [one for one in now + lazily if one.result != one.expected]
    if wrong:
        raise RuntimeError(f"{client.name}: a wrong result")
    figures = worst(now, lambda one: one.held), worst(now, lambda one: one.closed), worst(lazily, lambda one: one.residue())
    heap = worst([measure(scoped(client)) for _ in range(ROUNDS)], lambda one: one.residue())
    return (f"`{client.name}`", *figures, heap, advice(client), note(client))


def document():
    head = HEAD.format(rounds=ROUNDS, versions="\n".join(f"- {version}" for version in versions()))
    return head + tables(GROUPS, COLUMNS, row) + TAIL.format(recipe=(HERE / "recipe.py").read_text(encoding="utf-8"))


if __name__ == "__main__":
    text = document()
    Path(sys.argv[1] if len(sys.argv) > 1 else DOCUMENT).write_text(text, encoding="utf-8")
