# SPDX-License-Identifier: MIT OR Apache-2.0
"""
Searches the memory of another process for 32 bytes, whole and in halves: glibc's free() and pymalloc overwrite the first bytes of what they
take back, so a freed copy is seldom whole.
"""
import errno
import itertools
import mmap
import os
import re
from dataclasses import dataclass

HALF = 16
CHUNK = 16 << 20
HEAD = re.compile(r"([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+ *(.*)")


@dataclass(frozen=True)
class Mapping:
    low: int
    high: int
    name: str
    written: bool
    locked: bool

    def place(self):
        """A name that is the same on every machine."""
        if self.locked:
            return "locked"
        return os.path.basename(self.name).strip("[]") if self.name else "anonymous"


@dataclass(frozen=True)
class Copy:
    """A place where a secret, or one half of it, was found."""

    name: str
    place: str
    whole: bool
    locked: bool


def mappings(pid):
    """
    smaps tells what the kernel itself thinks of a mapping (proc_pid_smaps(5)): `lo` among its flags is a lock, and pages that are neither
    dirty nor anonymous nor swapped are those of a file, as the file has them.
    """
    with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as file:
        text = file.read()
    starts = [*HEAD.finditer(text)]
    for head, following in itertools.zip_longest(starts, starts[1:]):
        body = text[head.end() : following.start() if following else len(text)]
        written = any(int(size) for size in re.findall(r"^(?:Private_Dirty|Shared_Dirty|Anonymous|Swap): +(\d+) kB", body, re.MULTILINE))
        flags = re.search(r"^VmFlags: (.*)", body, re.MULTILINE).group(1).split()
        yield Mapping(int(head[1], 16), int(head[2], 16), head[3], written, "lo" in flags)


def positions(data, needle):
    found, at = set(), data.find(needle)
    while at >= 0:
        found.add(at)
        at = data.find(needle, at + 1)
    return found


def copies_in(data, needle, start, end):
    """True for each whole copy that begins between `start` and `end`, False for each half. What lies around them is there for overlaps."""
    first, second = positions(data, needle[:HALF]), positions(data, needle[HALF:])
    for at in first:
        if start <= at < end:
            yield at + HALF in second
    for at in second:
        if start <= at < end and at - HALF not in first:
            yield False


def read(memory, low, high):
    """
    os.pread() ends early at a page that cannot be read. Such a page within a mapping is a guard: newer versions of glibc put one into each
    thread's stack (madvise(2), MADV_GUARD_INSTALL). It has no memory, so it counts as zeros. What else cannot be read was not searched, and
    the two controls would not be found.
    """
    data = bytearray()
    while len(data) < high - low:
        try:
            part = os.pread(memory, high - low - len(data), low + len(data))
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            part = b""
        data += part or bytes(mmap.PAGESIZE - (low + len(data)) % mmap.PAGESIZE)
    return bytes(data[: high - low])


def search(pid, needles):
    """Copies of each needle, by its name. Left out are the kernel's pages ([vvar], [vdso], [vsyscall]) and what nobody wrote to."""
    found = {name: [] for name in needles}
    memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY)
    try:
        for mapping in mappings(pid):
            if mapping.name.startswith("[v") or not mapping.written:
                continue
            for low in range(mapping.low, mapping.high, CHUNK):
                high = min(low + CHUNK, mapping.high)
                start = max(low - HALF, mapping.low)
                data = read(memory, start, min(high + 2 * HALF, mapping.high))
                for name, needle in needles.items():
                    whole = copies_in(data, needle, low - start, high - start)
                    found[name] += [Copy(name, mapping.place(), one, mapping.locked) for one in whole]
    finally:
        os.close(memory)
    return found
