# SPDX-License-Identifier: MIT OR Apache-2.0
"""Runs a function of one of the modules child_*.py in a fresh interpreter."""
import json
import os
import pathlib
import subprocess
import sys

from procfs import PATIENCE

HERE = pathlib.Path(__file__).parent
# A shell starts what runs in the background with SIGINT ignored, and Python leaves that as it is.
_PROGRAM = """import importlib, json, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
getattr(importlib.import_module(sys.argv[1]), sys.argv[2])(*json.loads(sys.argv[3]))"""


def start(function, *arguments, flags=(), env=None, **options):
    """Popen of a new interpreter that calls `function`, which lies in a module of this folder, with arguments that JSON can tell."""
    path = os.pathsep.join([str(HERE), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-X", "faulthandler", *flags, "-c", _PROGRAM, function.__module__, function.__name__, json.dumps(arguments)]
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path, **(env or {})}, **options)


def run(function, *arguments, **options):
    """Runs it to its end, which must be a good one. Returns (stdout, stderr)."""
    with start(function, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options) as process:
        try:
            out, err = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    assert process.returncode == 0, f"{function.__name__} ended with {process.returncode}\n{out}\n{err}"
    return out, err


class Victim:
    """A child that goes from step to step: it tells each one that it reached, and waits until it may go on (`reached` in this module)."""

    def __init__(self, function, *arguments, **options):
        self.process = start(function, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, **options)
        self.pid = self.process.pid

    def await_step(self, step):
        line = self.process.stdout.readline().decode()
        assert line == step + "\n", f"expected the step {step!r}, the child told {line!r}"

    def go_on(self):
        self.process.stdin.write(b"\n")

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind:
            self.process.kill()
        self.process.stdin.close()
        self.process.stdout.close()
        status = self.process.wait(timeout=PATIENCE)
        assert kind or status == 0, f"the child ended with {status}"


def reached(step):
    """In the child: tells the step and waits. It uses descriptors, because a file object would keep what passes through it."""
    os.write(1, step.encode() + b"\n")
    os.read(0, 1)
