# SPDX-License-Identifier: MIT OR Apache-2.0
"""The files of the repository."""
import os
import pathlib
import shutil
import subprocess

BUILT = {".git", "build", "__pycache__"}


def files(root):
    """What git tracks or would; without git all but what is built, where another run may be at work: it is not entered."""
    listing = ["git", "-C", root, "ls-files", "-co", "--exclude-standard"]
    names = subprocess.run(listing, capture_output=True, text=True, check=False) if shutil.which("git") else None
    if names and names.returncode == 0:
        return sorted(path for path in (root / name for name in names.stdout.splitlines()) if path.is_file())
    found = []
    for folder, below, here in os.walk(root):
        below[:] = set(below) - BUILT
        found += [pathlib.Path(folder, name) for name in here]
    return sorted(found)
