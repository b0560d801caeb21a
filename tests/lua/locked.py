#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Where the secret of a seed lies in a process: locked.py SCAN SEED PID prints "IN-LOCKED-PAGES ELSEWHERE", in pieces of 16 bytes.

SCAN is tests/proof/scan.c. Locked is what the kernel calls locked: "lo" in the VmFlags of /proc/PID/smaps (proc_pid_smaps(5)).
"""
import re
import subprocess
import sys


def locked_ranges(pid):
    ranges = []
    with open(f"/proc/{pid}/smaps", encoding="utf-8", errors="replace") as smaps:
        for line in smaps:
            header = re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line)
            if header:
                here = tuple(int(number, 16) for number in header.groups())
            elif line.startswith("VmFlags:") and "lo" in line.split():
                ranges.append(here)
    return ranges


def main(scan, seed, pid):
    done = subprocess.run([scan, "mem", seed, pid], capture_output=True, text=True, errors="replace")
    if done.returncode != 0:
        print(done.stderr, end="", file=sys.stderr)
        return 2
    ranges = locked_ranges(pid)
    addresses = [int(at, 16) for at in re.findall(r"^  bytes \d+\.\. at ([0-9a-f]+) in", done.stderr, flags=re.M)]
    inside = sum(any(low <= at < high for low, high in ranges) for at in addresses)
    print(inside, len(addresses) - inside)
    print(done.stderr, end="", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
