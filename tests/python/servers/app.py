# SPDX-License-Identifier: MIT OR Apache-2.0
"""An application of WSGI that signs paths. Under `gunicorn --preload` it is imported once, before the workers are forked."""
import hmac
import os

from osmemlock import LockedBuffer

key = LockedBuffer.from_file(os.environ["KEY_FILE"], fork=os.environ["KEY_FORK"])
view = memoryview(key)  # what must not be done before a fork


def application(environ, start_response):
    path = environ["PATH_INFO"]
    tag = hmac.digest(view if path == "/view" else key, path.encode(), "sha256").hex()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {tag}".encode()]
