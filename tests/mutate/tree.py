# SPDX-License-Identifier: MIT OR Apache-2.0
"""A copy of the sources with a build folder of its own, in which one file at a time is changed."""
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import guard

NOT_COPIED = {".git", "build", "__pycache__"}
FLAGS = ["-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_C_FLAGS_RELEASE=-O2 -w"]  # without debug information, so that equal code is equal bytes
BUILD_TIMEOUT = 300


def listing(root):
    """What git knows or would; without git all but what is built."""
    command = ["git", "-C", root, "ls-files", "-co", "--exclude-standard"]
    names = subprocess.run(command, capture_output=True, text=True, check=False) if shutil.which("git") else None
    if names and names.returncode == 0:
        return [name for name in names.stdout.splitlines() if (root / name).is_file()]
    found = []
    for folder, below, here in os.walk(root):
        below[:] = set(below) - NOT_COPIED
        found += [os.path.relpath(os.path.join(folder, name), root) for name in here]
    return found


def copy_new(root, to):
    """Makes `to` the same as `root`. A file that has not changed keeps its time, so that nothing is built anew for it."""
    names = listing(root)
    for path in [path for path in to.rglob("*") if path.is_file() or path.is_symlink()]:
        if str(path.relative_to(to)) not in set(names):
            path.unlink()
    for name in names:
        target = to / name
        if not target.is_file() or target.read_bytes() != (root / name).read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(root / name, target)


class BuildFailed(Exception):
    pass


class Tree:
    """folder/source, folder/build, and folder/scratch where the tests run."""

    def __init__(self, root, folder, options):
        self.source, self.build, self.scratch = (folder / name for name in ("source", "build", "scratch"))
        self.log = folder / "log"
        for path in (self.source, self.build):
            path.mkdir(parents=True, exist_ok=True)
        copy_new(root, self.source)
        self._run(["cmake", "-S", self.source, "-B", self.build, "-G", "Ninja", *FLAGS, *options])
        self.clean()

    def _run(self, command):
        if guard.run(command, self.build, self.log, BUILD_TIMEOUT) != 0:
            raise BuildFailed(self.log.read_text(errors="replace")[-3000:])

    def make(self, targets=()):
        self._run(["ninja", "-C", self.build, *targets])

    def clean(self):
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()

    def write(self, name, text):
        """The new time of the file is what makes ninja build it, for a fault as well as for the original."""
        (self.source / name).write_text(text, encoding="utf-8")

    def match(self, known):
        """What was changed after it was read would be put back by the first fault in it, and differ from the original for ever."""
        for name, source in known.items():
            if (self.source / name).read_text(encoding="utf-8") != source.text:
                self.write(name, source.text)

    def code(self, target):
        """A digest of the objects of a target: of two sources with the same one, no test can tell the difference."""
        objects = sorted(self.build.rglob(f"{target}.dir/**/*.o"))
        return hashlib.sha256(b"".join(path.read_bytes() for path in objects)).hexdigest()

    def tests(self):
        """What ctest would run: {name: command}."""
        command = ["ctest", "--test-dir", self.build, "--show-only=json-v1"]
        listed = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        return {test["name"]: test["command"] for test in listed["tests"] if "command" in test}

    def built(self, command):
        """The files of a command that the build makes."""
        paths = [pathlib.Path(word) for word in command]
        return [str(path.relative_to(self.build)) for path in paths if path.is_absolute() and path.is_relative_to(self.build)]
