# SPDX-License-Identifier: MIT OR Apache-2.0
"""from_command inside of event loops, whose own children and SIGCHLD stay theirs, and in a frozen program (audit L3)."""
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "host.py"


def need(module):
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed")


def run(*command, **environment):
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300, env=os.environ | environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("loop", ["asyncio", "gevent", "eventlet"])
def test_a_loop_and_the_commands_are_each_told_of_their_own_children(loop):
    need(loop)
    assert run(sys.executable, PROGRAM, loop) == "done\n"


def test_commands_run_in_a_frozen_program(tmp_path):
    need("PyInstaller")
    folders = [f"--{name}path={tmp_path / name}" for name in ("dist", "work", "spec")]
    without = [f"--exclude-module={name}" for name in ("asyncio", "gevent", "eventlet")]
    run(sys.executable, "-m", "PyInstaller", "--log-level=ERROR", *folders, *without, PROGRAM, PYINSTALLER_CONFIG_DIR=str(tmp_path / "cache"))
    assert run(tmp_path / "dist" / "host" / "host", "plain") == "done\n"
