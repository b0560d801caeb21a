#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""What .editorconfig, .clang-format and the style of the project ask of every source. style.py REPOSITORY"""
import pathlib
import re
import shutil
import subprocess
import sys

from tree import files

MOST_FUNCTION = 60
MOST_FILE = 500
MOST_PUBLIC = 800  # the header of the library has all nouns, with what each function promises
PUBLIC = "core/include/osmemlock.h"
C = {".c", ".h", ".cpp", ".i"}
SPACES = {".py", ".lua", ".cmake", ".yml", ".json"}
SOURCES = C | SPACES | {".sh", ".map", ".def", ".in"}
LISTED = {"CMakeLists.txt"}


def sources(root):
    return [path for path in files(root) if is_source(path)]


def is_source(path):
    return path.suffix in SOURCES or path.name in LISTED or is_script(path)


def is_script(path):
    if path.suffix not in ("", ".sh"):
        return False
    with path.open("rb") as file:
        first = file.readline(80)
    return path.suffix == ".sh" or re.match(rb"#!.*\b(sh|bash)\b", first) is not None


def spaced(path):
    return path.suffix in SPACES or path.name in LISTED


def lines_of(name, path, lines):
    if "SPDX-License-Identifier: MIT OR Apache-2.0" not in "\n".join(lines[:3]) and path.suffix != ".json":
        yield f"{name}:1: no SPDX line"
    most = MOST_PUBLIC if str(name) == PUBLIC else MOST_FILE
    if len(lines) > most:
        yield f"{name}: {len(lines)} lines, more than {most}"
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield f"{name}:{number}: white space at the end"
        indent = line[:len(line) - len(line.lstrip())]
        if " \t" in indent or (spaced(path) and "\t" in indent):
            yield f"{name}:{number}: tab where spaces are the rule, or after a space"


def spaces_in_c(name, text):
    """Comments and what continues a line may be laid out freely."""
    code = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.S)
    before = ""
    for number, line in enumerate(code.splitlines(), 1):
        if line.startswith("    ") and line.strip() and before.endswith(("{", "}", ";")):
            yield f"{name}:{number}: indented with spaces"
        before = line.rstrip() or before


def functions(name, lines):
    """In Linux style a function is what stands between a line `{` and a line `}`."""
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        if line == "}" and start:
            if number - start - 1 > MOST_FUNCTION:
                yield f"{name}:{start}: a function of {number - start - 1} lines, more than {MOST_FUNCTION}"
            start = None


def findings(name, path, text):
    lines = text.split("\n")
    if lines.pop() != "":
        yield f"{name}: no newline at the end"
    if "\r" in text:
        yield f"{name}: line ends with CR"
    yield from lines_of(name, path, lines)
    if path.suffix in C - {".i"}:  # an interface holds parts in other languages, laid out as those are
        yield from spaces_in_c(name, text)
        yield from functions(name, lines)


def tool(command, paths):
    """One finding for each complaint of an outside tool; a skip when it is not there."""
    if not shutil.which(command[0]):
        print(f"SKIP: {command[0]} is not here")
        return []
    done = subprocess.run([*command, *map(str, paths)], capture_output=True, text=True)
    complaints = [line for line in (done.stdout + done.stderr).splitlines() if re.search(r":\d+:\d+: ", line)]
    print(f"{command[0]}: {len(paths)} files, {len(complaints)} complaints")
    return complaints if done.returncode == 0 or complaints else [f"{command[0]} failed: {done.stderr}"]


def formatter(root):
    """The clang-format whose version .clang-format names, under its own name (Debian's) or the plain one. None and the reason: it is not here."""
    wanted = re.match(r"# clang-format (\d+):", (root / ".clang-format").read_text(encoding="utf-8")).group(1)
    if shutil.which(f"clang-format-{wanted}"):
        return f"clang-format-{wanted}", None
    if not shutil.which("clang-format"):
        return None, f"clang-format {wanted} is not here"
    said = subprocess.run(["clang-format", "--version"], capture_output=True, text=True, check=True).stdout
    version = re.search(r"version (\d+)", said).group(1)
    return ("clang-format", None) if version == wanted else (None, f"clang-format {version} is here, the project formats with {wanted}")


def formatted(root, paths):
    command, reason = formatter(root)
    if reason:
        print(f"SKIP: formatting: {reason}")
        return []
    return tool([command, "--dry-run", "-Werror"], paths)


def control():
    bad = "int f(void)\n{\n" + "    x;\n" + "\ty; \n \tz;\n" + "\tw;\n" * MOST_FILE + "}\nint x;"
    found = list(findings("control", pathlib.Path("control.c"), bad))
    for what in ("no SPDX", f"more than {MOST_FILE}", "at the end", "tab where", "indented with", "a function of", "no newline"):
        if not any(what in line for line in found):
            print(f"FAILED: the control has '{what}' to find")
            return False
    return True


def main(repository):
    root = pathlib.Path(repository).resolve()
    if not control():
        return 1
    paths = sources(root)
    found = [line for path in paths for line in findings(path.relative_to(root), path, path.read_text(encoding="utf-8"))]
    found += formatted(root, [path for path in paths if path.suffix in (".c", ".h", ".cpp")])
    found += tool(["shellcheck", "-x", "-P", "SCRIPTDIR", "-S", "warning", "-f", "gcc"], [path for path in paths if is_script(path)])
    print(*found, f"{len(paths)} files, {len(found)} findings", sep="\n")
    return 1 if found or not paths else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
