#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""A zip archive that is the same whenever it is made of the same files. zipped.py FOLDER ARCHIVE SECONDS [PREFIX]"""
import pathlib
import sys
import time
import zipfile


def main(folder, archive, seconds, prefix=""):
    when = time.gmtime(max(int(seconds), 315532800))[:6]  # zip knows no time before 1980
    paths = [path for path in sorted(pathlib.Path(folder).rglob("*")) if path.is_file()]
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as made:
        for path in paths:
            entry = zipfile.ZipInfo(prefix + path.relative_to(folder).as_posix(), when)
            entry.external_attr = (0o755 if path.suffix == ".so" else 0o644) << 16
            made.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main(*sys.argv[1:])
