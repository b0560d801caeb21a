# SPDX-License-Identifier: MIT OR Apache-2.0
"""Builds faults one after the other in one tree, and runs the tests until one fails."""
import collections
import threading
from dataclasses import dataclass

import guard
from tree import BuildFailed

KILLED, SURVIVED, SAME, BROKEN, EQUIVALENT = "killed", "survived", "same code", "does not build", "equivalent"
FIRST = 3  # tests are linked for a start; the others only when these have passed
SKIPPED = 77


@dataclass(frozen=True)
class Verdict:
    mutant: object
    state: str
    by: str = ""


class Order:
    """Which tests come first: those that reach the line, of these what has found faults in that file, then the short ones."""

    def __init__(self, reached):
        self.reached, self.seconds = reached, {}
        self.finds = collections.Counter()
        self.lock = threading.Lock()

    def reaches(self, test, mutant, known):
        lines = self.reached.get(test.name, {}).get(mutant.file, ())
        function = next((f for f in known[mutant.file].functions if f.name == mutant.function), None)
        if function is None:
            return bool(lines)
        first, last = (known[mutant.file].line(offset) for offset in function.span)
        return mutant.line in lines or any(first <= line <= last for line in lines)

    def sort(self, tests, mutant, known):
        with self.lock:
            finds = dict(self.finds)
        stem = mutant.file.rpartition("/")[2].partition(".")[0]
        return sorted(tests, key=lambda test: (not self.reaches(test, mutant, known) and test.name != stem,
                                               -finds.get((mutant.file, test.name), 0), self.seconds[test.name]))

    def found(self, test, mutant):
        with self.lock:
            self.finds[mutant.file, test.name] += 1


class Bench:
    """A tree, and the verdicts on what is put into it."""

    def __init__(self, tree, target, known, order):
        self.tree, self.target, self.known, self.order = tree, target, known, order
        tree.match(known)
        tree.make()
        self.tests = target.tests(tree)
        self.code = tree.code(target.objects)

    def _run(self, test, timeout):
        code, seconds = guard.timed(test.command, test.folder or self.tree.scratch, self.tree.log, timeout,
                                    {**test.environment, "TMPDIR": str(self.tree.scratch)})
        self.tree.clean()
        return code, seconds

    def _fails(self, test, timeout):
        """Fails twice of at most three times, or does not end: on a busy machine a test may fail for no fault of the library."""
        failed, passed = 0, 0
        while failed < 2 and passed < 2:
            code, _ = self._run(test, timeout)
            if code is None:
                return f"{test.name} (timeout)"
            if code in (0, SKIPPED):
                passed += 1
                if not failed:
                    return ""
            else:
                failed += 1
        return test.name if failed == 2 else ""

    def rehearse(self, timeout=300):
        """All tests without a fault: they must pass, and their times bound those of the faulty runs."""
        skips = []
        for test in self.tests:
            code, self.order.seconds[test.name] = self._run(test, timeout)
            if code == SKIPPED:
                skips.append(test.name)
            elif code != 0 and self._fails(test, timeout):
                raise BuildFailed(f"{test.name} fails without any fault:\n{self.tree.log.read_text(errors='replace')[-3000:]}")
        return skips

    def judge(self, mutant):
        source = self.known[mutant.file].text
        self.tree.write(mutant.file, mutant.apply(source))
        try:
            self.tree.make([self.target.objects])
            if self.tree.code(self.target.objects) == self.code:
                return Verdict(mutant, SAME)
            return self._try(mutant)
        except BuildFailed:
            return Verdict(mutant, BROKEN)
        finally:
            self.tree.write(mutant.file, source)

    def _try(self, mutant):
        tests = self.order.sort(self.tests, mutant, self.known)
        for part in (tests[:FIRST], tests[FIRST:]):
            self.tree.make(dict.fromkeys(need for test in part for need in test.needs))
            for test in part:
                by = self._fails(test, 10 + 8 * self.order.seconds[test.name])
                if by:
                    self.order.found(test, mutant)
                    return Verdict(mutant, KILLED, by)
        return Verdict(mutant, SURVIVED)
