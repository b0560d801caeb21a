# SPDX-License-Identifier: MIT OR Apache-2.0
"""The table as SVG, readable on light and dark pages: the colours follow the reader's scheme."""
from xml.sax.saxutils import escape

CELL, LEFT, TOP, ROW = 22, 290, 170, 18
MARKS = {"closed": ("c", ""), "told": ("t", "!"), "open": ("o", "\u00d7"), "gap": ("g", "?")}
STYLE = """
text{font:12px system-ui,sans-serif;fill:#1f2328}
.h{font-weight:600}.m{text-anchor:middle;font-size:11px;font-weight:700}
.c{fill:#2da44e}.t{fill:#9be9a8}.o{fill:#cf222e}.g{fill:none;stroke:#8c959f}
.ours{font-weight:700}text.w{fill:#fff}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.c{fill:#2ea043}.t{fill:#7ee787}.o{fill:#f85149}text.d{fill:#0d1117}}
"""


def label(x, y, words, kind="", more=""):
    return f'<text x="{x}" y="{y}" class="{kind}"{more}>{escape(words)}</text>'


def cell(x, y, verdict, hint):
    if verdict not in MARKS:
        return ""
    kind, mark = MARKS[verdict]
    title = "" if verdict == "closed" else f"<title>{escape(hint)}</title>"
    box = f'<rect x="{x + 1}" y="{y + 1}" width="{CELL - 2}" height="{ROW - 2}" rx="3" class="{kind}">{title}</rect>'
    return box + (label(x + CELL // 2, y + 13, mark, "m w" if kind == "o" else "m d") if mark else "")


def legend(y):
    parts, x = [], 8
    for verdict, words in (("closed", "closed"), ("told", "reported or refused"), ("open", "open"), ("gap", "could not be tried")):
        parts += [cell(x, y, verdict, words), label(x + CELL + 4, y + 13, words)]
        x += 46 + 7 * len(words)
    return parts + [label(x, y + 13, "blank: not applicable")]


def worst(cells):
    """Of several columns that are drawn as one."""
    return max(cells, key=lambda cell: ("n.a.", "closed", "told", "gap", "open").index(cell["verdict"]))


def columns(doc):
    """(name, kind, subjects): the languages of SWIG are one column, and of the controls two are enough."""
    swig = [subject["name"] for subject in doc["subjects"] if subject["name"].startswith("SWIG: ")]
    for subject in doc["subjects"]:
        if subject["name"] == (swig or [""])[0]:
            yield f"{len(swig)} by SWIG, the worst", subject["kind"], swig
        elif subject["name"] not in swig and subject["name"] not in ("Python bytes", "Lua string"):
            yield subject["name"], subject["kind"], [subject["name"]]


def drawn(doc):
    subjects = list(columns(doc))
    parts, y, group = [], TOP, None
    for column, (name, kind, _) in enumerate(subjects):
        x = LEFT + column * CELL + 15
        parts.append(label(x, TOP - 8, name, "ours" if kind == "ours" else "", f' transform="rotate(-60 {x} {TOP - 8})"'))
    for attack in doc["attacks"]:
        if attack["group"] != group:
            group = attack["group"]
            parts.append(label(8, y + 16, group, "h"))
            y += 24
        parts.append(label(16, y + 13, attack["title"]))
        for column, (name, _, all_of) in enumerate(subjects):
            found = worst([doc["cells"][attack["key"]][one] for one in all_of])
            hint = f"{name}, {attack['title']}: {found['verdict']} {found['detail']}"
            parts.append(cell(LEFT + column * CELL, y, found["verdict"], hint))
        y += ROW
    parts += legend(y + 12)
    width = max(LEFT + len(subjects) * CELL + 110, 560)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y + 40}" width="{width}" height="{y + 40}" role="img" '
            f'aria-label="Attacks on processes that hold a secret, and which are open"><style>{STYLE}</style>\n' + "\n".join(filter(None, parts)) + "\n</svg>\n")
