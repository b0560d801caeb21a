#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""
The speed of the Python package, as ratios against rivals of the same run: bench.py [--fast] [options of pyperf]

The two bare system calls are a loop in C (bare.c, which is compiled here): a ctypes call costs as much as they do. Both sides lock the same
kind of memory, a private page of their own, because a lock in the middle of a larger mapping makes the kernel split and join it.

What an import adds is the median of what `-X importtime` says in many processes; all that the package itself imports is in it.
"""
import ctypes
import ctypes.util
import importlib.metadata
import importlib.util
import mmap
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import timeit
from pathlib import Path

import pyperf

HERE = Path(__file__).parent
STATEMENTS = 10  # in one turn of the loop, so that the turning itself is not in the figure
STARTS = 30
LIFE = "with LockedBuffer(32): pass"
PLAIN = "bytearray(32)"
SETUP = "from osmemlock import LockedBuffer"


def page():
    """A private page that is present, as memory that a program has written to."""
    made = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    made[0] = 1
    return made


def time_statement(loops, statement, setup):
    return timeit.Timer("\n".join([statement] * STATEMENTS), setup, timer=pyperf.perf_counter).timeit(loops)


def bare_locks(loops, library):
    pair = ctypes.CDLL(library).bare_locks
    pair.restype = ctypes.c_double
    pair.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_long]
    memory = page()
    seconds = pair(ctypes.addressof(ctypes.c_char.from_buffer(memory)), len(memory), loops)
    if seconds < 0:
        raise OSError("mlock() failed")
    return seconds


def sodium():
    """libsodium's two calls, told to ctypes as a careful user would."""
    library = ctypes.CDLL(ctypes.util.find_library("sodium"))
    library.sodium_malloc.restype = ctypes.c_void_p
    library.sodium_malloc.argtypes = [ctypes.c_size_t]
    library.sodium_free.argtypes = [ctypes.c_void_p]
    library.sodium_free.restype = None
    if library.sodium_init() < 0:
        raise OSError("sodium_init() failed")
    return library.sodium_malloc, library.sodium_free


class Bench:
    """pyperf runs this program again as a worker for each benchmark; there a result is None."""

    def __init__(self):
        self.runner = pyperf.Runner(add_cmdline_args=lambda command, args: command.extend(("--bare", args.bare or "")))
        self.runner.argparser.add_argument("--bare", help="bare.c, compiled (made when missing)")
        self.runner.argparser.set_defaults(quiet=True, processes=10)
        self.args = self.runner.parse_args()
        self.results = {}

    def time(self, name, statement, setup="pass"):
        self.results[name] = self.runner.bench_time_func(name, time_statement, statement, setup, inner_loops=STATEMENTS)

    def lives(self):
        self.time(PLAIN, PLAIN)
        self.time(LIFE, LIFE, SETUP)
        if ctypes.util.find_library("sodium"):
            setup = f"import sys; sys.path.insert(0, {str(HERE)!r}); from bench import sodium; new, free = sodium()"
            self.time("ctypes libsodium", "free(new(32))", setup)
        if importlib.util.find_spec("zeroize"):
            setup = "from zeroize import mlock, munlock, zeroize1"
            self.time("zeroize", "b = bytearray(32); mlock(b); zeroize1(b); munlock(b)", setup)

    def views(self):
        self.time("memoryview(bytearray)", "memoryview(b)", "b = bytearray(32)")
        self.time("memoryview(LockedBuffer)", "memoryview(b)", f"{SETUP}; b = LockedBuffer(32)")

    def locks(self):
        memory = f"import sys; sys.path.insert(0, {str(HERE)!r}); from bench import page; b = page()"
        if self.args.bare:
            self.results["bare"] = self.runner.bench_time_func("bare", bare_locks, self.args.bare)
        self.time("mlock+munlock", "mlock(b); munlock(b)", f"from osmemlock import mlock, munlock; {memory}")
        if importlib.util.find_spec("zeroize"):
            setup = f"from zeroize import mlock, munlock; b = bytearray({mmap.PAGESIZE})"
            self.time("zeroize mlock+munlock", "mlock(b); munlock(b)", setup)

    def median(self, name):
        result = self.results.get(name)
        return result.median() if result else None


