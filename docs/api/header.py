# SPDX-License-Identifier: MIT OR Apache-2.0
"""Takes osmemlock.h apart: rules, then sections, each with its words and its declarations."""
import re
from dataclasses import dataclass, field


@dataclass
class Entry:
    """A comment and what it stands before."""
    text: str
    code: str
    names: list  # of functions


@dataclass
class Section:
    title: str
    text: str = ""
    entries: list = field(default_factory=list)

    @property
    def functions(self):
        return [name for entry in self.entries for name in entry.names]


@dataclass
class Header:
    version: str
    title: str
    rules: str
    sections: list


SECTION = re.compile(r"^/\* -{4} (.+?) -+ \*/$", re.MULTILINE)
COMMENT = re.compile(r"/\*(\*?)(.*?)\*/", re.DOTALL)
FUNCTION = re.compile(r"\b(osml_\w+)\(")
API = re.compile(r"^OSML_API\(\d+, \d+\)\s*(?:OSML_MUST_CHECK )?", re.MULTILINE)


def words(comment):
    """Without the stars at the beginning of the lines."""
    return "\n".join(re.sub(r"^\s*\* ?", "", line).rstrip() for line in comment.strip().splitlines()).strip()


def declared(code):
    """What a comment stands before, as far as it is for a reader; what begins with osml__ is not."""
    return API.sub("", code).strip()


def block_after(text, start):
    """From START to the next comment at the beginning of a line, or an empty line."""
    end = re.compile(r"\n(?=\s*\n|/\*)").search(text, start)
    return text[start:end.start() if end else len(text)].strip("\n")


def section_of(title, body):
    section = Section(title)
    paragraphs = []
    for comment in COMMENT.finditer(body):
        if body.rfind("\n", 0, comment.start()) + 1 != comment.start():
            continue  # at the end of a line of code
        text = words(comment[2])
        code = block_after(body, comment.end())
        if comment[1]:
            code = declared(code)
            names = [] if code.startswith(("#", "enum", "typedef")) else FUNCTION.findall(code)
            section.entries.append(Entry(text, code, names))
        elif not section.entries and not code.startswith("#define OSML__"):
            paragraphs.append(text)
            if code:
                section.entries.append(Entry("", declared(code), []))
        elif code.startswith(("#define", "typedef")):
            section.entries.append(Entry(text, declared(code), []))
    section.text = "\n\n".join(paragraphs)
    return section


def parse(text):
    numbers = ".".join(re.search(rf"OSML_VERSION_{part} (\d+)", text)[1] for part in ("MAJOR", "MINOR", "PATCH"))
    version = numbers + re.search(r'OSML_VERSION_LABEL "(.*)"', text)[1]
    first = words(next(comment[2] for comment in COMMENT.finditer(text) if comment[1]))
    title, _, rules = first.partition("\n")
    marks = list(SECTION.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [text.rindex("#ifdef __cplusplus")]
    sections = [section_of(mark[1], text[mark.end():end]) for mark, end in zip(marks, ends)]
    return Header(version, title.partition(" - ")[2], rules.strip(), sections)
