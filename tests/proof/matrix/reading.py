# SPDX-License-Identifier: MIT OR Apache-2.0
"""Attacks that read: core files, another process's memory, children, and what stays behind."""
import os
import re
import signal
import struct
import subprocess
import time
from trace import at_exit

from cell import CLOSED, GAP, NONE, OPEN, Cell, judged

from victim import LINE_SECONDS, Gone, scan

PT_LOAD, PT_NOTE = 1, 4


# ---- Core files ------------------------------------------------------------------------------------------------------------------------------


def dump(victim):
    """The file that the kernel writes for SIGABRT, or None."""
    os.kill(victim.pid, signal.SIGABRT)
    victim.how()
    files = [f"{victim.folder}/{name}" for name in os.listdir(victim.folder) if name.startswith("core")]
    return files[0] if files else None


def core(bench, subject):
    if not bench.cores:
        return Cell(GAP, "core_pattern puts no file into the working directory")
    with bench.start(subject) as victim:
        path = dump(victim)
        return judged(scan(bench.scanner, "file", victim.seed, path)) if path else Cell(NONE, "no core file is written")


def segments(path):
    """(type, offset, size, address) of each segment of a core file (elf(5), 64 bits)."""
    with open(path, "rb") as file:
        header = file.read(64)
        start, size, count = struct.unpack_from("<Q", header, 32)[0], *struct.unpack_from("<HH", header, 54)
        file.seek(start)
        for _ in range(count):
            kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", file.read(size))
            yield kind, offset, length, address


def stack(bench, subject):
    """In the same core file: the notes, which hold the registers of all threads, and the stack of the first one."""
    if not bench.cores:
        return Cell(GAP, "core_pattern puts no file into the working directory")
    with bench.start(subject) as victim:
        if subject.commands:
            victim.ask("use")
        with open(f"/proc/{victim.pid}/maps", encoding="ascii", errors="replace") as maps:
            low, high = (int(bound, 16) for bound in re.search(r"([0-9a-f]+)-([0-9a-f]+) .*\[stack\]", maps.read()).groups())
        path = dump(victim)
        if not path:
            return Cell(NONE, "no core file is written")
        parts = [(offset, offset + length) for kind, offset, length, address in segments(path)
                 if kind == PT_NOTE or (kind == PT_LOAD and low <= address < high)]
        places = scan(bench.scanner, "file", victim.seed, path).places
        hits = sum(any(first <= at < end for first, end in parts) for at, _ in places)
        return Cell(OPEN if hits else CLOSED, f"{hits} pieces")


def gcore(bench, subject, *options):
    with bench.start(subject) as victim:
        path = f"{victim.folder}/gcore"
        commands = [word for option in (*options, f"gcore {path}") for word in ("-ex", option)]
        try:
            subprocess.run(["gdb", "-q", "-nx", "-batch", "-p", str(victim.pid), *commands], stdin=subprocess.DEVNULL, capture_output=True, check=False,
                           timeout=300)
        except FileNotFoundError:
            return Cell(GAP, "there is no gdb")
        if not os.path.exists(path) or not os.path.getsize(path):
            return Cell(GAP, "gdb wrote no file")
        return judged(scan(bench.scanner, "file", victim.seed, path))


def gcore_all(bench, subject):
    return gcore(bench, subject, "set dump-excluded-mappings on")


# ---- The memory of a live process, and of its children ------------------------------------------------------------------------------------------


def held(bench, subject):
    with bench.start(subject) as victim:
        return judged(victim.scan("mem"))


def remote(bench, subject):
    with bench.start(subject) as victim:
        return judged(victim.scan("remote"))


def outside(bench, subject):
    with bench.start(subject) as victim:
        return judged(victim.scan("outside"))


def child(how):
    def attack(bench, subject):
        with bench.start(subject) as victim:
            pid = int(victim.ask(how))
            return judged(victim.scan("mem", pid)) if pid > 0 else Cell(GAP, "no child")
    return attack


def begun(victim, pid):
    """Until the child has left the program of its parent, whose memory it had."""
    deadline = time.monotonic() + LINE_SECONDS
    while os.readlink(f"/proc/{pid}/exe") == os.readlink(f"/proc/{victim.pid}/exe"):
        if time.monotonic() > deadline:
            raise Gone("hangs")
        os.sched_yield()
    return pid


def executed(bench, subject):
    """All that a new program inherits is the environment: so the secret comes by a variable, where the subject takes one."""
    options = {"words": subject.environment, "in_environment": True} if subject.environment else {}
    with bench.start(subject, **options) as victim:
        return judged(victim.scan("mem", begun(victim, int(victim.ask("exec")))))


# ---- What stays behind ---------------------------------------------------------------------------------------------------------------------------


def after(word):
    """What is left when the subject has done that: released it, raised out of its scope, or dropped it for the collector."""
    def attack(bench, subject):
        with bench.start(subject) as victim:
            victim.ask(word)
            return judged(victim.scan("mem"))
    return attack


def refused(bench, subject):
    with bench.start(subject) as victim:
        victim.ask("release")
        victim.fill_more()
        said = victim.ask("refuse")
        if said == "na":
            return Cell(NONE, "it has no call that reads")
        return judged(victim.scan("mem")) if said == "refused" else Cell(OPEN, said)


def cancelled(bench, subject):
    """Half of the secret has come, and the thread waits for the rest."""
    with bench.start(subject) as victim:
        victim.ask("release")
        victim.more("head -c 32")
        victim.ask("read")
        victim.ask("cancel")
        return judged(victim.scan("mem"))


def ended(code):
    def attack(bench, subject):
        with bench.start(subject) as victim:
            seen = at_exit(victim.pid, lambda: victim.tell("exit", code), victim.scan)
            return judged(seen) if seen is not None else Cell(GAP, "it could not be stopped at its end")
    return attack


def environment(bench, subject):
    """The variable, taken as the subject takes it: its memory, and what the kernel shows in /proc/PID/environ."""
    if not subject.environment:
        return Cell(NONE, "it takes none")
    try:
        with bench.start(subject, words=subject.environment, in_environment=True) as victim:
            environ = scan(bench.scanner, "file", victim.seed, f"/proc/{victim.pid}/environ")
            victim.ask("release")
            memory = victim.scan("mem")
    except Gone as gone:
        return Cell(GAP, gone.how)
    return Cell(OPEN if environ or memory else CLOSED, f"environ {environ}, memory after {memory}")
