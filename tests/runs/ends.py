#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""However a script of the tests ends, nothing of it is left: no swap, cgroup, mount, folder or process (audit N3). ends.py VICTIM SCAN"""
import contextlib
import fcntl
import glob
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import termios

HERE = pathlib.Path(__file__).resolve().parent
MAKER, TIDY, SWAP = HERE / "maker.sh", HERE.parent / "tidy.py", HERE.parent / "proof/swap.sh"
MOST = 60_000  # milliseconds that something may take to end before this test gives up
failed, not_made = [], set()


def say(well, what):
    print("ok   " if well else "FAIL ", what, flush=True)
    if not well:
        failed.append(what)


def skip(why):
    print("SKIP:", why)
    sys.exit(77)


# ---- What there is --------------------------------------------------------------------------------------------------------------------------


def listed(table, column, path):
    lines = pathlib.Path(table).read_text(encoding="utf-8").splitlines()
    return path in [re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), line.split()[column]) for line in lines]


def runs(pid):
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    return False


LOOK = {
    "folder": os.path.exists,
    "cgroup": os.path.exists,
    "mount": lambda path: listed("/proc/self/mountinfo", 4, path),
    "swap": lambda path: listed("/proc/swaps", 0, path),
    "process": runs,
}


def there(things):
    return [f"{kind} {name}" for kind, name in things if LOOK[kind](name)]


# ---- Scripts, and their ends ----------------------------------------------------------------------------------------------------------------


class Script:
    """As a terminal starts one: in a session of its own, with a terminal and with the signals' own actions."""

    def __init__(self, *command):
        self.terminal, other = pty.openpty()
        self.output, told = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
                signal.signal(number, signal.SIG_DFL)
            login(other)
            os.dup2(told, 1)
            os.execv(command[0], [str(word) for word in command])
        os.close(other)
        os.close(told)
        self.lines = os.fdopen(self.output)

    def end(self, how):
        if how == "closed terminal":
            os.close(self.terminal)
        elif how == "INT":
            os.killpg(self.pid, signal.SIGINT)  # as Ctrl-C does
        else:
            os.kill(self.pid, getattr(signal, f"SIG{how}"))
        os.waitpid(self.pid, 0)


def guard_of(script):
    """The process that waits for the end of the process SCRIPT, as a descriptor."""
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = pathlib.Path(path).read_bytes().split(b"\0")
            if b"begin" in words and str(script).encode() in words:
                return os.pidfd_open(int(path.split("/")[2]))
    raise LookupError(f"{script} has no guard")


def login(terminal):
    os.setsid()
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
    for descriptor in (0, 1, 2):
        os.dup2(terminal, descriptor)


def ended(process):
    poll = select.poll()
    poll.register(process, select.POLLIN)
    return bool(poll.poll(MOST))


def made(script):
    """The things that maker.sh tells of, and its process."""
    things, maker = [], 0
    for line in script.lines:
        kind, _, name = line.rstrip("\n").partition(" ")
        if kind == "ready":
            break
        if kind == "script":
            maker = int(name)
        elif kind in LOOK:
            things.append((kind, name))
    return things, maker


@contextlib.contextmanager
def made_by(how, *command):
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MOUNTED"] = folder
        script = Script(*command)
        things, maker = made(script)
        kinds = {kind for kind, _ in things}
        not_made.update(set(LOOK) - kinds)
        say(len(there(things)) == len(things) and {"folder", "process"} <= kinds, f"{how}: before, there is {', '.join(sorted(kinds))} (control)")
        yield script, things, [guard_of(pid) for pid in sorted({script.pid, maker})]


def by(how, *command):
    what = f"{pathlib.Path(command[0]).name}, {how}"
    with made_by(what, *command) as (script, things, guards):
        script.end(how)
        left = there(things) if all([ended(guard) for guard in guards]) else ["a guard that does not end"]
        say(not left, f"{what}: nothing is left{''.join('; ' + thing for thing in left)}")


def without_guard():
    """The control: killed together with its guard, a script leaves everything, and only the next one undoes it."""
    with made_by("KILL of both", MAKER) as (script, things, guards):
        signal.pidfd_send_signal(guards[0], signal.SIGKILL)
        script.end("KILL")
        left = there(things)  # but for what the hang-up of the terminal ends
        say({thing.split()[0] for thing in left} == {kind for kind, _ in things}, "KILL of both: everything is left (control)")
        subprocess.run([sys.executable, TIDY, "stale"], check=True)
        left = there(things)
        say(not left, f"KILL of both: the next run undoes it{''.join('; ' + thing for thing in left)}")


def whole_run(how):
    """tests/run in a tree of its own, whose part "python" is the maker: what ends the run ends that too."""
    with tempfile.TemporaryDirectory(prefix="a tree ") as tree:
        tests = shutil.copytree(HERE.parent, pathlib.Path(tree, "tests"), ignore=lambda folder, names: [] if folder == str(HERE) else
                                [name for name in names if name not in {"run", "runs", "need.sh", "tidy.sh", "tidy.py"}])
        (tests / "python").mkdir()
        (tests / "python/run.sh").symlink_to(MAKER)
        by(how, tests / "run", "python")


# ---- The swap proof itself ------------------------------------------------------------------------------------------------------------------


def proof_ends(how, *programs):
    script = Script(SWAP, *programs)
    first = next((line for line in script.lines if not line.startswith("waiting")), "")
    if not first.startswith("ok"):
        print(f"SKIP: the swap proof, {how}: it says '{first.strip()}'")
        script.end("KILL")
        return
    swap = [line.split()[0] for line in pathlib.Path("/proc/swaps").read_text(encoding="utf-8").splitlines() if "osmemlock-proof" in line]
    guard = guard_of(script.pid)
    script.end(how)
    gone = ended(guard) and not any(listed("/proc/swaps", 0, path) or os.path.exists(path) for path in swap)
    say(len(swap) == 1 and gone, f"the swap proof, {how}: its swap is gone")


def two_at_once(*programs):
    """One waits for the other: each demands that no other swap is active."""
    both = [subprocess.Popen([SWAP, *programs], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outputs = [process.communicate()[0] for process in both]
    if all(process.returncode == 77 for process in both):
        print(f"SKIP: two swap proofs at once: {outputs[0].splitlines()[0]}")
        return
    say(all(process.returncode == 0 for process in both), "two swap proofs at once: both pass" + "".join(outputs) * any(p.returncode for p in both))


if __name__ == "__main__":
    if not hasattr(os, "pidfd_open") or not shutil.which("setsid"):
        skip("this test needs pidfd_open() and setsid(1)")
    for end in ("INT", "TERM", "HUP", "KILL", "closed terminal"):
        by(end, MAKER)
        whole_run(end)
    without_guard()
    for end in ("HUP", "KILL") if os.geteuid() == 0 else ():
        proof_ends(end, *sys.argv[1:])
    two_at_once(*sys.argv[1:])
    for kind in sorted(not_made):
        print(f"SKIP: we may not make a {kind} here")
    sys.exit(1 if failed else 0)
