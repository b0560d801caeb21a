# SPDX-License-Identifier: MIT OR Apache-2.0
"""What test_warning.py runs in an interpreter of its own, where warnings are as the command line says."""
import gc
import warnings

from osmemlock import LockedBuffer, info


def cycle():
    ring = [LockedBuffer(8)]
    ring.append(ring)
    del ring
    gc.collect()


def drop():
    LockedBuffer(8)
    cycle()
    print("live", info()["live_buffers"])


def drop_with_hoarding_hook():
    kept = []

    def hoard(message, category, filename, lineno, file=None, line=None):
        kept.append((message, file, line))

    warnings.showwarning = hoard
    for _ in range(100):
        LockedBuffer(8)
    gc.collect()
    print("live", info()["live_buffers"])
