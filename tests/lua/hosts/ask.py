#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Asks an HTTP host on loopback: ask.py PORT PATH [KEY-FILE]. Prints the status and the body.

With a key the request carries the header X-Mac: the HMAC-SHA256 of the path, in hex. A host that is still starting is tried again.
"""
import hmac
import http.client
import os
import pathlib
import sys
import time

PATIENCE = 20  # seconds until a host that does not listen is given up


def mac(path, key_file):
    return hmac.new(pathlib.Path(key_file).read_bytes(), path.encode(), "sha256").hexdigest()


def ask(port, path, headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return f"{answer.status} {answer.read().decode().strip()}"


def main(port, path, key_file=None):
    headers = {"X-Mac": mac(path, key_file)} if key_file else {}
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            print(ask(int(port), path, headers))
            return 0
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                print("nobody listens there")
                return 1
            os.sched_yield()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
