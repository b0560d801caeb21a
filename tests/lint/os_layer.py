#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""No OS macro and no OS header above core/src/os/ (core/src/os.h says so). os_layer.py REPOSITORY"""
import pathlib
import re
import sys

# What C11 gives everywhere, freestanding or hosted; errno.h because codes are passed on unchanged.
STANDARD = set("assert ctype errno float inttypes iso646 limits locale math setjmp signal stdalign stdarg stdatomic stdbool stddef stdint stdio "
               "stdlib stdnoreturn string tgmath threads time uchar wchar wctype".split())
# Compilers, machines and object formats, not systems.
MACROS_ALLOWED = {"__GNUC__", "__cplusplus", "__BYTE_ORDER__", "__ORDER_BIG_ENDIAN__", "__ORDER_LITTLE_ENDIAN__", "__ELF__", "__x86_64__",
                  "__i386__", "__riscv", "__riscv_misaligned_fast", "__aarch64__", "__has_attribute", "__has_builtin", "__clang__",
                  "__GCC_HAVE_SYNC_COMPARE_AND_SWAP_1"}
OS_MACRO = re.compile(r"\b(_WIN32|_WIN64|WIN32|_MSC_VER|__MINGW\w*|__CYGWIN__|__linux\w*|linux|__gnu_linux__|__unix\w*|unix|__APPLE__|__MACH__|"
                      r"__\w+BSD__|__DragonFly__|__sun|__illumos__|__HAIKU__|__ANDROID__|__EMSCRIPTEN__|__wasi__|__GLIBC\w*|__MUSL__|"
                      r"_GNU_SOURCE|_POSIX\w*|_XOPEN\w*|_BSD_SOURCE|_DEFAULT_SOURCE|_DARWIN_C_SOURCE)\b")
EXPORT = re.compile(r"#(el)?if defined\(_WIN32\) && defined\(OSML_(BUILD|USE)_SHARED\)$")  # the header's own; it has no place below core/src/os


def findings(name, text):
    code = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), text, flags=re.S)
    for number, line in enumerate(code.splitlines(), 1):
        include = re.match(r"\s*#\s*include\s*<(\w[\w/.-]*)>", line)
        if include and include.group(1).removesuffix(".h") not in STANDARD and include.group(1) != "osmemlock.h":
            yield f"{name}:{number}: OS header <{include.group(1)}>"
        if re.match(r'\s*#\s*include\s*"(.*/)?os/', line):
            yield f"{name}:{number}: includes a file from below the platform layer"
        if EXPORT.match(line):
            continue
        for macro in OS_MACRO.findall(re.sub(r'"[^"]*"', "", line)):
            yield f"{name}:{number}: OS macro {macro}"
        if re.match(r"\s*#\s*(if|ifdef|ifndef|elif)\b", line):
            for macro in re.findall(r"\b__[A-Za-z0-9_]+\b", line):
                if macro not in MACROS_ALLOWED and not OS_MACRO.match(macro):
                    yield f"{name}:{number}: unknown macro {macro}"


BAD = """/* <windows.h> in a comment is fine, and so is __linux__. */
#include <stdio.h>
#include <sys/mman.h>
#include "os/lock-linux.c"
#ifdef _WIN32
#if __SOME_SYSTEM__
#define _GNU_SOURCE
static const char *fine = "unix";
"""


def main(repository):
    root = pathlib.Path(repository)
    control = list(findings("control", BAD))
    print(*control, sep="\n")
    if len(control) != 5:
        print("FAILED: the control has 5 things to find")
        return 1
    files = sorted([*root.glob("core/src/*.[ch]"), *root.glob("core/include/*.h")])
    found = [line for path in files for line in findings(path.relative_to(root), path.read_text(encoding="utf-8"))]
    print(f"control: 5 of 5 found; {len(files)} files, {len(found)} findings", *found, sep="\n")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
