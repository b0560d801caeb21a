# SPDX-License-Identifier: MIT OR Apache-2.0
"""The command: see ../run."""
import argparse
import os
import sys
import time

import draw
import report
from attacks import ATTACKS
from bench import Bench, attack_all, build_ours, built, secrets_are_right, unproven
from subjects import BUILD, CONTROL, OURS, SUBJECTS, Missing


def say(*words):
    print(*words, flush=True)


def chosen(names, quick):
    """The controls are always there."""
    if names:
        unknown = set(names) - {subject.name for subject in SUBJECTS}
        if unknown:
            sys.exit(f"no such subject: {', '.join(sorted(unknown))}. There are: {'; '.join(subject.name for subject in SUBJECTS)}")
    return [subject for subject in SUBJECTS
            if subject.kind == CONTROL or (subject.name in names if names else not quick or (subject.kind == OURS and "SWIG" not in subject.name))]


def main():
    parser = argparse.ArgumentParser(prog="tests/proof/run", description="Attacks processes that hold a secret, and shows what is open.")
    parser.add_argument("subjects", nargs="*", help="of the table; none: all")
    parser.add_argument("--quick", action="store_true", help="C, Python and Lua of this library and the controls, nothing that needs root or the network")
    parser.add_argument("--json", default=f"{BUILD}/matrix.json")
    parser.add_argument("--svg", help="draws the picture of the README")
    options = parser.parse_args()
    began = time.monotonic()
    try:
        build_ours()
    except Missing as why:
        say(f"SKIP: {why}")
        return 77
    subjects, gaps = built(chosen(options.subjects, options.quick), say)
    attacks = [attack for attack in ATTACKS if not (options.quick and attack.root)]
    bench = Bench(root=not options.quick)
    wrong = list(secrets_are_right(bench, subjects))
    table = attack_all(bench, subjects, attacks, say)
    wrong += unproven(table, subjects, attacks)
    wrong += [*report.unexpected(table, subjects), *report.unexplained()]
    if options.quick:
        wrong += report.stale()
    seconds = time.monotonic() - began
    document = report.document(table, subjects, attacks, gaps, seconds)
    os.makedirs(os.path.dirname(options.json), exist_ok=True)
    with open(options.json, "w", encoding="utf-8") as file:
        report.write(document, file)
    report.show(document, say)
    if options.svg:
        with open(options.svg, "w", encoding="utf-8") as file:
            file.write(draw.drawn(document))
    skipped = report.skips(document)
    for line in skipped:
        say(f"SKIP: {line}")
    for line in wrong:
        say(f"FAIL: {line}")
    say(f"{len(subjects)} subjects, {len(attacks)} attacks, {len(gaps)} gaps, {seconds:.0f} s; {options.json}")
    return 1 if wrong else 77 if skipped else 0


if __name__ == "__main__":
    sys.exit(main())
