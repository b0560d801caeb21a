#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The enumerations of swig/enum.i are the header's constants, and a language that has them uses all of surface.tsv in its tests.
check_names.py REPOSITORY"""
import pathlib
import re
import sys

from check_surface import camel, pascal, rows, without_comments

# How a language of SWIG writes a name. What pins has other names, see its row.
WRITES = {"java": camel, "csharp": lambda name: "GetInfo" if name == "info" else pascal(name)}
CONSTANT = re.compile(r"^(?:#define\s+|\s+)OSML_(\w+)\s*=?\s*(0x[0-9a-f]+|\d+)u?,?\s*$", flags=re.M)
ITEM = re.compile(r"^\t([a-z0-9]+)__(\w+) = (\w+),?$", flags=re.M)
SUMS = ("defaults", "all")


def check_told(language, tests, table_rows):
    words = set(re.findall(r"\w+", tests))
    for _, cells in table_rows:
        name = cells[3].split(".")[-1]
        written = name if name[0].isupper() else WRITES[language](name)
        if name not in ("-", "expose") and written not in words:
            yield f"{language}: {written} ({cells[0]}) is not in its tests"


def squeezed(name):
    return name.replace("_", "").lower()


def check_values(header, enumerations):
    """All of them, with the same values; an item's name may have more underscores, and leave its type out."""
    text = without_comments(header).replace("\\\n", " ")
    values = {squeezed(name): int(value, 0) for name, value in CONSTANT.findall(text) if not name.startswith("VERSION_")}
    items = {}
    for kind, name, value in ITEM.findall(without_comments(enumerations)):
        full = squeezed(kind + name)
        if name not in SUMS:
            items[full if full in values else squeezed(name)] = int(value, 0)
    for name in sorted(items.keys() | values.keys()):
        if items.get(name) != values.get(name):
            yield f"swig/enum.i: {name}: {items.get(name)}, in the header {values.get(name)}"


def main(repository):
    root = pathlib.Path(repository)
    header, enumerations = [(root / path).read_text(encoding="utf-8") for path in ("core/include/osmemlock.h", "swig/enum.i")]
    table_rows = rows((root / "bindings/surface.tsv").read_text(encoding="utf-8"))
    found = list(check_values(header, enumerations))
    for language in WRITES:
        sources = [path for folder in ("contract/swig-", "swig/") for path in (root / f"tests/{folder}{language}").iterdir()]
        found += check_told(language, "\n".join(path.read_text(encoding="utf-8") for path in sources), table_rows)
    controls = [check_values(header, ""), check_values(header, enumerations.replace("= 0x8000", "= 0x4000"))]
    controls.append(check_told("java", "from_fd", table_rows))
    if not all(any(control) for control in controls):
        found.append("a control was not found: this check cannot fail")
    print(*found, f"{len(ITEM.findall(enumerations))} items, {len(WRITES)} languages, {len(found)} findings", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
