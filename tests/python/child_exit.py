# SPDX-License-Identifier: MIT OR Apache-2.0
"""What test_exit.py runs: something holds a buffer, and the interpreter ends."""
import ctypes
import os
import sys
import threading

LENGTH = 32
_libc = ctypes.CDLL(None)
kept = []
local = threading.local()


def pause_at_exit():
    """pause(2) as an exit handler of the C library. Handlers run last in, first out; none of them is Python's any more."""
    _libc.__cxa_atexit(_libc.pause, None, None)


def take():
    from osmemlock import LockedBuffer  # Not before a handler that must run last was registered.

    return LockedBuffer.from_fd(0, max=LENGTH)


def hold_global():
    kept.append(take())


def hold_cycle():
    ring = [take()]
    ring.append(ring)


def hold_leaked():
    """A reference that nobody gives back, as a faulty extension leaves it."""
    key = take()
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(key))


def hold_thread():
    """A daemon thread's frame, which the interpreter never unwinds."""
    held = threading.Event()

    def job():
        key = take()
        held.set()
        threading.Event().wait()
        key.close()

    threading.Thread(target=job, daemon=True).start()
    held.wait()


def hold_view():
    kept.append(memoryview(take()))


def hold_thread_local():
    local.key = take()


def hold_exception():
    try:
        key = take()
        key.decode_base64("too many")
    except TypeError as error:
        sys.last_value = error


def hold(holder, handler):
    if handler == "last":
        pause_at_exit()
    globals()["hold_" + holder]()
    if handler == "first":
        pause_at_exit()
    os.write(1, b"holding\n")
