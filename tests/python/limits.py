# SPDX-License-Identifier: MIT OR Apache-2.0
"""Takes rights away from the current process, for good. For children only."""
import ctypes
import os
import resource

_CAP_IPC_LOCK = 14  # linux/capability.h
_VERSION_3 = 0x20080522
_libc = ctypes.CDLL(None, use_errno=True)


def _capabilities(call, head, data):
    if call(head, data):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def without_ipc_lock():
    """Drops CAP_IPC_LOCK, which lifts the limit on locked memory. `data`: effective, permitted, inheritable; low words, then high."""
    head = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)()
    _capabilities(_libc.capget, head, data)
    for word in range(3):
        data[word] &= ~(1 << _CAP_IPC_LOCK)
    _capabilities(_libc.capset, head, data)


def locked_memory(limit):
    without_ipc_lock()
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (limit, limit))
