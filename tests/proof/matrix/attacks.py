# SPDX-License-Identifier: MIT OR Apache-2.0
"""The table of the attacks."""
from collections.abc import Callable
from dataclasses import dataclass

import misuse
import reading
import storing

CARELESS, MLOCK, PYTHON, LUA = "malloc, careless", "malloc + mlock", "Python bytes", "Lua string"
PAGE = 4096


@dataclass
class Attack:
    key: str
    title: str
    group: str
    run: Callable
    asks: frozenset = frozenset()  # commands that the subject must have
    control: str | None = None  # the subject that must be open in the same run; none: a closed cell shows its own evidence (a crash, a report)
    root: bool = False


def row(key, title, group, run, asks="", control=CARELESS, root=False):
    return Attack(key, title, group, run, frozenset(asks.split()), control, root)


STORED, READ, LEFT, MISUSED, SHARED = "stored by the system", "read by others", "left behind", "misused", "shared"

ATTACKS = [
    row("swap", "swap file, after real swapping", STORED, storing.swap, root=True),
    row("swap-killed", "swap file, after SIGKILL", STORED, storing.swap_killed, root=True),
    row("swap-quota", "swap file, past the lock quota", STORED, storing.swap_past_quota, "fill more", root=True),
    row("core", "core file (SIGABRT)", STORED, reading.core),
    row("stack", "the same: registers and stack", STORED, reading.stack),
    row("gcore", "gcore", STORED, reading.gcore),
    row("gcore-all", "gcore, told to dump excluded mappings", STORED, reading.gcore_all),
    row("mem", "/proc/PID/mem, held", READ, reading.held),
    row("outside", "the same: outside locked memory", READ, reading.outside),
    row("remote", "process_vm_readv, held", READ, reading.remote),
    row("fork", "child of fork()", READ, reading.child("fork"), "fork"),
    row("clone", "child of clone()", READ, reading.child("clone"), "clone"),
    row("exec", "child of vfork() and exec()", READ, reading.executed, "exec"),
    row("released", "memory after release", LEFT, reading.after("release"), "release"),
    row("collected", "memory after garbage collection", LEFT, reading.after("collect"), "collect", control=PYTHON),
    row("raised", "memory after an exception", LEFT, reading.after("raise"), "raise", control=PYTHON),
    row("refused", "memory after a refused read", LEFT, reading.refused, "refuse"),
    row("cancelled", "memory after a cancelled read", LEFT, reading.cancelled, "read"),
    row("exit", "memory at the end of exit()", LEFT, reading.ended(0), "exit"),
    row("_exit", "memory at the end of _exit()", LEFT, reading.ended(1), "_exit"),
    row("environment", "environment variable, taken", LEFT, reading.environment),
    *[row(f"over-{n}", f"overrun by {n if n < PAGE else 'a page'}", MISUSED, misuse.over(n), "poke", control=None) for n in (1, 8, 64, PAGE)],
    *[row(f"under-{n}", f"underrun by {n if n < PAGE else 'a page'}", MISUSED, misuse.under(n), "poke", control=None) for n in (1, 8, 64, PAGE)],
    row("read-freed", "use after free: read", MISUSED, misuse.read_freed, "peek"),
    row("write-freed", "use after free: write", MISUSED, misuse.write_freed, "poke-freed", control=CARELESS),
    row("double-free", "double free", MISUSED, misuse.double_free, "release-again", control=None),
    row("neighbour", "a neighbour is freed: still locked?", SHARED, misuse.neighbour, "pair", control=MLOCK),
    row("quota", "past the lock quota, in silence?", SHARED, misuse.quota, "fill"),
    row("merged", "may KSM merge it?", SHARED, misuse.merged),
    row("race", "close while another thread uses it", SHARED, misuse.race, "race", control=CARELESS),
]
