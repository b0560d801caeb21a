# SPDX-License-Identifier: MIT OR Apache-2.0
"""Memory for secrets: out of swap, core dumps, forked children and stray copies.

>>> from osmemlock import LockedBuffer
>>> with LockedBuffer.random(32) as key:
...     len(key), bool(key.protections & {"locked"})
(32, True)

Sizes are in bytes. Everything may be called from any thread. What a forked child sees stands with each object.
"""
from osmemlock._core import (
    SEM_FAILCRITICALERRORS,
    SEM_NOGPFAULTERRORBOX,
    SEM_NOOPENFILEERRORBOX,
    CoreDumpsGuard,
    CorruptionError,
    ForkedError,
    LockedBuffer,
    LockLimitError,
    UnsupportedError,
    __version__,
    disable_core_dumps_for_process,
    disable_core_dumps_with_guard,
    harden,
    harden_undo,
    info,
    locked,
    locked_heap,
    madvise_dontdump,
    mlock,
    munlock,
    purge,
    scrub,
    set_windows_error_mode,
    suppress_windows_error_dialogs_for_process,
    trim,
    wipe,
)

__all__ = [
    "SEM_FAILCRITICALERRORS",
    "SEM_NOGPFAULTERRORBOX",
    "SEM_NOOPENFILEERRORBOX",
    "CoreDumpsGuard",
    "CorruptionError",
    "ForkedError",
    "LockLimitError",
    "LockedBuffer",
    "UnsupportedError",
    "__version__",
    "disable_core_dumps_for_process",
    "disable_core_dumps_with_guard",
    "harden",
    "harden_undo",
    "info",
    "locked",
    "locked_heap",
    "madvise_dontdump",
    "mlock",
    "munlock",
    "purge",
    "scrub",
    "set_windows_error_mode",
    "suppress_windows_error_dialogs_for_process",
    "trim",
    "wipe",
]
