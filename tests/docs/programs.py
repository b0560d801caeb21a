#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The README's programs and the recipes do what they are there for, word by word, and the guide's pieces of C compile (audit W4).

    programs.py REPOSITORY c COMPILER LIBRARY.a [FLAG...]
    programs.py REPOSITORY python INTERPRETER      one that can import osmemlock
    programs.py REPOSITORY lua INTERPRETER         likewise
"""
import base64
import hmac
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import recipes


def blocks(document, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", document.read_text(encoding="utf-8"), flags=re.S | re.M)


def run(command, folder, secret, environment=None):
    done = subprocess.run(list(map(str, command)), cwd=folder, env=environment, input=secret, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def pieces(root, work, compiler):
    """The guide's functions, as one file. They call what they are given, so they are compiled and not run."""
    source = work / "pieces.c"
    parts = blocks(root / "docs/overview.md", "c")
    source.write_text("#include <osmemlock.h>\n#include <stdio.h>\n" + "\n".join(parts), encoding="utf-8")
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-fsyntax-only", f"-I{root}/core/include"]
    rc, _, errors = run([compiler, *flags, source], work, None)
    return [] if rc == 0 and parts else [f"docs/overview.md: {len(parts)} pieces of C do not compile:\n{errors}"]


def c_program(root, work, compiler, library, *flags, text):
    """The command that runs it, or the compiler's complaint."""
    (work / "app.c").write_text(text, encoding="utf-8")
    rc, _, errors = run([compiler, "-c", "-Wall", "-Wextra", "-Werror", f"-I{root}/core/include", *flags, "app.c"], work, None)
    if rc == 0:
        rc, _, errors = run([compiler, "app.o", "-o", "app", pathlib.Path(library).resolve(), "-pthread", "-ldl", "-Wl,-z,now", *flags], work, None)
    return ([work / "app"], None) if rc == 0 else (None, errors)


def script(work, interpreter, text):
    (work / "app").write_text(text, encoding="utf-8")
    return [interpreter, work / "app"], None


def expected(language, secret):
    """A pattern of what the program prints for this secret."""
    key = secret.rstrip("\n").encode()
    if language == "python":
        return re.escape(hmac.digest(key, b"message", "sha256").hex())
    return rf"{len(key)} bytes, sum {sum(key)}" if language == "lua" else rf"{len(key)} bytes at 0x[0-9a-f]+"


def findings(root, work, language, tools):
    make = (lambda text: c_program(root, work, *tools, text=text)) if language == "c" else (lambda text: script(work, *tools, text))
    programs = blocks(root / "README.md", language)
    secret = base64.b64encode(os.urandom(24)).decode() + "\n"
    if len(programs) != 1:
        yield f"README.md: {len(programs)} programs in {language}, not one"
    for text in programs:
        command, errors = make(text)
        rc, out, errors = run(command, work, secret) if command else (1, "", errors)
        if rc or not re.fullmatch(expected(language, secret), out.strip()):
            yield f"README.md: the program in {language} ended with {rc} and printed {out!r}\n{errors}"
        broken, _ = make(text.replace("trim_newline = true", "trim = true").replace("trim_newline=True", "trim=True").replace("OSML_TRIM_NEWLINE", "1 << 30"))
        if broken and run(broken, work, secret)[0] == 0:
            yield "the control, a program with an option that does not exist, succeeded"
    if language == "c":
        yield from pieces(root, work, tools[0])
    yield from recipes.findings(root, work, language, make, lambda command, folder, environment: run(command, folder, None, environment))


def main(repository, language, *tools):
    with tempfile.TemporaryDirectory() as folder:
        found = list(findings(pathlib.Path(repository).resolve(), pathlib.Path(folder), language, tools))
    print(*found, f"{language}: {len(found)} findings", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
