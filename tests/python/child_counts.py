# SPDX-License-Identifier: MIT OR Apache-2.0
"""What test_counts.py runs: each round is something that is done, or refused, and let go of."""
import copy
import gc
import itertools
import os
import pickle
import sys

import procfs

import osmemlock
from osmemlock import LockedBuffer, locked

MANY = 10_000
FEW = 1000  # where each round starts a program, or asks the kernel for much
STRETCHES = 5
kept = []
source = bytearray(b"00ff" * 4)
MISSING = "/nonexistent/secret"


def refused(error, call, *arguments, **options):
    try:
        call(*arguments, **options)
    except error:
        return
    raise AssertionError("it was not refused")


def make():
    with LockedBuffer(32):
        pass
    LockedBuffer(5000, fork="nofork").close()


def drop():
    LockedBuffer(32)


def views():
    with LockedBuffer(32) as key:
        view = memoryview(key)
        part = key[1:5]
        key[1:3] = b"ab"
        assert key[0] == 0
        assert part[0] == ord("a")
        refused(IndexError, key.__getitem__, 99)
        refused(ValueError, key.__setitem__, slice(0, 3), b"ab")
        refused(TypeError, key.__getitem__, "0")
    assert view == bytes(32)


def questions():
    with LockedBuffer.from_bytes(source) as key:
        assert key.protections
        repr(key)
        assert key == source
        assert key != b"other"
        assert key != "text"
        assert key.pins == 0
        key.decode_hex()
    assert key.closed


def report():
    assert osmemlock.info()["page_size"]


def closed():
    key = LockedBuffer(8)
    key.close()
    refused(ValueError, memoryview, key)
    refused(ValueError, key.wipe)
    refused(ValueError, key.__getitem__, 0)


def protocols():
    with LockedBuffer(8) as key:
        refused(TypeError, pickle.dumps, key)
        refused(TypeError, copy.copy, key)
        refused(TypeError, hash, key)
        refused(TypeError, iter, key)


def arguments():
    refused(ValueError, LockedBuffer, -1)
    refused(TypeError, LockedBuffer, "8")
    refused(ValueError, LockedBuffer, 8, policy="lax")
    refused(TypeError, LockedBuffer, 8, colour="red")
    refused(TypeError, LockedBuffer.from_bytes, "text")
    refused(OSError, LockedBuffer(0).protect, "read")


def sources():
    reader, writer = os.pipe()
    with LockedBuffer.random(32) as key:
        key.write_fd(writer)
    os.close(writer)
    LockedBuffer.from_fd(reader).close()
    os.close(reader)
    refused(OSError, LockedBuffer.from_file, MISSING)
    refused(ValueError, LockedBuffer.from_file, "/dev/zero", max=100)
    os.environ["OSML_TEST"] = "abc"
    LockedBuffer.from_env("OSML_TEST").close()
    refused(OSError, LockedBuffer.from_env, "OSML_TEST")


def regions():
    with locked(source, wipe=False) as view:
        assert view.nbytes
    locked(source)
    refused(BufferError, locked, b"bytes")
    osmemlock.mlock(source)
    osmemlock.munlock(source)


def guards():
    with osmemlock.disable_core_dumps_with_guard():
        pass
    osmemlock.harden("core_limit")
    osmemlock.harden_undo("core_limit")


def commands():
    LockedBuffer.from_command(["echo"]).close()
    refused(OSError, LockedBuffer.from_command, [MISSING])


def control():
    kept.append(object())


ROUNDS = {f.__name__: f for f in (make, drop, views, questions, closed, protocols, arguments, sources, regions, guards, report, commands)}
RARE = {report, commands}


def state():
    return procfs.locked_kib(), procfs.open_fds(), osmemlock.info()["live_buffers"]


def counts_after(one_round, rounds):
    """(blocks, references) after so many rounds. Debug builds of Python count references."""
    for _ in range(rounds):
        one_round()
    gc.collect()
    return sys.getallocatedblocks(), getattr(sys, "gettotalrefcount", int)()


def count(name):
    """Prints the least growth of a stretch, of blocks and of references, and whether the state is the same. The first one is left out."""
    one_round = ROUNDS.get(name, control)
    stretch = (FEW if one_round in RARE else MANY) // STRETCHES
    counts = [counts_after(one_round, stretch)]
    before = state()
    for _ in range(STRETCHES):
        counts.append(counts_after(one_round, stretch))
    for kind in zip(*counts, strict=True):
        print(min(now - then for then, now in itertools.pairwise(kind)))
    print("same" if state() == before else f"{before} became {state()}")
