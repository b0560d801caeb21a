# SPDX-License-Identifier: MIT OR Apache-2.0
"""
The process that is searched: victim.py CLIENT SEED SEED SOCKET PATH. It runs one client and says so in one line, "used" with the result;
at the next byte from its standard input it closes its buffer and says "closed"; at one more it ends.
"""
import gc
import importlib
import os
import socket
import sys

from client import ALIVE, Channel
from clients import CLIENTS, IN_THE_HEAP
from control import fill
from osmemlock import LockedBuffer


def say(text):
    os.write(1, text.encode() + b"\n")
    os.read(0, 1)


def controls(locked_seed, ordinary_seed):
    """What the search must find: one pattern in locked memory, one elsewhere."""
    locked, ordinary = LockedBuffer(32), bytearray(32)
    fill(locked, int(locked_seed))
    fill(ordinary, int(ordinary_seed))
    return locked, ordinary


def main(name, locked_seed, ordinary_seed, descriptor, path):
    client = (CLIENTS | IN_THE_HEAP)[name]
    for module in client.modules:
        importlib.import_module(module)
    channel = Channel(socket.socket(fileno=int(descriptor)), path)
    kept = controls(locked_seed, ordinary_seed)
    key = LockedBuffer(32)
    if not client.reads:
        os.readv(channel.socket.fileno(), [key])
    result = client.use(key, channel)
    gc.collect()
    say("used " + ("" if result is None else result.hex()))
    ALIVE.clear()
    gc.collect()
    key.close()
    say("closed")
    kept[0].close()


if __name__ == "__main__":
    main(*sys.argv[1:])
