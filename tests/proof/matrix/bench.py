# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs the attacks on the subjects."""
import os
import time

from cell import CLOSED, GAP, NONE, OPEN, Cell
from storing import Swap, Unavailable
from subjects import BUILD, ROOT, Missing, call

from victim import Gone, Victim, sum_of

PATTERN = "/proc/sys/kernel/core_pattern"


class Bench:
    def __init__(self, root=True):
        self.scanner, self.swap, self.why_no_swap, self.memory = f"{BUILD}/scan", None, "left out", {}
        with open(PATTERN, encoding="ascii") as pattern:
            pattern = pattern.read().strip()
        self.cores = bool(pattern) and pattern[0] != "|" and "/" not in pattern
        if root:
            try:
                self.swap = Swap()
            except Unavailable as error:
                self.why_no_swap = str(error)

    def start(self, subject, words=None, **options):
        return Victim(self.scanner, [*subject.command, *(subject.words if words is None else words)], env=subject.env,
                      obeys="use" in subject.asks, **options)

    def once(self, key, subject, attack):
        if (key, subject.name) not in self.memory:
            self.memory[key, subject.name] = attack(self, subject)
        return self.memory[key, subject.name]

    def cell(self, attack, subject):
        if attack.root and not self.swap:
            return Cell(GAP, self.why_no_swap)
        if not attack.asks <= subject.asks:
            return Cell(NONE)
        try:
            return attack.run(self, subject)
        except Gone as gone:
            return Cell(GAP, gone.how)
        except OSError as error:
            return Cell(GAP, str(error)[:80])


def build_ours():
    """The library, the Python extension and the Lua module, and the scanner."""
    os.makedirs(BUILD, exist_ok=True)
    python = call("python3", "-c", "import sys; print(sys.executable)").strip()
    call("cmake", "-S", ROOT, "-B", f"{BUILD}/tree", "-DCMAKE_BUILD_TYPE=Release", "-DOSML_BUILD_TESTS=OFF", "-DOSML_BUILD_EXAMPLES=OFF",
         "-DOSML_BUILD_PYTHON=ON", f"-DPython_EXECUTABLE={python}", "-DOSML_BUILD_LUA=ON", "-DOSML_LUA_INCLUDE_DIRS=/usr/include/lua5.4")
    call("cmake", "--build", f"{BUILD}/tree")
    call("cc", "-O2", f"{ROOT}/tests/proof/scan.c", "-o", f"{BUILD}/scan")


def built(subjects, say):
    """(those that are here, the gaps)."""
    here, gaps = [], {}
    for subject in subjects:
        try:
            subject.command = subject.build()
            here.append(subject)
        except Missing as why:
            gaps[subject.name] = str(why)
            say(f"gap: {subject.name}: {why}")
    return here, gaps


def attack_all(bench, subjects, attacks, say):
    """{attack: {subject: cell}}; a subject after the other, so that one that hangs is seen."""
    table = {attack.key: {} for attack in attacks}
    for subject in subjects:
        began = time.monotonic()
        for attack in attacks:
            table[attack.key][subject.name] = bench.cell(attack, subject)
        say(f"{subject.name}: {time.monotonic() - began:.1f} s")
    return table


def unproven(table, subjects, attacks):
    """Attacks whose control was not open, although some subject is said to be closed: the attack itself may have failed."""
    names = {subject.name for subject in subjects}
    for attack in attacks:
        cells = table[attack.key]
        some = any(cell.verdict == CLOSED for name, cell in cells.items())
        if attack.control in names and some and cells[attack.control].verdict != OPEN:
            yield f"{attack.title}: the control '{attack.control}' is {cells[attack.control].verdict} ({cells[attack.control].detail})"


def secrets_are_right(bench, subjects):
    """Nothing found means nothing, when the subject does not hold the secret: each that can say the sum of its bytes says it."""
    for subject in subjects:
        if "use" not in subject.asks:
            continue
        try:
            with bench.start(subject) as victim:
                if int(victim.ask("use")) != sum_of(victim.seed):
                    yield f"{subject.name} does not hold the secret"
        except Gone as gone:
            yield f"{subject.name}: {gone.how}"
