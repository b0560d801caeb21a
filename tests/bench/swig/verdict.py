#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""
What the programs here print, as a table with verdicts: verdict.py FILE. Exit code 1 when one is above its limit in limits.tsv.

The limit is a ratio of figures of one run, because times vary from machine to machine and from hour to hour: new and close of a buffer, over as many
bytes of the language's own and two calls that do nothing. The aim is in nanoseconds, and is told only.
"""
import pathlib
import re
import sys

LINE = re.compile(r"^([a-z]+): (.*) (\d+) ns, call (\d+) ns, LockedBuffer (\d+) ns$", flags=re.M)
WORSE = 8  # times as slow must not pass: Java's figure varies by four, with the threads of its collector, and at its best is 7 x


def limits(text):
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    return {language: (float(limit), None if aim == "-" else int(aim)) for language, limit, aim in rows}


def judged(line, limit, aim):
    own, call, buffer = map(int, line[2:])
    ratio = buffer / max(own + 2 * call, 1)
    told = "" if aim is None else f"{aim} ns, {'reached' if buffer <= aim else 'not reached'}"
    return ratio <= limit, f"{buffer} ns", line[1], f"{own} ns", f"{call} ns", f"{ratio:.2f} x", f"{limit:.2f} x", "passed" if ratio <= limit else "FAILED", told


def main(path):
    allowed = limits((pathlib.Path(__file__).parent / "limits.tsv").read_text(encoding="utf-8"))
    lines = LINE.findall(pathlib.Path(path).read_text(encoding="utf-8"))
    rows = [(line[0], *judged(line, *allowed[line[0]])) for line in lines]
    print(f"{'language':10}{'new, close':12}{'own bytes':22}{'':8}{'a call':8}{'ratio':9}{'limit':9}{'verdict':9}aim")
    for name, _, buffer, what, own, call, ratio, limit, verdict, aim in rows:
        print(f"{name:10}{buffer:12}{what:22}{own:8}{call:8}{ratio:9}{limit:9}{verdict:9}{aim}")
    worse = [judged((*line[:-1], str(WORSE * int(line[-1]))), *allowed[line[0]]) for line in lines]
    if not rows or any(passed for passed, *_ in worse):
        print("a control was not found: this check cannot fail")
        return 1
    return 0 if all(row[1] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
