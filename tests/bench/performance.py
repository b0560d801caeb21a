#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Measures this library and others, and writes the figures into docs/performance.md and its pictures: performance.py [PLOT]

PLOT: what `bench plot` has printed before; without it the benchmark is built and run (six minutes or so).
"""
import os
import pathlib
import re
import subprocess
import sys
import time
from collections import defaultdict

from chart import chart

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD, DOCUMENT = ROOT / "build/bench", ROOT / "docs/performance.md"
OURS, BASE = "osmemlock", "malloc"
NAMES = {"malloc+explicit_bzero+free": BASE, "osmemlock": OURS, "libsodium sodium_malloc": "libsodium", "OpenSSL secure heap": "OpenSSL",
         "libgcrypt secmem": "libgcrypt", "Botan locking allocator": "Botan", "gcr": "gcr", "mmap+mlock+munlock+munmap": "mmap + mlock"}
PACKAGES = {"libsodium": "libsodium", "OpenSSL": "libcrypto", "libgcrypt": "libgcrypt", "Botan": "botan-2"}
MOST_BUSY = 5  # percent
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def output(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def measure():
    subprocess.run(["cmake", "-S", ROOT, "-B", BUILD, "-DCMAKE_BUILD_TYPE=Release", "-DOSML_BUILD_BENCH=ON", "-DOSML_BUILD_TESTS=OFF",
                    "-DOSML_BUILD_EXAMPLES=OFF"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", BUILD], check=True, stdout=subprocess.DEVNULL)
    before = busy()
    figures = subprocess.run([BUILD / "tests/bench/bench", "plot"], check=True, capture_output=True, text=True).stdout
    most = max(before, busy())
    quiet = "the machine was quiet" if most <= MOST_BUSY else "**the machine was not quiet**"
    return f"# {machine()} Before and after, others took up to {most} % of the processors: {quiet}.\n{figures}"


def busy():
    """The share of the processors' time that others took in the last second, in percent (proc_stat(5))."""
    def times():
        return list(map(int, pathlib.Path("/proc/stat").read_text(encoding="ascii").split("\n")[0].split()[1:]))

    before = times()
    time.sleep(1)
    spent = [late - early for late, early in zip(times(), before)]
    return round(100 * (1 - (spent[3] + spent[4]) / sum(spent)))


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    versions = ", ".join(f"{name} {version}" for name, package in PACKAGES.items() if (version := output("pkg-config", "--modversion", package)))
    system = os.uname()
    return (f"{system.sysname} {'.'.join(system.release.split('.')[:2])}, {system.machine}, {model[1] if model else 'unknown processor'}, {os.cpu_count()} processors; "
            f"{output('cc', '--version').splitlines()[0]}; {versions}.")


def parsed(text):
    """{kind: {name: {x: (median, p10, p90, rounds)}}}, and {(kind, name, x): note} of what is not a figure."""
    figures, notes = defaultdict(lambda: defaultdict(dict)), {}
    for line in text.splitlines():
        kind, *rest = line.split("\t")
        if len(rest) != 7 or rest[1] not in NAMES:
            continue
        x, name = int(rest[0]), NAMES[rest[1]]
        if rest[6]:
            notes[kind, name, x] = rest[6]
        else:
            figures[kind][name][x] = tuple(map(float, rest[2:6]))
    return figures, notes


def time_text(ns):
    for limit, unit in ((1e3, "ns"), (1e6, "us"), (1e9, "ms")):
        if ns < limit:
            return f"{ns / limit * 1e3:.3g} {unit}"
    return f"{ns / 1e9:.3g} s"


def ratio_text(ratio):
    return f"{ratio:.2g} x" if ratio < 10 else f"{number_text(int(float(f'{ratio:.2g}')))} x"


def size_text(size):
    return f"{size >> 20} MiB" if size >= 1 << 20 else f"{size >> 10} KiB" if size >= 1 << 10 else f"{size} B"


def number_text(number):
    return f"{number:,}".replace(",", " ")


def table(kind, xs, figures, notes, words):
    """A row a library; each cell a median, and how many times that of malloc."""
    names = [name for name in NAMES.values() if name in figures[kind]]
    yield "| | " + " | ".join(map(words, xs)) + " |"
    yield "| --- |" + " --- |" * len(xs)
    for name in names:
        cells = []
        for x in xs:
            figure, base = figures[kind][name].get(x), figures[kind][BASE].get(x)
            cells.append(notes.get((kind, name, x), "-") if not figure else time_text(figure[0]) + (f", {ratio_text(figure[0] / base[0])}" if base and name != BASE else ""))
        yield f"| {f'**{name}**' if name == OURS else name} | " + " | ".join(cells) + " |"


def picture(kind, title, marks, across, figures):
    lines = {name: sorted((x, figure[0]) for x, figure in figures[kind][name].items()) for name in NAMES.values() if len(figures[kind].get(name, ())) > 1}
    (ROOT / f"docs/performance-{kind}.svg").write_text(chart(title, lines, marks, time_text, across, OURS), encoding="utf-8")


def remarks(text):
    """{name: what came after the secrets that are locked}."""
    said = {NAMES.get(name.strip()): rest for name, rest in re.findall(r"^  (.*?) \| (.*)$", text, flags=re.MULTILINE)}
    words = {"the rest unlocked in silence": ", then more, unlocked in silence", "stopped by time": ", then stopped by time"}
    return {name: next((remark for sign, remark in words.items() if sign in rest), "") for name, rest in said.items()}


def quota_rows(figures, text):
    yield from ("| | secrets |", "| --- | --- |")
    said = remarks(text)
    for name, points in sorted(figures["quota"].items(), key=lambda item: -item[1][32][0]):
        yield f"| {f'**{name}**' if name == OURS else name} | {number_text(int(points[32][0]))}{said.get(name, '')} |"


def rounds(figures):
    return min(int(figure[3]) for kind in ("size", "live", "threads") for points in figures[kind].values() for figure in points.values())


def block(text):
    figures, notes = parsed(text)
    picture("size", "New, write and free of one secret, beside 16 others", [(4 ** power, size_text(4 ** power)) for power in range(0, 11, 2)], "size of the secret", figures)
    picture("live", "New, write and free of 32 bytes, beside others that live", [(10 ** power, number_text(10 ** power)) for power in range(7)], "others that live", figures)
    return [BEGIN, text.splitlines()[0].removeprefix("# "), f"Every figure is the median of {rounds(figures)} runs.", "",
            "![Time against size](performance-size.svg)", "", *table("size", [1, 32, 256, 1024, 4096, 16384, 65536, 1 << 20], figures, notes, size_text), "",
            "![Time against how many live](performance-live.svg)", "", *table("live", [1, 100, 10000, 100000, 1000000], figures, notes, number_text), "",
            "32 bytes, beside 16 others, by the wall; with two threads the time of both together, for one secret:", "",
            *table("threads", [1, 2], figures, notes, lambda x: f"{x} thread{'s' * (x > 1)}"), "",
            "Secrets of 32 bytes that were really locked in 8 MiB, as the kernel tells:", "",
            *quota_rows(figures, text), END]


def main():
    text = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8") if len(sys.argv) > 1 else measure()
    if len(sys.argv) < 2:
        (BUILD / "plot.tsv").write_text(text, encoding="utf-8")
    document = DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = document.partition(BEGIN)
    DOCUMENT.write_text(before + "\n".join(block(text)) + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
