#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs one language's contract program and compares what it told with README.md. check.py LANGUAGE COMMAND...

With OSML_CONTRACT_TABLE=FILE one line "LANGUAGE<tab>number<tab>verdict" a scenario is added to FILE, for the table of all languages.
"""
import os
import pathlib
import re
import subprocess
import sys

TOLD = re.compile(r"^(not ok|ok) (\d+) - (.*?)(?:\s+# SKIP\s*(.*))?$")


def promised(text):
    rows = re.findall(r"^\| (\d+) \| ([^|]+?) \|", text, flags=re.M)
    return {int(number): name for number, name in rows}


def told(output):
    """{number: (verdict, name)}; a skip without a reason is "bad"."""
    found = {}
    for line in output.splitlines():
        match = TOLD.match(line)
        if not match:
            continue
        word, number, name, reason = match.groups()
        verdict = "failed" if word == "not ok" else "ok" if reason is None else "skip: " + reason if reason else "bad"
        found[int(number)] = (verdict, name) if int(number) not in found else ("twice", name)
    return found


def findings(scenarios, told_ones):
    for number, name in scenarios.items():
        verdict, told_name = told_ones.get(number, ("not told", name))
        if told_name != name:
            yield f"{number}: told as {told_name!r}, but its name is {name!r}"
        elif verdict not in ("ok",) and not verdict.startswith("skip: "):
            yield f"{number} ({name}): {verdict}"
    for number in told_ones.keys() - scenarios.keys():
        yield f"{number}: not in the table"


def main(language, *command):
    scenarios = promised((pathlib.Path(__file__).parent / "README.md").read_text(encoding="utf-8"))
    run = subprocess.run(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", errors="replace")
    print(run.stdout, end="")
    told_ones = told(run.stdout)
    problems = list(findings(scenarios, told_ones))
    if run.returncode != 0:
        problems.append(f"the program ended with {run.returncode}")
    skips = [f"SKIP: {language}: {number} {name}: {verdict[6:]}" for number, (verdict, name) in sorted(told_ones.items()) if verdict.startswith("skip: ")]
    table = os.environ.get("OSML_CONTRACT_TABLE")
    if table:
        with open(table, "a", encoding="utf-8") as file:
            file.writelines(f"{language}\t{number}\t{told_ones.get(number, ('not told',))[0]}\n" for number in scenarios)
    print(*skips, *(f"{language}: {problem}" for problem in problems), sep="\n")
    print(f"contract: {language}: {len(scenarios)} scenarios, {len(skips)} skipped, {len(problems)} problems")
    return 1 if problems or not scenarios else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
