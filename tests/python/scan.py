# SPDX-License-Identifier: MIT OR Apache-2.0
"""Searches the memory of another process, as /proc/PID/mem shows it. The searcher holds the secret itself, so it never searches itself."""
import mmap
import re
import secrets
import string

QUARTER = 8
_CHUNK = 1 << 20
_LETTERS = string.ascii_letters + string.digits


def new_secret():
    """32 random characters, which any terminal, file and environment takes. It is in no source text and on no command line."""
    return "".join(secrets.choice(_LETTERS) for _ in range(4 * QUARTER)).encode()


def _ranges(pid, outside):
    """The mappings; `outside`: only those that are not locked."""
    with open(f"/proc/{pid}/smaps", encoding="utf-8") as file:
        for line in file:
            if match := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
                start, end = (int(part, 16) for part in match.groups())
                kernels = re.search(r"\[v(var|syscall|var_vclock)\]$", line)
            elif line.startswith("VmFlags:") and not kernels and not (outside and " lo " in line):
                yield start, end


def _in_memory_or_swap(pagemap, start, end):
    """False: nobody has touched these pages. A free-threaded interpreter reserves a gigabyte."""
    pagemap.seek(start // mmap.PAGESIZE * 8)
    entries = pagemap.read((end - start) // mmap.PAGESIZE * 8)
    return max(entries[7::8], default=0) >= 0x40  # bits 63 and 62 of a page's entry, proc_pid_pagemap(5)


def _pieces(pid, outside):
    """The memory in pieces that overlap by less than a quarter. What cannot be read (guards, secretmem) holds nothing for us."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory, open(f"/proc/{pid}/pagemap", "rb", buffering=0) as pagemap:
        for start, end in _ranges(pid, outside):
            tail = b""
            for at in range(start, end, _CHUNK):
                stop = min(at + _CHUNK, end)
                try:
                    if not _in_memory_or_swap(pagemap, at, stop):
                        tail = b""
                        continue
                    memory.seek(at)
                    piece = memory.read(stop - at)
                except (OSError, OverflowError):
                    tail = b""
                    continue
                yield tail + piece
                tail = piece[-(QUARTER - 1):]


def quarters(pid, secret, outside=False):
    """
    How many quarters of the secret are in the memory of that process: 4 for one whole copy. Half a copy is a leak too. `outside`: of what is not
    locked.
    """
    needles = [secret[at:at + QUARTER] for at in range(0, len(secret), QUARTER)]
    return sum(piece.count(needle) for piece in _pieces(pid, outside) for needle in needles)
