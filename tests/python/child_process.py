# SPDX-License-Identifier: MIT OR Apache-2.0
"""What test_process.py runs in a process of its own, whose limits it changes."""
import ctypes
import resource
import threading

import limits
import procfs

import osmemlock
from osmemlock import LockedBuffer

CORE = resource.RLIMIT_CORE
PR_GET_DUMPABLE = 3


def start():
    resource.setrlimit(CORE, (1024, 4096))


def limit():
    return resource.getrlimit(CORE)


def dumpable():
    return ctypes.CDLL(None).prctl(PR_GET_DUMPABLE, 0, 0, 0, 0)


def off_for_good():
    start()
    osmemlock.disable_core_dumps_for_process()
    print(limit())


def guard():
    start()
    with osmemlock.disable_core_dumps_with_guard():
        inside = limit()
    print(inside, limit())


def two_guards(order):
    start()
    guards = [osmemlock.disable_core_dumps_with_guard() for _ in range(2)]
    guards[order[0]].release()
    between = limit()
    guards[order[1]].release()
    print(between, limit())


def dropped_guard():
    start()
    osmemlock.disable_core_dumps_with_guard()
    print(limit())


def guard_with_error():
    start()
    try:
        with osmemlock.disable_core_dumps_with_guard():
            raise KeyError("mine")
    except KeyError as error:
        print(error.args[0], limit())


def released_twice():
    start()
    one = osmemlock.disable_core_dumps_with_guard()
    one.release()
    one.release()
    print(limit())


def guard_and_for_good():
    start()
    with osmemlock.disable_core_dumps_with_guard():
        osmemlock.disable_core_dumps_for_process()
    print(limit())


def lowered_hard_limit():
    start()
    one = osmemlock.disable_core_dumps_with_guard()
    resource.setrlimit(CORE, (0, 512))
    try:
        one.release()
    except PermissionError as error:
        print(type(error).__name__, end=" ")
    two = osmemlock.disable_core_dumps_with_guard()
    try:
        with two:
            resource.setrlimit(CORE, (0, 256))
            raise KeyError("mine")
    except KeyError as error:
        print(error.args[0])


def harden_all():
    start()
    for step, error in sorted(osmemlock.harden().items()):
        print(step, error, end=" ")
    print("dumpable", dumpable(), "limit", limit()[0])


def harden_one():
    start()
    print(sorted(osmemlock.harden("undumpable")), "dumpable", dumpable(), "limit", limit()[0])


def harden_undo():
    start()
    osmemlock.harden()
    print(sorted(osmemlock.harden_undo()), "dumpable", dumpable(), "limit", limit()[0])


def undo_nothing():
    start()
    print(sorted(osmemlock.harden_undo()))


def purge():
    key, large = LockedBuffer.from_bytes(b"key"), LockedBuffer(100_000, guarded=True)
    view = memoryview(key)
    osmemlock.purge()
    osmemlock.purge()
    print(key.closed, large.closed, osmemlock.info()["live_buffers"], bytes(view), end=" ")
    view.release()
    key.close()
    with LockedBuffer(32) as new:
        print(key.pins, len(new))


def trim():
    def use():
        for key in [LockedBuffer(1000) for _ in range(100)]:
            key.close()
        used.wait()
        trimmed.wait()

    used, trimmed = threading.Barrier(3), threading.Event()
    threads = [threading.Thread(target=use) for _ in range(2)]
    with LockedBuffer.from_bytes(b"stays") as key:
        for thread in threads:
            thread.start()
        used.wait()
        before = osmemlock.info()
        osmemlock.trim()
        now = osmemlock.info()
        trimmed.set()
        print(before["idle_bytes"] > 0, now["idle_bytes"] == 0, now["library_locked_bytes"] <= 2 * now["page_size"], bytes(key), end=" ")
        print(procfs.locked_kib() * 1024 == now["library_locked_bytes"])
        for thread in threads:
            thread.join()


def limits_reported():
    limits.locked_memory(65536)
    report = osmemlock.info()
    print(report["lock_limit_soft"], report["lock_limit_hard"])
