#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The header, the version map and the built library agree, and the library is linked as promised.

check_symbols.py HEADER MAP LIBRARY [--control | --debug]
    --control: LIBRARY is wrong in every respect, and each must be found
    --debug: it is built without optimisation, so its size says nothing
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

MOST_BYTES = 116 * 1024  # gcc 16 needs 8 KiB more than gcc 12
LIBC = re.compile(r"libc\.so|libc\.musl-|ld-linux|ld64|ld-musl")
INSTRUMENTED = re.compile(r" [^w] __(asan|tsan|msan|ubsan|hwasan|gcov)_")  # the core itself asks for some, weakly


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}).stdout


def declared(header):
    """{function: version} of the public header."""
    text = re.sub(r"/\*.*?\*/", "", open(header, encoding="utf-8").read(), flags=re.S)
    found = re.findall(r"^OSML_API\((\d+), (\d+)\)[^;]*?\b(osml_\w+)\(", text, flags=re.M)
    return {name: f"{major}.{minor}" for major, minor, name in found}


def mapped(version_map):
    """{function: version} of the nodes' global lists."""
    functions = {}
    for version, body in re.findall(r"OSMEMLOCK_([\d.]+) \{(.*?)\}", open(version_map, encoding="utf-8").read(), flags=re.S):
        names = re.search(r"global:(.*?)(local:|$)", body, flags=re.S).group(1)
        functions.update({name: version for name in re.findall(r"\w+", names)})
    return functions


def exported(library):
    """{symbol: version}; the version nodes, which are symbols too, are left out."""
    symbols = {}
    for line in output("nm", "-D", "--defined-only", "--with-symbol-versions", library).splitlines():
        kind, name = line.split()[-2:]
        if kind != "A":
            symbols[re.sub("@.*", "", name)] = name.rpartition("@OSMEMLOCK_")[2] if "@OSMEMLOCK_" in name else "none"
    return symbols


def compare(what, left, right):
    for name in sorted(left.keys() | right.keys()):
        if left.get(name) != right.get(name):
            yield f"{what}: {name}: {left.get(name, 'absent')} here, {right.get(name, 'absent')} there"


def dynamic(library):
    text = output("readelf", "-dW", library)
    for needed in re.findall(r"\(NEEDED\).*\[(.*)\]", text):
        if not LIBC.match(needed):
            yield f"needed: {needed} is not libc"
    if not re.search(r"\(FLAGS\).*BIND_NOW|\(FLAGS_1\).*\bNOW\b", text):
        yield "bind-now: the linker flag is not set"
    if not re.search(r"\(FLAGS_1\).*\bNODELETE\b", text):
        yield "nodelete: the linker flag is not set"
    if "TEXTREL" in text:
        yield "textrel: the code is written to at load time"


def segments(library):
    text = output("readelf", "-lW", library)
    if "GNU_RELRO" not in text:
        yield "relro: there is no such segment"
    for kind, flags in re.findall(r"^  (LOAD|GNU_STACK) .* ([R ][W ][E ]) 0x", text, flags=re.M):
        if "W" in flags and "E" in flags:
            yield f"write-execute: a segment {kind} is both"


def constructors(library):
    """The compiler's start files bring one entry, frame_dummy. Any more would be ours."""
    sections = output("readelf", "-SW", library)
    found = re.search(r"\.init_array\s+INIT_ARRAY\s+\w+ \w+ (\w+) ", sections)
    pointer = 8 if "Class:                             ELF64" in output("readelf", "-hW", library) else 4
    if found and int(found.group(1), 16) > pointer:
        yield f"constructor: .init_array holds {int(found.group(1), 16) // pointer} entries"
    if re.search(r" \.(ctors|preinit_array) ", sections):
        yield "constructor: there is a .ctors or .preinit_array"


def size(library):
    with tempfile.TemporaryDirectory() as directory:
        stripped = os.path.join(directory, "stripped")
        output("strip", "-o", stripped, library)
        found = os.path.getsize(stripped)
    print(f"stripped: {found} bytes of at most {MOST_BYTES}")
    if found > MOST_BYTES:
        yield f"size: {found} bytes, stripped"


def instrumented(library):
    return INSTRUMENTED.search(output("nm", "-D", library) + output("nm", library))


def findings(header, version_map, library, flag):
    yield from compare("header and map", declared(header), mapped(version_map))
    yield from compare("map and library", mapped(version_map), exported(library))
    yield from segments(library)
    if flag != "--control" and instrumented(library):
        print("SKIP: needed libraries, constructors, size: the library is instrumented")
        return
    yield from dynamic(library)
    yield from constructors(library)
    if flag == "--debug":
        print("SKIP: size: the library is built without optimisation")
        return
    yield from size(library)


CONTROL = {"map and library", "needed", "bind-now", "nodelete", "relro", "write-execute", "constructor", "size"}


def main(header, version_map, library, flag=None):
    if not all(map(shutil.which, ("nm", "readelf", "strip"))):
        print("SKIP: nm, readelf or strip is not here")
        return 77
    if not declared(header):
        print("the header declares nothing: this test cannot read it")
        return 1
    found = list(findings(header, version_map, library, flag))
    if flag == "--control":
        missed = CONTROL - {line.split(":")[0] for line in found}
        print(f"control: {len(CONTROL) - len(missed)} kinds of finding of {len(CONTROL)}", *sorted(missed))
        return 1 if missed else 0
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(declared(header))} functions, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
