#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Asks a service: ask.py SOCKET REQUEST. Prints the answer."""
import socket
import sys

with socket.socket(socket.AF_UNIX) as service:
    service.connect(sys.argv[1])
    service.sendall(sys.argv[2].encode() + b"\n")
    with service.makefile() as answer:
        print(answer.read(), end="")
