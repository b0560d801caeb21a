#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The documents name the version of the header, and where that is a candidate, ask the managers that give none by themselves. candidate.py REPOSITORY"""
import pathlib
import re
import sys

ASKED = {"dotnet add package": "--prerelease", "npm publish": "--tag"}
VERSION = re.compile(r"\b(\d+\.\d+\.\d+)([-.~]?rc\d+|-TRIAL)", re.I)
RECORDS = re.compile(r"changelog\.md|-clients\.md$")  # of what was


def findings(number, label, text):
    for line in text.splitlines():
        for command in re.findall(r"`([^`]+)`", line):
            for name, option in ASKED.items():
                if command.startswith(name) and (option in command) != bool(label):
                    yield f"{command}: {option} belongs to a candidate, and to no other"
        for found, suffix in VERSION.findall(line):
            wanted = label if suffix != "-TRIAL" else suffix
            if not label or found != number or re.sub(r"\W", "", suffix).lower() != re.sub(r"\W", "", wanted).lower():
                yield f"{found}{suffix}: the version is {number}{label}"


def main(repository):
    root = pathlib.Path(repository)
    header = (root / "core/include/osmemlock.h").read_text(encoding="utf-8")
    number = ".".join(re.findall(r"#define OSML_VERSION_[A-Z]+ (\d+)", header))
    label = re.search(r'#define OSML_VERSION_LABEL "(.*)"', header)[1]
    control = "`npm publish` `dotnet add package it --prerelease` it-1.0.0-rc1.tgz it-1.0.0-TRIAL.tar.gz it-1.0.0RC2.tgz 1.0.0~rc2"
    planted = [len(list(findings("1.0.0", of, control))) for of in ("-rc1", "")]
    if planted != [3, 5]:
        print(f"FAILED: the controls have 3 and 5 things to find: {planted}")
        return 1
    files = [root / "README.md", *(path for path in sorted((root / "docs").rglob("*.md")) if not RECORDS.search(path.name))]
    found = [f"{path.relative_to(root)}: {line}" for path in files for line in findings(number, label, path.read_text(encoding="utf-8"))]
    print(f"controls: found; {len(files)} documents, {len(found)} findings", *found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
