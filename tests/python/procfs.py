# SPDX-License-Identifier: MIT OR Apache-2.0
"""What the kernel says about a process. Locks are believed from here alone, never from what a call returned."""
import ctypes
import mmap
import os
import re
import time

PAGE = mmap.PAGESIZE
PATIENCE = 60  # seconds until a test that waits for another process gives up; nothing depends on how long it took


def locked_kib(pid="self"):
    """VmLck."""
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        return int(re.search(r"^VmLck:\s+(\d+) kB", file.read(), re.MULTILINE).group(1))


def open_fds():
    """How many descriptors are open. The one that lists them counts each time, so it cancels out."""
    if os.name == "nt":
        return sum(map(_is_open, range(100)))
    return len(os.listdir("/proc/self/fd"))


def _is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def mapped_bytes():
    """All that is mapped, but the heap and the stack, which grow when they like."""
    total = 0
    with open("/proc/self/maps", encoding="utf-8") as file:
        for line in file:
            start, end = (int(part, 16) for part in line.split(" ", 1)[0].split("-"))
            if not line.rstrip().endswith(("[heap]", "[stack]")):
                total += end - start
    return total


def address_of(buffer):
    """Where the bytes of a writable buffer lie. The export ends with this call."""
    return ctypes.addressof(ctypes.c_char.from_buffer(buffer))


def mappings():
    """(start, end, flags) of each mapping. In VmFlags "lo" is locked, "dd" no dump, "wf" wiped on fork, "dc" not forked."""
    found = []
    with open("/proc/self/smaps", encoding="utf-8", errors="replace") as file:
        for line in file:
            head = re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line)
            if head:
                start, end = (int(part, 16) for part in head.groups())
            elif line.startswith("VmFlags:"):
                found.append((start, end, frozenset(line.split()[1:])))
    return found


def flags_of(address, length):
    """The flags that every page of the range carries."""
    common = [flags for start, end, flags in mappings() if start < address + length and address < end]
    assert common, "nothing is mapped there"
    return frozenset.intersection(*common)


def _patiently(question):
    """Asks until the answer is true. It yields the processor in between, and there is no time that it should take."""
    deadline = time.monotonic() + PATIENCE
    while not question():
        assert time.monotonic() < deadline, "waited in vain"
        os.sched_yield()


# The calls that the tests wait in. The kernel shows the number of the one that a process is blocked in (proc(5), /proc/PID/syscall).
_WAITING = {"x86_64": {"poll": 7, "pause": 34}, "aarch64": {"poll": 73, "pause": 73}}


def knows_blocking_calls():
    return os.uname().machine in _WAITING and os.path.exists("/proc/self/syscall")


def wait_until_blocked(pid, name):
    """Returns once the main thread of that process waits in the system call `name`."""
    number = str(_WAITING[os.uname().machine][name])

    def is_there():
        with open(f"/proc/{pid}/syscall", encoding="ascii") as file:
            return file.read().split()[0] == number

    _patiently(is_there)
