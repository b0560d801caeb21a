#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What to type against a small lock limit is the same in docs/troubleshooting.md, in the message of the core and in the doctor's. advice.py REPOSITORY"""
import pathlib
import re
import sys

SOURCES = ["core/src/os/quota-linux.c", "python/osmemlock/_doctor.py"]


def commands(document):
    """What stands between backticks in the table of the first section, without what is not Linux."""
    section = document.split("\n## ")[1]
    rows = [row for row in re.findall(r"^\| .* \|$", section, flags=re.M) if not re.match(r"\| (Where|---|FreeBSD) ", row)]
    return [command for row in rows for command in re.findall(r"`([^`]+)`", row)]


def text_of(source):
    """The source, with its adjacent literals joined."""
    return re.sub(r'"\s*\n\s*"', "", source)


def findings(wanted, sources):
    for name, source in sources.items():
        for command in wanted:
            if command not in text_of(source):
                yield f"{name} does not say: {command}"


def main(repository):
    root = pathlib.Path(repository)
    wanted = commands((root / "docs/troubleshooting.md").read_text(encoding="utf-8"))
    sources = {name: (root / name).read_text(encoding="utf-8") for name in SOURCES}
    found = list(findings(wanted, sources))
    if len(wanted) < 4 or len(list(findings(["control"], sources))) != len(SOURCES):
        found.append("the control was not found: this check cannot fail")
    print(*found, f"{len(wanted)} commands, {len(found)} findings", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
