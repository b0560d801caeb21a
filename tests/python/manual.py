# SPDX-License-Identifier: MIT OR Apache-2.0
"""osmemlock-python(1) came with the package into this environment, and names the commands and options that there are."""
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

PAGE = Path(sysconfig.get_path("data"), "share/man/man1/osmemlock-python.1")


def helped(*words: str) -> str:
    return subprocess.run([sys.executable, "-m", "osmemlock", *words, "--help"], capture_output=True, text=True, check=True).stdout


commands = re.findall(r"^    (\w+)  ", helped(), re.MULTILINE)
options = {option for command in commands for option in re.findall(r"--([a-z]+)", helped(command))}
items = re.findall(r"^\.It (?:Cm|Fl) (.*)$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
named = {word.strip("- ") for item in items for word in item.split(",")}
assert len(commands) > 1, "control: there are commands"
assert len(options) > 1, "control: there are options"
assert named == {"h", *commands, *options}, f"the page names {sorted(named)}, the command {sorted(commands)} and {sorted(options)}"
