#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The rockspecs of the Lua modules list the files that CMake builds them from on Linux. rockspec.py REPOSITORY"""
import pathlib
import re
import sys


def words(text, pattern):
    match = re.search(pattern, text, flags=re.S)
    return match.group(1).split() if match else []


def wanted(core, lua):
    """Paths from the two CMakeLists.txt."""
    for noun in words(core, r"set\(nouns\s([^)]*)\)"):
        yield f"core/src/{noun}.c"
    for capability in words(core, r'STREQUAL "Linux"\)\s*set\(os\s([^)]*)\)'):
        yield f"core/src/os/{capability}.c"
    for noun in words(lua, r"set\(nouns\s([^)]*)\)"):
        yield f"lua/src/{noun}.c"


def wanted_by_crypto(lua):
    for noun in words(lua, r"set\(crypto_nouns\s([^)]*)\)"):
        yield f"lua/crypto/{noun}.c"


def findings(root, rockspec, wanted_ones):
    listed = re.findall(r'"([^"]+\.c)"', rockspec)
    for path in sorted(set(wanted_ones) - set(listed)):
        yield f"{path} is missing"
    for path in sorted(set(listed) - set(wanted_ones)):
        yield f"{path} is not built by CMake"
    for path in sorted({path for path in listed if listed.count(path) > 1}):
        yield f"{path} is listed twice"
    for path in listed:
        if not (root / path).is_file():
            yield f"{path} does not exist"


def main(repository):
    root = pathlib.Path(repository)
    core, lua = [(root / name / "CMakeLists.txt").read_text(encoding="utf-8") for name in ("core", "lua")]
    lists = {"osmemlock": list(wanted(core, lua)), "osmemlock-crypto": list(wanted_by_crypto(lua))}
    found = []
    for name, wanted_ones in lists.items():
        rockspec = (root / f"lua/{name}-scm-1.rockspec").read_text(encoding="utf-8")
        here = list(findings(root, rockspec, wanted_ones))
        if len(list(findings(root, rockspec, wanted_ones[1:]))) != len(here) + 1 or len(list(findings(root, "", wanted_ones))) != len(wanted_ones):
            here.append("the control was not found: this check cannot fail")
        found += [f"{name}: {line}" for line in here]
    parts = [sum(path.startswith(folder) for path in lists["osmemlock"]) for folder in ("core/src/os/", "core/src/", "lua/src/")]
    if not all(parts) or not lists["osmemlock-crypto"]:
        found.append("no files were found in a CMakeLists.txt")
    print(*(f"rockspec: {line}" for line in found), f"{sum(map(len, lists.values()))} files, {len(found)} findings", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