def import_seconds():
    """The line of the package itself, "import time: self | cumulative | osmemlock", in microseconds."""
    command = [sys.executable, "-X", "importtime", "-c", "import osmemlock"]
    told = [subprocess.run(command, stderr=subprocess.PIPE, text=True, check=True).stderr for _ in range(STARTS)]
    return [int(text.splitlines()[-1].split("|")[1]) / 1e6 for text in told]


def compile_bare(folder):
    library = os.path.join(folder, "bare.so")
    command = [os.environ.get("CC", "cc"), "-O2", "-shared", "-fPIC", "-o", library, HERE / "bare.c"]
    try:
        subprocess.run(command, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"SKIP: the bare system calls: {error.strerror if isinstance(error, OSError) else 'bare.c cannot be compiled'}")
        return None
    return library


def amount(seconds):
    return f"{seconds * 1e9:.1f} ns" if seconds < 1e-4 else f"{seconds * 1e3:.2f} ms"


def versions():
    yield f"osmemlock {importlib.import_module('osmemlock').__version__}"
    yield f"{platform.python_implementation()} {platform.python_version()}"
    for package in ("zeroize", "secure-memory"):
        try:
            yield f"{package} {importlib.metadata.version(package)}"
        except importlib.metadata.PackageNotFoundError:
            yield f"{package}: not installed"
    yield "libsodium by ctypes" if ctypes.util.find_library("sodium") else "libsodium: not installed"
    yield f"{platform.system()} {platform.release()}, {os.cpu_count()} processors, load average {os.getloadavg()[0]:.2f}"


def figures(bench):
    print("\nmedians")
    for name, result in bench.results.items():
        if result:
            print(f"  {name:32} {amount(result.median()):>12} (+- {amount(result.stdev())})")
    base = bench.median(PLAIN)
    print(f"a secret's life, over {PLAIN}")
    for name in (LIFE, "ctypes libsodium", "zeroize"):
        if bench.median(name):
            print(f"  {name:32} {bench.median(name) / base:10.1f} x")
        else:
            print(f"  {name:32} SKIP: not installed")
    # The project's page names a package, but pip found no file of it, so nobody here has seen what to call.
    found = importlib.util.find_spec("secure_memory")
    print(f"  {'secure-memory':32} SKIP: {'its interface is not known to this program' if found else 'not installed'}")


def verdict(target, figure, reached):
    print(f"  {target:62} | {figure:44} | {'reached' if reached else 'missed'}")


def at_most(bench, target, limit, ours, theirs):
    a, b = bench.median(ours), bench.median(theirs)
    if a and b:
        verdict(target, f"{a / b:.3f} ({amount(a)} over {amount(b)})", a / b <= limit)
    else:
        print(f"  {target:62} | {'-':44} | not measured")


def targets(bench):
    print("\nTARGETS (medians)")
    at_most(bench, "with LockedBuffer(32): pass <= 3 x bytearray(32)", 3, LIFE, PLAIN)
    at_most(bench, "memoryview(b) <= 1.3 x that of a bytearray", 1.3, "memoryview(LockedBuffer)", "memoryview(bytearray)")
    at_most(bench, "mlock+munlock <= 1.1 x the two bare system calls", 1.1, "mlock+munlock", "bare")
    imports = import_seconds()
    tenths = statistics.quantiles(imports, n=10)
    added = statistics.median(imports)
    verdict("import adds <= 3 ms", f"{amount(added)} ({amount(tenths[0])}-{amount(tenths[-1])})", added <= 3e-3)


def main():
    bench = Bench()
    with tempfile.TemporaryDirectory() as folder:
        if not bench.args.worker:
            bench.args.bare = compile_bare(folder)
        bench.lives()
        bench.views()
        bench.locks()
    if not bench.args.worker:
        print(*versions(), sep="\n")
        figures(bench)
        targets(bench)


if __name__ == "__main__":
    main()
