# SPDX-License-Identifier: MIT OR Apache-2.0
"""What test_nomemory.py runs: the rounds of child_counts.py, in which one allocation of the interpreter is refused, each in turn."""
import _testcapi
import gc
import sys

import child_counts
import procfs

import osmemlock

POSITIONS = 200


def outcome(one_round, position):
    """Whether it was refused; nothing but MemoryError may come of it."""
    _testcapi.set_nomemory(position, position + 1)
    try:
        one_round()
    except MemoryError:
        return True
    finally:
        _testcapi.remove_mem_hooks()
    return False


def refuse(name):
    one_round = child_counts.ROUNDS[name]
    one_round()
    gc.collect()
    live, locked = osmemlock.info()["live_buffers"], procfs.locked_kib()
    refused = sum(outcome(one_round, position) for position in range(POSITIONS))
    sys.last_value = sys.last_traceback = None  # what it holds would be alive
    gc.collect()
    one_round()
    gc.collect()
    print("refused", refused > 0, "live", osmemlock.info()["live_buffers"] - live, "locked", procfs.locked_kib() <= locked)
