# SPDX-License-Identifier: MIT OR Apache-2.0
"""Swapping for real, in a cgroup of its own. Root. All that is changed is noted first in the .undo of tests/tidy.py, which restores it on every way out."""
import os
import subprocess
import time

from cell import GAP, TOLD, Cell, judged
from misuse import MANY, QUOTA

from victim import Gone, scan

ZSWAP = "/sys/module/zswap/parameters/enabled"
MIB = 192
ROUNDS, PAUSE = 40, 0.05


class Unavailable(Exception):
    """Why nothing can be swapped here."""


def text(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def write(path, content):
    with open(path, "w", encoding="ascii") as file:
        file.write(content)


def note(*words):
    with open(f"{os.environ['OSML_TIDY']}/.undo", "a", encoding="utf-8") as undo:
        undo.write("\t".join(words) + "\n")


class Swap:
    """An active swap file and an empty cgroup, until the run ends."""

    def __init__(self):
        if os.geteuid() != 0:
            raise Unavailable("not root")
        if len(text("/proc/swaps").splitlines()) > 1:
            raise Unavailable("other swap is active, and secrets could land there unseen")
        self.stop_zswap()
        self.file = f"{os.environ['OSML_TIDY']}/swapfile"
        self.make_file()
        self.cgroup = self.make_cgroup()

    @staticmethod
    def stop_zswap():
        """It keeps pages compressed in RAM, where the scan would not look."""
        if os.path.exists(ZSWAP) and text(ZSWAP).strip() == "Y":
            note("value", ZSWAP, "Y")
            write(ZSWAP, "N")

    def make_file(self):
        """Written in full: what swap puts into the unwritten extents of fallocate(1) reads as zeros through the file."""
        for command in (["dd", "if=/dev/zero", f"of={self.file}", "bs=1M", f"count={MIB}", "conv=fsync", "status=none"], ["chmod", "600", self.file],
                        ["mkswap", self.file], ["swapon", self.file]):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise Unavailable(f"{command[0]}: {done.stderr.strip()}")

    def make_cgroup(self):
        for parent, self.reclaim in (("/sys/fs/cgroup/memory", "memory.force_empty"), ("/sys/fs/cgroup", "memory.reclaim")):
            cgroup = f"{parent}/osmemlock-proof.{os.getpid()}"
            note("cgroup", cgroup)
            try:
                os.mkdir(cgroup)
            except OSError:
                continue
            if os.path.exists(f"{cgroup}/{self.reclaim}"):
                return cgroup
            os.rmdir(cgroup)
        raise Unavailable("there is no memory cgroup")

    def push_out(self, pid):
        """Until no more of the process goes out."""
        before = -1
        for _ in range(ROUNDS):
            try:
                write(f"{self.cgroup}/{self.reclaim}", "1" if self.reclaim == "memory.force_empty" else "1G")
            except OSError:
                pass  # less could be had than was asked for
            out = next(int(line.split()[1]) for line in text(f"/proc/{pid}/status").splitlines() if line.startswith("VmSwap:"))
            if out and out == before:
                break
            before = out
            time.sleep(PAUSE)
        subprocess.run(["sync"], check=True)
        return out


def attack(bench, subject):
    """(held, after SIGKILL): both of one process."""
    with bench.start(subject, cgroup=bench.swap.cgroup) as victim:
        out = bench.swap.push_out(victim.pid)
        cells = []
        for killed in (False, True):
            if killed:
                victim.process.kill()
                victim.process.wait()
            found = judged(scan(bench.scanner, "file", victim.seed, bench.swap.file, "direct"))
            cells.append(Cell(found.verdict, f"{found.detail}, {out} KiB out") if out else Cell(GAP, "nothing was swapped out"))
        return cells


def swap(bench, subject):
    return bench.once("swap", subject, attack)[0]


def swap_killed(bench, subject):
    return bench.once("swap", subject, attack)[1]


def swap_past_quota(bench, subject):
    """One secret more than may be locked. It ends its pipe, so that a call which reads to the end does not wait."""
    try:
        with bench.start(subject, words=(*subject.words, str(QUOTA)), quota=QUOTA, cgroup=bench.swap.cgroup) as victim:
            victim.ask("release")
            victim.ask("fill", MANY)
            victim.fill_more()
            if victim.ask("more") == "refused":
                return Cell(TOLD, "refused")
            out = bench.swap.push_out(victim.pid)
            found = judged(scan(bench.scanner, "file", victim.seed, bench.swap.file, "direct"))
            return Cell(found.verdict, f"{found.detail}, {out} KiB out") if out else Cell(GAP, "nothing was swapped out")
    except Gone as gone:
        return Cell(TOLD, gone.how)
