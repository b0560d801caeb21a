#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The header, surface.tsv, error.def and the bindings that exist agree. check_surface.py REPOSITORY"""
import pathlib
import re
import sys

LANGUAGES = ("python", "lua", "swig")
SUFFIXES = {".c", ".h", ".py", ".pyi", ".lua", ".i", ".swg"}
PYTHON = {"ValueError", "IndexError", "BufferError", "OSError", "PermissionError"}
PYTHON |= {"UnsupportedError", "LockLimitError", "ForkedError", "CorruptionError"}
LUA = {"RUNTIME", "MISUSE"}
SWIG = {"ValueError", "IndexError", "MemoryError", "IOError", "RuntimeError"}
# What a language of SWIG may lack: (the macro of swig/error.i, whether it is missing with the macro or without).
LACKING = {"osml_wipe": ("OSMLS_IMMUTABLE_BYTES", "with"), "osml_region_lock": ("OSMLS_REGIONS", "without")}
LACKING["osml_buffer_take"] = LACKING["osml_wipe"]
SPELLED = {"csharp": "C#", "node": "Node.js", "php": "PHP"}


def pascal(name):
    return re.sub(r"(?:^|_)(.)", lambda part: part[1].upper(), name)


def camel(name):
    return re.sub(r"_(.)", lambda part: part[1].upper(), name)


# The languages whose package spells by its own convention: its files, and how it has functions and constants (None: as they are).
CONVENTIONS = {"go": ("go/*.go", pascal, lambda name: pascal(name.lower())), "node": ("node/package/index.d.ts", camel, None)}


def without_comments(text):
    return re.sub(r"/\*.*?\*/", "", text, flags=re.S)


def declared(header):
    return re.findall(r"^OSML_API\(\d+, \d+\)[^;]*?\b(osml_\w+)\(", without_comments(header), flags=re.M)


def rows(table):
    """[(line number, cells)] of the table; its first row names the columns."""
    lines = [(number, line.split("\t")) for number, line in enumerate(table.splitlines(), 1) if line and not line.startswith("#")]
    if lines[0][1] != ["c", *LANGUAGES, "reason"]:
        raise SystemExit("surface.tsv: the first row must name the columns")
    return lines[1:]


def check_table(table_rows, functions):
    names = [cells[0] for _, cells in table_rows]
    for name in [name for name in functions if name not in names]:
        yield f"surface.tsv: {name} has no row"
    for name in [name for name in names if name not in functions]:
        yield f"surface.tsv: {name} is not in the header"
    if sorted(names) == sorted(functions) and names != functions:
        yield "surface.tsv: the rows are not in the header's order"
    for number, cells in table_rows:
        if len(cells) != 5 or not all(cells[:4]):
            yield f"surface.tsv:{number}: five columns, the first four filled"
        elif ("-" in cells[1:4]) != bool(cells[4]):
            yield f"surface.tsv:{number}: a reason stands where a `-` does, and nowhere else"


def check_errors(header, definitions):
    """Every code of the core once, in order, with known words."""
    codes = re.findall(r"^\s+X\((OSML_\w+), -\d+,", header, flags=re.M)
    text = without_comments(definitions)
    own = re.findall(r"^OSML_ERROR\((\w+), (\w+), (\w+), (\w+)\)", text, flags=re.M)
    system = re.findall(r"^OSML_(?:ERRNO\(\w+, |SYSTEM\()(\w+), (\w+), (\w+)\)", text, flags=re.M)
    if not codes or [row[0] for row in own] != codes:
        yield f"error.def: codes {[row[0] for row in own]}, in the header {codes}"
    if "OSML_SYSTEM(" not in text.partition("#endif\n\n")[2]:
        yield "error.def: no row for the other refusals of the system"
    for python, lua, swig in [row[1:] for row in own] + system:
        if python not in PYTHON or lua not in LUA or swig not in SWIG:
            yield f"error.def: unknown word in {python}, {lua}, {swig}"


