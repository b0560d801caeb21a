# SPDX-License-Identifier: MIT OR Apache-2.0
"""What test_guarded.py runs in a process of its own, which may end by SIGSEGV."""
import ctypes
import resource

import procfs

from osmemlock import LockedBuffer


def trespass(deed):
    """Touches the memory by its address, past all that the library could refuse."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    key = LockedBuffer(procfs.PAGE, guarded=True)
    address = procfs.address_of(key)
    if deed in ("before", "behind"):
        ctypes.string_at(address - procfs.PAGE if deed == "before" else address + 2 * procfs.PAGE, 1)
        return
    verb, access = deed.split()
    key.protect(access)
    if verb == "read":
        ctypes.string_at(address, 1)
    else:
        ctypes.memset(address, 1, 1)
    key.close()
