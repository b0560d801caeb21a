# SPDX-License-Identifier: MIT OR Apache-2.0
"""
Runs a test of a faulty library so that it harms nothing: in a session of its own, without core files, with limits of memory, files and time,
and with an end to all that it started. What left its session is known by a variable of the environment.
"""
import os
import pathlib
import signal
import subprocess
import sys
import time
import uuid

MARK = "OSML_MUTATE_RUN"
LIMITS = ["prlimit", f"--as={4 << 30}:", f"--fsize={256 << 20}:", "--core=0:", "--"]  # prlimit(1) of util-linux
GRACE = 3  # seconds between SIGTERM, for the traps of scripts, and SIGKILL


def take_signals():
    """
    A shell that starts this in the background, or nohup, has some signals ignored, which exec() passes on: then tests of signals fail. A handler
    ignores them as well, and is not passed on.
    """
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def marked(mark):
    """The processes that have `mark` in their environment, but for zombies."""
    entry = f"{MARK}={mark}".encode()
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if entry in (folder / "environ").read_bytes().split(b"\0"):
                yield int(folder.name)
        except OSError:
            pass  # gone meanwhile, or not ours


def kill(group, mark):
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
    for pid in marked(mark):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def run(command, folder, log, timeout, environment=None):
    """The exit code of the command, or None when it took longer than `timeout` seconds."""
    mark = uuid.uuid4().hex
    variables = {**os.environ, "TMPDIR": str(folder), "LC_ALL": "C", **(environment or {}), MARK: mark}
    with open(log, "wb") as output:
        process = subprocess.Popen([*LIMITS, *command], cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=variables,
                                   start_new_session=True)
    try:
        return process.wait(timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            pass
        return None
    finally:
        kill(process.pid, mark)
        process.wait()


def timed(*args, **more):
    start = time.monotonic()
    code = run(*args, **more)
    return code, time.monotonic() - start
