# SPDX-License-Identifier: MIT OR Apache-2.0
"""A credential helper: it knows accounts, one in each line "HOST USER PASSWORD", and is asked for a host. The answer is the header to send there."""
import base64

accounts = {}


def start(secret):
    for line in secret.decode().splitlines():
        host, user, password = line.split(" ")
        accounts[host] = user, password


def answer(request):
    host = request.decode()
    if host not in accounts:
        return f"nothing is known of {host}\n".encode()
    token = base64.b64encode(":".join(accounts[host]).encode())
    return b"Authorization: Basic " + token + b"\n"
