#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""The links of the documents lead to a file of the tree, and to a heading of it. links.py REPOSITORY"""
import pathlib
import re
import sys

from tree import files

LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")


def prose(text):
    """The text without its programs and commands."""
    return re.sub(r"```.*?```", "", text, flags=re.S)


def anchors(text):
    """As forges make them: lower case, blanks to dashes, punctuation dropped."""
    headings = re.findall(r"^#+ (.*)$", prose(text), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def findings(root, path, text):
    for target in LINK.findall(prose(text)):
        if re.match(r"\w+:", target):
            continue
        name, _, anchor = target.partition("#")
        file = (path.parent / name).resolve() if name else path
        if file != path and not file.exists() or root not in [file, *file.parents]:
            yield f"{path.relative_to(root)}: {target}: no such file here"
        elif anchor and anchor not in anchors(text if file == path else file.read_text(encoding="utf-8")):
            yield f"{path.relative_to(root)}: {target}: no such heading"


def main(repository):
    root = pathlib.Path(repository).resolve()
    control = "# A heading, and `code`\n[1](nowhere.md) [2](#another) [3](#a-heading-and-code) [4](https://example.org/) ```\n[5](absent)\n```\n"
    planted = list(findings(root, root / "control.md", control))
    if len(planted) != 2:
        print(f"FAILED: the control has 2 things to find: {planted}")
        return 1
    texts = [(path, path.read_text(encoding="utf-8")) for path in files(root) if path.suffix == ".md"]
    found = [line for path, text in texts for line in findings(root, path, text)]
    count = sum(len(LINK.findall(prose(text))) for _, text in texts)
    print(f"control: 2 of 2 found; {len(texts)} documents, {count} links, {len(found)} findings", *found, sep="\n")
    return 1 if found or not count else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
