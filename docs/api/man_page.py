# SPDX-License-Identifier: MIT OR Apache-2.0
"""Pages in mdoc(7): a sentence on a line of its own, as its style asks."""
import datetime
import os
import re
import sys
import textwrap

from constants import constants

WIDTH = 72
PAGES = [  # of the sections of the header, in order: name, and what stands behind it in NAME
    ("osml_version", "version of the library"),
    ("osml_error", "error codes, and explanations for people"),
    ("osml_mlock", "lock memory by address, without bookkeeping"),
    ("osml_region", "lock memory that belongs to the caller"),
    ("osml_core_dumps", "switch off the core dumps of the process"),
    ("osml_windows_error_mode", "error mode of Windows"),
    ("osml_buffer", "secrets in locked memory"),
    ("osml_text", "put texts together around a secret"),
    ("osml_source", "read a secret from the system straight into locked memory"),
    ("osml_malloc", "allocator in locked memory"),
    ("osml_harden", "make the process harder to read"),
    ("osml_info", "figures of the library and the system"),
]
ABBREVIATIONS = re.compile(r"\b(e\.g|i\.e|etc|vs)\.$")


def escaped(text):
    """What would be read as a macro, or taken for the name of a function of this page, is kept apart by a character of no width."""
    text = text.replace("\\", "\\e").replace("`", "")
    text = re.sub(r"(?<=\w)\(\)|(?<=Free|Open)BSD|(?<=Net)BSD", r"\\&\g<0>", text)
    return re.sub(r"(?m)^(?=[.'])", r"\\&", text)


def sentences(paragraph):
    """Split behind a full stop, a question or an exclamation mark that a new sentence follows."""
    parts, start = [], 0
    for end in re.finditer(r"[.!?]\)?(?= +[A-Z`\"(-])", paragraph):
        if not ABBREVIATIONS.search(paragraph[:end.end()]):
            parts.append(paragraph[start:end.end()].strip())
            start = end.end()
    return [*parts, paragraph[start:].strip()]


def filled(text):
    lines = []
    for sentence in sentences(" ".join(text.split())):
        lines += textwrap.wrap(sentence, WIDTH, break_long_words=False, break_on_hyphens=False)
    return escaped("\n".join(lines))


def prose(text):
    """Paragraphs, and lists of lines that begin with a dash."""
    out = []
    for paragraph in re.split(r"\n\s*\n", text):
        before, *items = re.split(r"(?m)^- ", paragraph)
        if before.strip():
            out += [".Pp", filled(before)]
        if items:
            out += [".Bl -bullet"] + [line for item in items for line in (".It", filled(item))] + [".El"]
    return out[1:] if out[:1] == [".Pp"] else out


def function(code):
    kind, name, arguments = re.match(r"(.*?)(osml_\w+)\((.*)\);$", " ".join(code.split())).groups()
    fields = [] if arguments == "void" else re.split(r", (?![^(]*\))", arguments)
    return [f".Ft {quoted(kind.strip())}", f".Fo {name}", *[f".Fa {quoted(one)}" for one in fields or ["void"]], ".Fc"]


def quoted(words):
    return f'"{words}"'


def literal(code):
    code = code.expandtabs(8)
    lines = [part for line in code.splitlines() for part in (textwrap.wrap(line, WIDTH, subsequent_indent=" " * 8) or [""])]
    return [".Bd -literal -offset indent", escaped("\n".join(lines)), ".Ed"]


def code_of(entry):
    """Constants as a list; other code as it is."""
    found = constants(entry.code)
    if not found:
        return literal(entry.code)
    width = max((name for name, _, _ in found), key=len)
    lines = [f".Bl -tag -width {width} -offset indent"]
    for name, value, text in found:
        lines += [f".It Dv {name}" + (f" No = {value.strip('()')}" if value else "")]
        lines += [filled(text)] if text else []
    return [*lines, ".El"]


def described(entry):
    if entry.names:
        names = [f".Fn {name}" for name in entry.names]
        return [f".Ss {' , '.join(entry.names)}", *([] if entry.text else names), *prose(entry.text)]
    lines = prose(entry.text) if entry.text else []
    return [".Pp", *lines, *code_of(entry)] if lines else code_of(entry)


def date():
    stamp = float(os.environ.get("SOURCE_DATE_EPOCH") or os.stat(sys.argv[1]).st_mtime)  # of the header
    day = datetime.datetime.fromtimestamp(stamp, datetime.timezone.utc)
    return f"{day:%B} {day.day}, {day.year}"


def head(name, section, names, purpose):
    named = [f".Nm {one}" + (" ," if one != names[-1] else "") for one in names]
    return [".\\\" SPDX-License-Identifier: MIT OR Apache-2.0", f".Dd {date()}", f".Dt {name.upper()} {section}", ".Os", ".Sh NAME", *named, f".Nd {purpose}"]


def see_also(pages):
    return [".Sh SEE ALSO", *[f".Xr {page} {number}" + (" ," if (page, number) != pages[-1] else "") for page, number in pages]]


def section_page(name, purpose, section):
    lines = head(name, 3, section.functions, purpose)
    lines += [".Sh SYNOPSIS", ".In osmemlock.h"]
    lines += [line for entry in section.entries for line in (function(entry.code) if entry.names else [])]
    lines += [".Sh DESCRIPTION"]
    parts = [line for entry in section.entries for line in described(entry)]
    text = prose(section.text)
    if not text and parts and parts[0] == ".Pp":
        parts = parts[1:]
    lines += text + parts
    lines += [".Sh ERRORS", "Unless something else is said above, a function that can fail returns 0 or a", "negative number, as",
              ".Xr osml_error 3", "describes.", *see_also([("osml_error", 3), ("osmemlock", 7)])]
    return "\n".join(lines) + "\n"


def overview(header):
    lines = head("osmemlock", 7, ["osmemlock"], header.title.rstrip("."))
    lines += [".Sh SYNOPSIS", ".In osmemlock.h", ".Pp", "cc app.c $(pkg-config --cflags --libs osmemlock) -Wl,-z,now", ".Sh DESCRIPTION",
              f"This is version {header.version}.", ".Pp", "Its pages are:", ".Bl -tag -width osml_windows_error_mode -offset indent"]
    for name, purpose in PAGES:
        lines += [f".It Xr {name} 3", purpose]
    lines += [".El", ".Pp", *prose(header.rules.replace("THE RULES, for every function below:", "The rules, for every function:")), *see_also([(name, 3) for name, _ in sorted(PAGES)])]
    return "\n".join(lines) + "\n"


def write(header, folder):
    if len(header.sections) != len(PAGES):
        raise SystemExit(f"the header has {len(header.sections)} sections, and PAGES has {len(PAGES)}")
    for part in ("man3", "man7"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    (folder / "man7/osmemlock.7").write_text(overview(header), encoding="utf-8")
    for (name, purpose), section in zip(PAGES, header.sections):
        (folder / f"man3/{name}.3").write_text(section_page(name, purpose, section), encoding="utf-8")
        for one in section.functions:
            if one != name:
                (folder / f"man3/{one}.3").write_text(f".so man3/{name}.3\n", encoding="utf-8")
