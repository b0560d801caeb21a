#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The guard of a run knows each process of the run at every moment of its life, so that it leaves none (audit N3)."""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import tidy  # noqa: E402 # the guard itself, of tests/tidy.py

TRIES = 3000
PYTHON = [sys.executable, "-S", "-E", "-c"]
BEGINS = "import os, sys; print(flush=True); os.execv(sys.executable, [*sys.argv[1:], *sys.argv[1:]])"
OPENS = "import os\nprint(flush=True)\nwhile True:\n  some = [os.open('/dev/null', 0) for _ in range(20)]\n  for one in some: os.close(one)"
failed = []


def say(well, what):
    print("ok   " if well else "FAIL ", what, flush=True)
    if not well:
        failed.append(what)


def missed(process, folder):
    return sum(not tidy.is_of(process.pid, folder) for _ in range(TRIES))


def running(code, **how):
    command = [*PYTHON, code]
    process = subprocess.Popen([*command, *command], stdout=subprocess.PIPE, **how)
    process.stdout.readline()  # only now it is the program, with its environment
    return process


def known_while(what, code, folder, **how):
    with running(code, **how) as process:
        misses = missed(process, folder)
        stranger = tidy.is_of(process.pid, folder + "x")
        process.kill()
    say(not misses, f"{what}: known at each of {TRIES} looks, all but {misses}")
    say(not stranger, f"{what}: not of another run (control)")


def killed_means_gone(folder):
    alive = 0
    for _ in range(50):
        with running(BEGINS, env={"OSML_TIDY": folder}) as process:
            alive += not (tidy.end_processes(folder) and tidy.fields(process.pid)[0] == "Z")
    say(not alive, "what the guard has ended is gone when it says so")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as work:
        mark = pathlib.Path(work, ".mark")
        mark.touch()
        known_while("a program that begins another one all the time", BEGINS, work, env={"OSML_TIDY": work})
        with mark.open(encoding="utf-8") as file:
            known_while("one without environment that opens and closes files", OPENS, work, env={}, pass_fds=[file.fileno()])
        say(not tidy.is_of(os.getpid(), work), "this process is none of the run (control)")
        killed_means_gone(work)
    sys.exit(1 if failed else 0)
