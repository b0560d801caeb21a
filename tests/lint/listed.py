#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The tables of the documents name all there is: the core's files, capabilities of systems, options of CMake, folders of tests. listed.py REPOSITORY"""
import pathlib
import re
import sys

from tree import files


def section(root, document, heading):
    """From a heading to the next of its level or above; "": it is not there."""
    level = heading.split(" ")[0]
    text = (root / document).read_text(encoding="utf-8")
    match = re.search(rf"^{re.escape(heading)}$(.*?)(?=^#{{1,{len(level)}}} |\Z)", text, flags=re.S | re.M)
    return match.group(1) if match else ""


def wanted(root):
    """(document, heading, the names that stand there between backticks)"""
    paths = [path.relative_to(root) for path in files(root)]
    core = [path for path in paths if path.match("core/src/*.c")]
    system = [path for path in paths if path.match("core/src/os/*-*.c")]
    cmake = "\n".join((root / path).read_text(encoding="utf-8") for path in ("CMakeLists.txt", "lua/CMakeLists.txt", "swig/CMakeLists.txt"))
    options = re.findall(r"^option\((\w+)|^set\((OSML_\w+) .*CACHE", cmake, flags=re.M)
    yield "docs/design.md", "## Layout", {path.stem for path in core}
    yield "docs/platforms.md", "## Capabilities and files", {path.stem.rpartition("-")[0] for path in system}
    yield "docs/packaging.md", "## CMake", {one or other for one, other in options}
    yield "docs/contributing.md", "## Tests", {f"tests/{path.parts[1]}" for path in paths if path.parts[0] == "tests" and len(path.parts) > 2}


def findings(root, document, heading, names):
    named = set(re.findall(r"`([^`\s]+)`", section(root, document, heading)))
    for name in sorted(names - named):
        yield f"{document}, {heading.lstrip('# ')}: {name} is missing"


def main(repository):
    root = pathlib.Path(repository).resolve()
    found, count = [], 0
    for document, heading, names in wanted(root):
        found += findings(root, document, heading, names)
        count += len(names)
        if len(names) < 5 or len(list(findings(root, document, heading, {"the control"}))) != 1:
            found.append(f"{document}, {heading}: the control was not found: this check cannot fail")
    print(f"{count} names, {len(found)} findings", *found, sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
