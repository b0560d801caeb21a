#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Types a secret at the prompt of wine_static.exe, on a terminal that wine makes a console of. console.py WINE PROGRAM FOLDER

The program leaves its checks in FOLDER/prompt.txt, because what it prints is drawn by the console. What was typed must not be shown."""
import os
import pathlib
import pty
import sys
import tty

SECRET = "hunter\u00fc2"


def main(wine, program, folder):
    child, terminal = pty.fork()
    if child == 0:
        tty.setraw(0)  # else the kernel would show what is typed before wine takes the terminal
        os.chdir(folder)
        os.execv(wine, [wine, program, "prompt"])
    answers = {
        b"secret?": f"{SECRET}\r",
        b"long?": "x" * 5000 + "\r",
        b"edited?": "wo\U0001f600\u00fc\x08n\r",
        b"ended?": "\x1a",
        b"handle?": "a line\r",
    }
    questions = len(answers)
    shown, typed = b"", 0
    while True:
        try:
            some = os.read(terminal, 4096)
        except OSError:  # the other end is closed
            break
        if not some:
            break
        shown += some
        for question in [question for question in answers if question in shown]:
            typed += os.write(terminal, answers.pop(question).encode()) > 0
    os.waitpid(child, 0)
    lines = (pathlib.Path(folder) / "prompt.txt").read_text(encoding="utf-8").splitlines()
    if typed != questions or any(part.encode() in shown for part in (SECRET, "hunter", "one", "two")):
        print("FAIL prompt: what was typed is shown, or nothing was asked", repr(shown), "wine: 0 passed, 1 failed, 0 skipped", sep="\n")
        return 1
    print("ok   prompt: what was typed is not shown", *lines, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
