# SPDX-License-Identifier: MIT OR Apache-2.0
"""All of the header as one page."""
import re
from html import escape

from constants import constants

STYLE = """:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}
pre{overflow:auto;padding:.6rem;background:#8882;border-radius:6px}code,pre{font-family:ui-monospace,monospace;font-size:.9em}
nav{columns:2}dt{margin-top:.4rem}h3{margin-bottom:.3rem}"""


def inline(text):
    """Names of functions lead to where they are described."""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text, quote=False))
    return re.sub(r"\b(osml_\w+)\(\)", r'<a href="#\1"><code>\1()</code></a>', text)


def prose(text):
    parts = []
    for paragraph in re.split(r"\n\s*\n", text):
        before, *items = re.split(r"(?m)^- ", paragraph)
        parts += [f"<p>{inline(' '.join(before.split()))}</p>"] if before.strip() else []
        parts += ["<ul>" + "".join(f"<li>{inline(' '.join(item.split()))}</li>" for item in items) + "</ul>"] if items else []
    return "\n".join(parts)


def code_of(code):
    found = constants(code)
    if not found:
        return f"<pre>{escape(code)}</pre>"
    items = "".join(f"<dt><code>{name}</code> = {escape(value)}</dt><dd>{inline(text)}</dd>" for name, value, text in found)
    return f"<dl>{items}</dl>"


def entry_of(entry):
    titles = "".join(f'<h3 id="{name}"><code>{name}()</code></h3>' for name in entry.names)
    return titles + code_of(entry.code) + (prose(entry.text) if entry.text else "")


def page(header):
    contents = "".join(f'<li><a href="#s{number}">{escape(section.title)}</a></li>' for number, section in enumerate(header.sections))
    body = "\n".join(f'<h2 id="s{number}">{escape(section.title)}</h2>\n{prose(section.text)}\n' + "\n".join(map(entry_of, section.entries))
                     for number, section in enumerate(header.sections))
    return (f'<!DOCTYPE html>\n<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>osmemlock '
            f"{header.version}</title><style>{STYLE}</style>\n<h1>osmemlock {header.version}</h1><p>{inline(header.title)}</p>\n<nav><ul>{contents}</ul></nav>\n"
            f"{prose(header.rules)}\n{body}\n</html>\n")