def check_language(language, sources, table_rows):
    """Every promised name is a word of the binding's sources; of `a.b` and `a:b` each part."""
    words = set(re.findall(r"\w+", sources))
    column = 1 + LANGUAGES.index(language)
    for _, cells in table_rows:
        promised = cells[column]
        parts = re.split(r"[.:]", promised)
        parts = parts[1:] if ":" in promised else parts  # `b:` stands for any object
        if promised != "-" and not words.issuperset(parts):
            yield f"{language}: {promised} ({cells[0]}) is not in its sources"


def declared_to_swig(sources):
    """The functions of the interfaces, which lose their prefix."""
    return " ".join(re.findall(r"^[a-z][\w ]*[ *]osmls?_(\w+)\(", sources, flags=re.M))


def check_lacking(interfaces, table_rows):
    """A row's reason names each language of SWIG that lacks the function, and no other."""
    reasons = {cells[0]: cells[4] for _, cells in table_rows}
    for language, text in interfaces.items():
        name = SPELLED.get(language, language.capitalize())
        for function, (macro, missing) in LACKING.items():
            lacks = (f"#define {macro}\n" in text) == (missing == "with")
            if lacks != bool(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", reasons[function])):
                yield f"surface.tsv: {function}: the reason must{'' if lacks else ' not'} name {name}"


def check_convention(language, words, constants, table_rows):
    """Every promised name, spelt by the convention, is a word of the package, or the row's reason names the language."""
    _, function, constant = CONVENTIONS[language]
    name = SPELLED.get(language, language.capitalize())
    reasons = {cells[0]: cells[4] for _, cells in table_rows}
    for promised, reason in [cells[3:] for _, cells in table_rows]:
        missing = [part for part in promised.split(".") if promised != "-" and function(part) not in words]
        if missing and not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", reasons.get(reason[3:], reason)):  # "as osml_..."
            yield f"{language}: {function(missing[0])} ({promised}) is not in its package, and surface.tsv does not say why"
    for missing in [one for one in constants if constant and constant(one) not in words]:
        yield f"{language}: the constant {constant(missing)} ({missing}) is not in its package"


def check_conventions(folder, table_rows):
    interfaces = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.i")))
    constants = re.findall(r"^%constant .* (\w+) = ", interfaces, flags=re.M)
    for language, (pattern, *_) in CONVENTIONS.items():
        text = "\n".join(path.read_text(encoding="utf-8") for path in sorted((folder / "lang").glob(pattern)))
        yield from check_convention(language, set(re.findall(r"\w+", text)), constants, table_rows)


def sources_of(folder):
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES)


def control(header, functions, table_rows):
    """Each kind of disagreement must be found."""
    column = [cells[1] for _, cells in table_rows].count("-")
    return (len(list(check_table(table_rows[1:], functions))) == 1 and len(list(check_table(table_rows, functions[1:]))) == 1
            and any(check_errors(header, "")) and len(list(check_lacking({"go": ""}, table_rows))) == 1
            and len(list(check_convention("go", {"mlock"}, ["TRIM_SPACE"], table_rows[4:5]))) == 2
            and len(list(check_language("python", "", table_rows))) == len(table_rows) - column)


def main(repository):
    root = pathlib.Path(repository)
    header = (root / "core/include/osmemlock.h").read_text(encoding="utf-8")
    functions = declared(header)
    table_rows = rows((root / "bindings/surface.tsv").read_text(encoding="utf-8"))
    found = [*check_table(table_rows, functions), *check_errors(header, (root / "bindings/error.def").read_text(encoding="utf-8"))]
    if not found and not control(header, functions, table_rows):
        found.append("the control was not found: this check cannot fail")
    built = [language for language in LANGUAGES if (root / language).is_dir()]
    for language in built:
        sources = sources_of(root / language)
        found += check_language(language, sources + (declared_to_swig(sources) if language == "swig" else ""), table_rows)
    found += check_lacking({path.stem: path.read_text(encoding="utf-8") for path in sorted((root / "swig/lang").glob("*.i"))}, table_rows)
    found += check_conventions(root / "swig", table_rows)
    absent = [language for language in LANGUAGES if language not in built]
    print(*found, f"{len(functions)} functions, {len(found)} findings; languages checked: {len(built)} of {len(LANGUAGES)}", sep="\n")
    if absent:
        print("not built yet:", ", ".join(absent))
    return 1 if found or not functions else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
