#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Prints what check.py noted as a table, language x scenario. table.py FILE"""
import sys

SIGNS = {"ok": "+", "skip": "s"}


def sign(verdict):
    return SIGNS.get(verdict.partition(":")[0], "F")


def main(path):
    told = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            language, number, verdict = line.rstrip("\n").split("\t")
            told.setdefault(language, {})[int(number)] = verdict
    numbers = sorted({number for verdicts in told.values() for number in verdicts})
    print(f"{'scenario':<26}", *(f"{number:>2}" for number in numbers))
    for language, verdicts in told.items():
        print(f"{language:<26}", *(f"{sign(verdicts.get(number, 'not told')):>2}" for number in numbers))
    print("+ told and true, s skipped, F failed or not told")
    for language, verdicts in told.items():
        for number, verdict in verdicts.items():
            if sign(verdict) != "+":
                print(f"  {language} {number}: {verdict}")


if __name__ == "__main__":
    main(*sys.argv[1:])
