#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What comments, tests and documents cite by number is listed in docs/findings.md, and nothing cites papers that are not here. citations.py REPOSITORY"""
import pathlib
import re
import sys

from tree import files

SUFFIXES = set(".c .h .cpp .i .py .lua .sh .md .rs .toml .rb .pl .t .tcl .php .go .java .cs .js .R .S .txt .def .map .tsv .in".split())
NUMBER = r"[ACELMNPRSTUW]\d{1,2}"
TOKEN = re.compile(rf"(?<![\w.%#\"'/\\-])({NUMBER})\b(?![.\w(\"'/])")
FILLER = r"[\s*#/]+"  # a comment that goes on in the next line
AUDIT = re.compile(rf"\baudit{FILLER}({NUMBER}(?:(?:,|{FILLER}and|{FILLER}to){FILLER}{NUMBER})*)")
PAPERS = re.compile(r"\b(?:audit|peers|ecosystem|systems)\.md\b")
WORDS = {"C99", "N8"}  # a language, a format of Perl's pack


def texts(root):
    return [path for path in files(root) if (path.suffix in SUFFIXES or not path.suffix) and path.name != "findings.md"]


def defined(document):
    return set(re.findall(rf"^\| ((?:audit )?{NUMBER}) \|", document, flags=re.M))


def cited(text):
    """{number: line}; those that stand after the word `audit` keep it."""
    numbers = {}

    def take(match):
        for number in re.findall(NUMBER, match.group(1)):
            numbers.setdefault("audit " + number, text[:match.start()].count("\n") + 1)
        return re.sub(r"[^\n]", " ", match.group())

    rest = AUDIT.sub(take, text)
    for match in TOKEN.finditer(rest):
        if match.group(1) not in WORDS:
            numbers.setdefault(match.group(1), rest[:match.start()].count("\n") + 1)
    return numbers


def findings(name, text, known):
    """The letter T alone is both a trap of the study's and a fault of the audit's, so `audit T1` and `T1` are two things."""
    for number, line in cited(text).items():
        plain = number.removeprefix("audit ")
        if (number if plain[0] == "T" else plain) not in known:
            yield f"{name}:{line}: {number} is not in docs/findings.md"
    for match in PAPERS.finditer(text):
        yield f"{name}:{text[:match.start()].count(chr(10)) + 1}: {match.group()} is not in this repository"


# Taken apart, so that this file does not cite what it plants.
CONTROL = "/* {}77: a trap; and this one ({} C1,\n * {}, T1) is wrapped. C99 is a language. */\n/* item 5 of {}.md */\n".format("T", "audit", "C88", "peers")
PLANTED = ["control:1: audit " "C88 ", "control:1: " "T77 ", "control:3: peers" ".md "]


def main(repository):
    root = pathlib.Path(repository).resolve()
    known = defined((root / "docs/findings.md").read_text(encoding="utf-8"))
    control = list(findings("control", CONTROL, known))
    print(*control, sep="\n")
    if len(control) != len(PLANTED) or not all(line.startswith(start) for line, start in zip(control, PLANTED)):
        print(f"FAILED: the control has {len(PLANTED)} things to find")
        return 1
    files = [(path, path.read_text(encoding="utf-8", errors="replace")) for path in texts(root)]
    found = [line for path, text in files for line in findings(path.relative_to(root), text, known)]
    count = sum(len(cited(text)) for _, text in files)
    print(f"control: all found; {len(files)} files, {count} citations, {len(known)} findings listed, {len(found)} complaints", *found, sep="\n")
    return 1 if found or not count else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
