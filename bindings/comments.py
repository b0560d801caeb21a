#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""
Completes the comments of the methods that SWIG made for Java and C#: parameters, results and exceptions.

    comments.py swig/osmemlock.i FILE.java ... | FILE.cs ...

What a parameter is stands in the interface, once for each name, or in the method's comment: "`name`: what it is." What is returned follows the word
"returns" there; new objects need no word. One that is told nowhere is an error. A file that is complete stays as it is.
"""
import re
import sys
from pathlib import Path

TOLD = re.compile(r"^ \* @param (\w+) (.*)", re.MULTILINE)
OWN = re.compile(r" ?`(\w+)`: ([^.]*)\.")
RETURNED = re.compile(r"\b[Rr]eturns (.*?)(?:\.(?: |$))")
NEW = {"LockedBuffer": "the new buffer, which the caller closes", "CoreDumpsGuard": "the guard", "Lent": "the loan", "LentMemory": "the loan"}
EVEN_CLOSED = ("assecretkey", "close", "dispose", "equals", "gethashcode", "hashcode", "isclosed", "size", "tostring")
FROM_SYSTEM = ("fd", "to", "memory", "held")
REFUSED = "the system refuses, or the quota of locked memory is used up"
OUTSIDE = "the bytes are not all inside"
NO_HANDLE = "no handle has that value"
TOO_MANY = "there are more bytes, or none and that is not allowed"
MOVES = "it is no direct buffer"


class Java:
    method = re.compile(r"(?:^|(?<=@\*/))( *)/\*\*[\s*]*((?:(?!\*/|@param|@return|@throws).)*?)\s*\*/\n((?: *@Override\n)?) *(public [^;{=(]*)\(([^;{]*?)\)",
                        re.MULTILINE | re.DOTALL)
    closed, refused = ("IllegalStateException", "the buffer is closed, or was inherited by fork()"), "java.io.UncheckedIOException"
    thrown = {"offset": ("IndexOutOfBoundsException", OUTSIDE), "_byte": ("IllegalArgumentException", "it is out of range"),
              "max": ("IllegalArgumentException", TOO_MANY), "memory": ("IllegalArgumentException", MOVES), "held": ("IllegalArgumentException", MOVES),
              "handle": ("IllegalArgumentException", NO_HANDLE)}

    @staticmethod
    def comment(summary, facts):
        yield "/**"
        yield f" * {summary}"
        if facts:
            yield " *"
        for kind, name, text in facts:
            kind, name = ("param", f"<{name}>") if kind == "type" else (kind, name)
            yield re.sub(" +", " ", f" * @{kind} {name} {text}")
        yield " */"

    @staticmethod
    def code(word):
        return f"{{@code {word}}}"

    @staticmethod
    def others(text):
        return text


class CSharp:
    method = re.compile(r"(?:^|(?<=@\*/))( *)/// +(?:<summary>)?([^<\n][^\n]*?)(?:</summary>)? *\n() *((?:public|private) (?!delegate)[^;{=(]*)\(([^;{]*?)\)", re.MULTILINE)
    closed, refused = ("System.ObjectDisposedException", "the buffer is closed"), "System.IO.IOException"
    thrown = {"offset": ("System.IndexOutOfRangeException", OUTSIDE), "max": ("System.ArgumentException", TOO_MANY),
              "handle": ("System.ArgumentException", NO_HANDLE)}
    tags = {"param": ('param name="{}"', "param"), "type": ('typeparam name="{}"', "typeparam"), "return": ("returns", "returns"),
            "throws": ('exception cref="{}"', "exception")}

    @classmethod
    def comment(cls, summary, facts):
        yield f"/// <summary>{summary}</summary>"
        for kind, name, text in facts:
            start, end = cls.tags[kind]
            yield f"/// <{start.format(name)}>{text}</{end}>"

    @staticmethod
    def code(word):
        return f"<c>{word}</c>"

    @staticmethod
    def others(text):
        """The comments of what is no method."""
        return re.sub(r"^( *)/// +([^<\s].*?) *$", r"\1/// <summary>\2</summary>", text, flags=re.MULTILINE)


def names_in(parameters):
    while "<" in parameters:
        parameters = re.sub(r"<[^<>]*>", "", parameters)
    return re.findall(r"(\w+)(?: = [^,]*)?(?:,|$)", parameters)


def thrown(language, owner, head, name, names):
    if owner == "LockedBuffer" and name != owner and name.lower() not in EVEN_CLOSED and "static" not in head:
        yield ("throws", *language.closed)
    yield from (("throws", *language.thrown[one]) for one in names if one in language.thrown)
    if set(names) & set(FROM_SYSTEM) or "LockedBuffer" in head:
        yield "throws", language.refused, REFUSED


def facts_of(language, owner, head, parameters, text, told):
    generic = re.search(r"<(\w)>", head)
    *kinds, name = re.sub(r"<\w>", "", head).split()
    names = names_in(parameters)
    told = {**told, **dict(OWN.findall(text))}
    if generic:
        yield "type", generic[1], told[generic[1]]
    yield from (("param", one, told[one.strip("_")]) for one in names)
    if kinds[-1] not in ("void", "public", "private"):
        found = RETURNED.search(text)
        yield "return", "", found[1] if found else NEW[kinds[-1]]
    yield from thrown(language, owner, kinds + [name], name, names)


def completed(language, owner, told, method):
    indent, text, override, head, parameters = method.groups()
    text = re.sub(r"\s*\n\s*\*?\s*", " ", text)
    try:
        facts = list(facts_of(language, owner, head, parameters, text, told))
    except KeyError as untold:
        sys.exit(f"{owner}.{head.split()[-1]}: nothing is told of {untold}")
    comment = "".join(f"{indent}{line}\n" for line in language.comment(OWN.sub("", text), facts))
    comment = re.sub(r"`(.*?)`", lambda found: language.code(found[1]), comment)
    return f"{comment}{override}{indent}{head}({parameters})"


def main(interface, *files):
    told = dict(TOLD.findall(Path(interface).read_text(encoding="utf-8")))
    for path in map(Path, files):
        language = {".java": Java, ".cs": CSharp}[path.suffix]
        text = language.method.sub(lambda found: completed(language, path.stem, told, found), path.read_text(encoding="utf-8"))
        path.write_text(language.others(text), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
