#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""
The oldest version of a language that its page promises is the one that the package asks its manager for. oldest.py LANGUAGE PACKAGES REPOSITORY

Java and Tcl have no manager that would ask: there it is the version of the classes, and what the index is for. .NET has a standard in between.
"""
import gzip
import re
import sys
import tarfile
import zipfile
from pathlib import Path

PROMISED = re.compile(r"^(?:CPython|Node|Perl|PHP|R|Ruby|Tcl|Go|Java|Lua) ([0-9.]+)(?: or later| to )", re.MULTILINE)
WHERE = {  # the archive, its member, and what stands there before the version
    "go": ("go/*/osmemlock/@v/*.zip", r".*/go\.mod", r"^go "),
    "java": ("java/*/*/osmemlock/*/*[0-9].jar", r"osmemlock/LockedBuffer\.class", None),
    "lua": ("lua/osmemlock-[0-9]*.src.rock", r".*\.rockspec", r'^ *"lua >= '),
    "node": ("node/*.tgz", r"package/package\.json", r'"engines": \{ "node": ">='),
    "perl": ("perl/*.tar.gz", r".*/Makefile\.PL", r"MIN_PERL_VERSION => '"),
    "php": ("php/*.tgz", r".*/composer\.json|package\.xml", r'"php": ">=|<php>\s*<min>'),
    "python": ("python/*.whl", r".*\.dist-info/METADATA", r"^Requires-Python: >="),
    "r": ("r/*.tar.gz", r"osmemlock/DESCRIPTION", r"^Depends: R \(>= "),
    "ruby": ("ruby/*.gem", r"metadata\.gz", r"required_ruby_version: [^']*'"),
    "tcl": ("tcl/*.tar.gz", r".*/pkgIndex\.tcl", r"vsatisfies \[package provide Tcl\] "),
}


def members(archive):
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            yield from ((name, opened.read(name)) for name in opened.namelist())
    else:
        with tarfile.open(archive) as opened:
            yield from ((member.name, opened.extractfile(member).read()) for member in opened if member.isfile())


def asked(text, before):
    """Java's classes have 44 more than the number of the version."""
    if before is None:
        return str(int.from_bytes(text[6:8], "big") - 44)
    found = re.search(f"(?:{before})" + r"([0-9]+(?:\.[0-9]+)?)", text.decode(), re.MULTILINE)
    return found[1] if found else "any"


def findings(promised, texts, before):
    if not texts:
        yield "there is no such file"
    for name, text in texts:
        if asked(text, before) != promised:
            yield f"{name} asks for {asked(text, before)}, and the page promises {promised}"


def main(language, packages, repository):
    pattern, member, before = WHERE[language]
    promised = PROMISED.search((Path(repository) / f"docs/bindings/{language}.md").read_text(encoding="utf-8"))[1]
    archive, = Path(packages).glob(pattern)
    texts = [(name, gzip.decompress(text) if name.endswith(".gz") else text) for name, text in members(archive) if re.fullmatch(member, name)]
    found = list(findings(promised, texts, before))
    if not list(findings("0.1", texts, before)):
        found.append("a control was not found: this check cannot fail")
    print(*found, f"{archive.name}: {language} {promised} or later, {len(found)} findings", sep="\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
