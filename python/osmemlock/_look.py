# SPDX-License-Identifier: MIT OR Apache-2.0
"""Looks at this process as an attacker with its /proc files would. Linux only: elsewhere OSError, for there are no such files."""
import ctypes
import os
import random
from array import array
from collections.abc import Iterator
from itertools import groupby

from osmemlock import LockedBuffer, locked

END = 16  # The end of the secret is searched, because free() overwrites the beginning of a block that nobody wiped.
CHUNK = 1 << 14  # It is locked, beside the secret: both must fit into the 64 KiB that containers allow.
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def address(buffer: bytearray | LockedBuffer) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer))


def flags(place: int) -> frozenset[str]:
    """What the kernel reports of the page at that address: VmFlags in /proc/self/smaps, proc(5)."""
    here = False
    with open("/proc/self/smaps", encoding="ascii", errors="replace") as smaps:
        for line in smaps:
            first, *words = line.split()
            if "-" in first and not first.endswith(":"):
                low, high = (int(end, 16) for end in first.split("-"))
                here = low <= place < high
            elif here and first == "VmFlags:":
                return frozenset(words)
    return frozenset()


class Pattern:
    """The end of a secret in a disguise: each byte stands for another one. What we search with must not be found itself.

    The same disguise is put over all memory that is searched, and it changes the disguised secret once more.
    """

    def __init__(self, secret: LockedBuffer) -> None:
        self.disguise = bytes(random.SystemRandom().sample(range(256), 256))
        # One byte at a time: a copy in one go lies in vector registers afterwards, which a later call may save to the stack.
        self.disguised = bytes(self.disguise[secret[index]] for index in range(max(0, len(secret) - END), len(secret)))

    def count(self) -> int:
        """How often the secret lies in this process: in the heap, the stack and all libraries."""
        window = bytearray(CHUNK)
        start = address(window)
        pieces = [run for piece in _mappings_without(start, start + CHUNK) for run in _touched(*piece)]
        with locked(window, wipe=True), open("/proc/self/mem", "rb", buffering=0) as memory:
            return sum(self._count_range(memory.fileno(), window, *piece) for piece in pieces)

    def _count_range(self, memory: int, window: bytearray, low: int, high: int) -> int:
        """Piece by piece; pieces overlap by one byte less than the pattern, so that none is missed or counted twice."""
        overlap, copies = len(self.disguised) - 1, 0
        while low < high:
            wanted = min(CHUNK, high - low)
            with memoryview(window)[:wanted] as place:
                got = _read(memory, place, low)
            if got == 0:
                low = (low // PAGE + 1) * PAGE  # A page that cannot be read.
                continue
            copies += window.translate(self.disguise).count(self.disguised, 0, got)
            low += got if got < wanted or low + got == high else got - overlap
        return copies


def _read(memory: int, place: memoryview, offset: int) -> int:
    try:
        return os.preadv(memory, [place], offset)
    except OSError:
        return 0


def _mappings_without(start: int, end: int) -> Iterator[tuple[int, int]]:
    """All mappings but the window, which holds what was read last, and the kernel's own [vvar] and [vsyscall]."""
    with open("/proc/self/maps", encoding="ascii", errors="replace") as maps:
        lines = [line.split() for line in maps]
    for span, *words in lines:
        low, high = (int(edge, 16) for edge in span.split("-"))
        if words[-1].startswith("[v"):
            continue
        for piece in ((low, min(high, start)), (max(low, end), high)):
            if piece[0] < piece[1]:
                yield piece


def _touched(low: int, high: int) -> Iterator[tuple[int, int]]:
    """Runs of pages that are in RAM or in swap: bits 63 and 62 of /proc/self/pagemap. Some allocators reserve gigabytes that nobody ever uses."""
    first = low // PAGE
    with open("/proc/self/pagemap", "rb", buffering=0) as pagemap:
        entries = array("Q", os.pread(pagemap.fileno(), (-(-high // PAGE) - first) * 8, first * 8))
    page = first
    for used, run in groupby(entries, lambda entry: entry >> 62 != 0):
        end = page + len(list(run))
        if used:
            yield max(low, page * PAGE), min(high, end * PAGE)
        page = end
