#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The files of core/src stand on the floors of docs/design.md: each uses those of lower floors alone. floors.py REPOSITORY NM OBJECT..."""
import pathlib
import re
import shutil
import subprocess
import sys


def symbols(nm, objects):
    """{file: (defined, undefined)}, of what other files may see."""
    files = {}
    for path in objects:
        table = subprocess.run([nm, "-P", "-g", path], capture_output=True, text=True, check=True).stdout
        names = [line.split()[:2] for line in table.splitlines() if len(line.split()) >= 2]
        files[path.name.partition(".c.")[0]] = ({name for name, kind in names if kind not in "Uvw"}, {name for name, kind in names if kind in "Uvw"})
    return files


def edges(files):
    """{file: {file it uses: a symbol of it}}"""
    home = {name: file for file, (defined, _) in files.items() for name in defined}
    return {file: {home[name]: name for name in sorted(undefined) if home.get(name, file) != file} for file, (_, undefined) in files.items()}


def floors(design):
    """{file: floor}, from the table below the heading "Floors"."""
    section = re.search(r"^## Floors$(.*?)(?=^## |\Z)", design, flags=re.S | re.M)
    rows = re.findall(r"^\| (\d+) \| (.*?) \|", section.group(1), flags=re.M) if section else []
    return {file: int(floor) for floor, files in rows for file in re.findall(r"`(\w+)`", files)}


def circles(uses):
    """What is left when files that use nothing which is left are taken away, again and again."""
    left = dict(uses)
    while gone := [file for file, used in left.items() if not set(used) & set(left)]:
        for file in gone:
            del left[file]
    return [f"{file} -> {to} ({used[to]}) lies on a circle, or uses one" for file, used in sorted(left.items()) for to in sorted(used) if to in left]


def findings(uses, floor):
    yield from circles(uses)
    for file in sorted(set(uses) ^ set(floor)):
        yield f"{file}: not in docs/design.md" if file in uses else f"{file}: in docs/design.md, and not built"
    for file, used in sorted(uses.items()):
        for to, name in sorted(used.items()):
            if floor.get(to, 0) >= floor.get(file, 1 << 30):
                yield f"{file} (floor {floor[file]}) uses {name} of {to} (floor {floor[to]})"


def main(repository, nm, *objects):
    if not shutil.which(nm):
        print(f"SKIP: {nm} is not here")
        return 77
    uses = edges(symbols(nm, [path for path in map(pathlib.Path, objects) if path.parent.name == "src"]))
    floor = floors((pathlib.Path(repository) / "docs/design.md").read_text(encoding="utf-8"))
    found = list(findings(uses, floor))
    top, below = next(((file, to) for file, used in uses.items() for to in used), (None, None))
    closed = {**uses, below: {**uses.get(below, {}), top: "control"}}
    if top is None or len(circles(closed)) < 2 or not set(findings(closed, floor)) - set(found) - set(circles(closed)):
        found.append("the control, an edge that closes a circle, was not found")
    print(*found, f"{len(uses)} files, {sum(map(len, uses.values()))} edges, {max(floor.values(), default=0)} floors, {len(found)} findings", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
