# SPDX-License-Identifier: MIT OR Apache-2.0
"""What test_error.py runs in a process of its own: with few rights, or forked."""
import gc
import os
import pathlib
import resource

import limits
import procfs

import osmemlock
from osmemlock import LockedBuffer

LIMIT = 64 * 1024
MIB = 1 << 20


def over_the_limit():
    limits.locked_memory(LIMIT)
    try:
        LockedBuffer(MIB)
    except osmemlock.LockLimitError as error:
        print(error.errno, error.code, str(error))
    print("live", osmemlock.info()["live_buffers"])


def exposed_over_a_limit(which):
    """Of a text that is not ASCII, for which there is no room with its wide characters: in locked memory ("lock"), or in all ("all")."""
    count = MIB // 4
    room = 3 * count
    key = LockedBuffer.from_bytes("é".encode() * count)
    if which == "lock":
        limits.locked_memory(room)
    elif which == "all":
        used = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + room, used + room))
    try:
        with key.expose_str() as text:
            print(len(text))
    except OSError as error:
        print(type(error).__name__, error.code)
    key.close()


def region_over_the_limit():
    limits.locked_memory(LIMIT)
    data = bytearray(MIB)
    try:
        osmemlock.locked(data)
    except osmemlock.LockLimitError as error:
        print(error.errno, error.code, str(error))
    data.append(0)  # The export is gone.
    print("VmLck", procfs.locked_kib())


def lock_by_address(limit):
    limits.locked_memory(limit)
    try:
        osmemlock.mlock(bytearray(MIB))
    except OSError as error:
        print(error.errno, error)


def many_small_ones():
    """64 KiB hold some hundred small secrets; the one too many is refused, and the others stay what they are."""
    limits.locked_memory(LIMIT)
    keys = []
    try:
        while len(keys) < 10_000:
            keys.append(LockedBuffer.from_bytes(b"%08d" % len(keys)))
    except osmemlock.LockLimitError:
        print("made", len(keys))
    assert all(memoryview(key) == b"%08d" % number for number, key in enumerate(keys))
    for key in keys:
        key.close()
    with LockedBuffer(MIB // 64) as key:
        print("again", sorted(key.protections & {"locked"}))


def garbage_holds_the_quota():
    """An open buffer in a cycle is released before a new one is refused (bindings/README.md, Ownership)."""
    limits.locked_memory(LIMIT)
    gc.set_threshold(0)  # It runs when it is asked only.
    large = LIMIT // 2
    region, text = bytearray(large), "x" * large
    for make in (LockedBuffer, LockedBuffer.random, lambda size: LockedBuffer.from_bytes(bytes(size)), lambda size: _from_env(text),
                 lambda size: osmemlock.locked(region)):
        for _ in range(5):
            ring = [make(large)]
            ring.append(ring)
            del ring
    print("fits")


def _from_env(text):
    os.environ["OSML_TEST"] = text
    return LockedBuffer.from_env("OSML_TEST")


def best_effort_over_the_limit():
    limits.locked_memory(LIMIT)
    with LockedBuffer(MIB, policy="best_effort") as key:
        print("locked" in key.protections, len(key))


def refused_in_nothing():
    limits.locked_memory(0)
    try:
        LockedBuffer(8)
    except osmemlock.LockLimitError as error:
        print(error)


def forked(option):
    """Every use of an inherited buffer in the child, which reports by its exit status."""
    key = LockedBuffer.from_bytes(b"parent", fork=option)
    child = os.fork()
    if child == 0:
        os._exit(_uses_refused(key))
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), bytes(memoryview(key)).decode())
    key.close()


def _uses_refused(key):
    uses = (lambda: key[0], lambda: key[0:2], lambda: memoryview(key), key.wipe, key.verify, lambda: key.protections, key.__enter__)
    refused = 0
    assert repr(key).endswith("forked>")
    for use in uses:
        try:
            use()
        except osmemlock.ForkedError as error:
            refused += error.code == "OSML_EFORKED"
    key.close()
    with LockedBuffer.random(32) as own:
        return 100 + (refused == len(uses)) + ("locked" in own.verify())
