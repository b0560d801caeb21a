# SPDX-License-Identifier: MIT OR Apache-2.0
"""The table on the terminal, as JSON, and as a picture."""
import json
import platform
from dataclasses import asdict

from attacks import ATTACKS
from cell import CLOSED, NONE, OPEN, TOLD
from expected import OPEN_FOR_OURS, may_be_open
from subjects import OURS, ROOT, SUBJECTS, version

LETTERS = {CLOSED: ".", TOLD: "t", OPEN: "O", NONE: " ", "gap": "?"}


def unexpected(table, subjects):
    """What is open for ours without a reason in expected.py."""
    ours = {subject.name for subject in subjects if subject.kind == OURS}
    for key, cells in table.items():
        for name, cell in cells.items():
            if name in ours and cell.verdict == OPEN and not may_be_open(key, name):
                yield f"{name} is open to {key}: {cell.detail}"


def unexplained():
    """Rows that stay open, and are not in the threat model."""
    with open(f"{ROOT}/docs/threat-model.md", encoding="utf-8") as file:
        words = file.read()
    return [f"docs/threat-model.md does not explain `{key}`" for key in OPEN_FOR_OURS if f"`{key}`" not in words]


def stale():
    """Attacks and subjects that the drawn table has not, or has and should not."""
    with open(f"{ROOT}/docs/matrix.json", encoding="utf-8") as file:
        drawn = json.load(file)
    wanted = {attack.key for attack in ATTACKS} | {subject.name for subject in SUBJECTS}
    had = {attack["key"] for attack in drawn["attacks"]} | {subject["name"] for subject in drawn["subjects"]} | set(drawn["gaps"])
    return [f"docs/matrix.json and the tables differ in {name}: tests/proof/run --json docs/matrix.json --svg docs/matrix.svg" for name in sorted(wanted ^ had)]


def document(table, subjects, attacks, gaps, seconds):
    return {
        "machine": {"system": platform.system(), "release": platform.release(), "machine": platform.machine()},
        "seconds": round(seconds),
        "subjects": [{"name": subject.name, "kind": subject.kind, "version": version(subject)} for subject in subjects],
        "gaps": gaps,
        "open_for_ours": {key: why for key, (_, why) in OPEN_FOR_OURS.items()},
        "attacks": [{"key": attack.key, "title": attack.title, "group": attack.group, "control": attack.control, "root": attack.root} for attack in attacks],
        "cells": {key: {name: asdict(cell) for name, cell in cells.items()} for key, cells in table.items()},
    }


def rows(value):
    """One line for each element, so that a change is seen where it is."""
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"  {json.dumps(key)}: {json.dumps(one)}" for key, one in value.items()) + "\n }"
    if isinstance(value, list):
        return "[\n" + ",\n".join(f"  {json.dumps(one)}" for one in value) + "\n ]"
    return json.dumps(value)


def write(doc, file):
    file.write("{\n" + ",\n".join(f" {json.dumps(key)}: {rows(value)}" for key, value in doc.items()) + "\n}\n")


def skips(doc):
    """What could not be tried, with the reason, once for each."""
    reasons = {f"{name}: {why}" for name, why in doc["gaps"].items()}
    for attack in doc["attacks"]:
        for name, cell in doc["cells"][attack["key"]].items():
            if cell["verdict"] == "gap":
                reasons.add(f"{attack['title']}: {cell['detail']}" if attack["root"] else f"{name}, {attack['title']}: {cell['detail']}")
    return sorted(reasons)


def counted(cells):
    verdicts = [cell["verdict"] for cell in cells]
    return "/".join(str(verdicts.count(verdict)) for verdict in (CLOSED, TOLD, OPEN))


def show(doc, say):
    width = max(len(attack["title"]) for attack in doc["attacks"])
    say()
    for number, subject in enumerate(doc["subjects"], 1):
        cells = [doc["cells"][attack["key"]][subject["name"]] for attack in doc["attacks"]]
        say(f"{number:3} {subject['name']:26} {subject['kind']:8} closed/told/open {counted(cells)}")
    say("\n. closed   t told   O open   ? could not be tried   blank: not applicable\n")
    say(" " * width + "".join(f"{number % 100:3}" for number in range(1, len(doc["subjects"]) + 1)))
    for attack in doc["attacks"]:
        cells = doc["cells"][attack["key"]]
        say(f"{attack['title']:{width}}" + "".join(f"  {LETTERS[cells[subject['name']]['verdict']]}" for subject in doc["subjects"]))
    say()
