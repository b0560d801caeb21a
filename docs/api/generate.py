#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Manual pages and a page of HTML from the comments of the header: generate.py HEADER man|html OUTPUT

man: OUTPUT is a folder, which gets man7/osmemlock.7, one page of man3 for each section of the header, and for each function a page that is that one.
html: OUTPUT is the file.
"""
import pathlib
import sys

import html_page
import man_page
from header import parse


def main():
    if len(sys.argv) != 4 or sys.argv[2] not in ("man", "html"):
        sys.exit(__doc__)
    header = parse(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    output = pathlib.Path(sys.argv[3])
    if sys.argv[2] == "man":
        man_page.write(header, output)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(html_page.page(header), encoding="utf-8")


if __name__ == "__main__":
    main()
