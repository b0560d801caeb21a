# SPDX-License-Identifier: MIT OR Apache-2.0
"""Which tests of the core reach which line: gcov counts of each test by itself. They only choose what is run first."""
import hashlib
import json
import shutil
import subprocess

import guard
import targets
from tree import Tree

OBJECTS = "core/CMakeFiles/osmemlock_objects.dir"
TIMEOUT = 300


def digest(root):
    paths = sorted(path for folder in ("core", "tests/core", "tests/fake") for path in (root / folder).rglob("*.[ch]"))
    return hashlib.sha256(b"\0".join(str(path).encode() + path.read_bytes() for path in paths)).hexdigest()


def counts(tree, folder):
    """{file: lines that were run}, from the counters that a test left below `folder`."""
    found = {}
    for counters in folder.rglob("*.gcda"):
        notes = tree.build / counters.relative_to(folder / tree.build.relative_to("/")).with_suffix(".gcno")
        shutil.copy(notes, counters.with_suffix(".gcno"))
        told = subprocess.run(["gcov", "--json-format", "--stdout", counters], capture_output=True, cwd=tree.build, check=False).stdout
        for file in json.loads(told)["files"] if told else ():
            path = (tree.build / file["file"]).resolve()
            if path.is_relative_to(tree.source):
                lines = found.setdefault(str(path.relative_to(tree.source)), set())
                lines.update(line["line_number"] for line in file["lines"] if line["count"])
    return {name: sorted(lines) for name, lines in found.items()}


def measure(root, folder):
    tree = Tree(root, folder, [*targets.Core.options, "-DOSML_COVERAGE=ON"])
    tree.make()
    reached = {}
    for test in targets.Core.tests(tree):
        tree.clean()
        counters = tree.scratch / "counters"
        guard.run(test.command, tree.scratch, tree.log, TIMEOUT, {"GCOV_PREFIX": str(counters)})
        reached[test.name] = counts(tree, counters)
    tree.clean()
    return reached


def reach(root, folder):
    """{test: {file: lines}}, measured anew when the sources are others."""
    kept, now = folder / "reach.json", digest(root)
    if kept.is_file():
        known = json.loads(kept.read_text())
        if known["digest"] == now:
            return known["reached"]
    reached = measure(root, folder)
    kept.write_text(json.dumps({"digest": now, "reached": reached}))
    return reached
