# SPDX-License-Identifier: MIT OR Apache-2.0
"""Searches the memory of another process, as /proc/PID/mem shows it. The searcher holds the secret itself, so it never searches itself."""
import re
import secrets
import string

QUARTER = 8
_CHUNK = 1 << 20
_LETTERS = string.ascii_letters + string.digits


def new_secret():
    """32 random characters, which any terminal, file and environment takes. It is in no source text and on no command line."""
    return "".join(secrets.choice(_LETTERS) for _ in range(4 * QUARTER)).encode()


def _ranges(pid):
    with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
        for line in file:
            start, end = (int(part, 16) for part in line.split(" ", 1)[0].split("-"))
            if not re.search(r"\[v(var|syscall|var_vclock)\]$", line):
                yield start, end


def _pieces(pid):
    """The memory in pieces that overlap by less than a quarter. What cannot be read (guards, secretmem) holds nothing for us."""
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end in _ranges(pid):
            tail = b""
            for at in range(start, end, _CHUNK):
                try:
                    memory.seek(at)
                    piece = memory.read(min(_CHUNK, end - at))
                except (OSError, OverflowError):
                    tail = b""
                    continue
                yield tail + piece
                tail = piece[-(QUARTER - 1):]


def quarters(pid, secret):
    """How many quarters of the secret are in the memory of that process: 4 for one whole copy. Half a copy is a leak too."""
    needles = [secret[at:at + QUARTER] for at in range(0, len(secret), QUARTER)]
    return sum(piece.count(needle) for piece in _pieces(pid) for needle in needles)
