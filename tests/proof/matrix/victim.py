# SPDX-License-Identifier: MIT OR Apache-2.0
"""A process that holds a secret, and the scanner that looks for it. Nothing here knows the secret: only its seed."""
import contextlib
import ctypes
import os
import random
import re
import resource
import select
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field

SECRET_FD, MORE_FD = 3, 4
PR_CAPBSET_DROP, CAP_IPC_LOCK, PR_SET_MEMORY_MERGE = 24, 14, 67
LINE_SECONDS = 60
libc = ctypes.CDLL(None, use_errno=True)

# So that no other descriptor of ours is in their place when a victim is started.
for reserved in (SECRET_FD, MORE_FD):
    if not os.path.exists(f"/proc/self/fd/{reserved}"):
        os.dup2(os.open(os.devnull, os.O_RDONLY), reserved)


class Gone(Exception):
    """The victim has ended, and how."""

    def __init__(self, how):
        super().__init__(how)
        self.how = how
        self.killed = how.startswith("SIG")


@dataclass
class Found:
    """What a scan has found: whole copies, pieces of 16 bytes, and (offset, mapping or file) of each piece."""
    copies: int
    pieces: int
    places: list = field(default_factory=list)

    def __bool__(self):
        return self.pieces > 0

    def __str__(self):
        return f"{self.copies}+{self.pieces}"


def scan(scanner, verb, seed, *where):
    """None: nothing could be read, so that nothing found would mean nothing."""
    done = subprocess.run([scanner, verb, str(seed), *map(str, where)], capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        return None
    copies, pieces = map(int, done.stdout.split())
    places = [(int(at, 16), place) for at, place in re.findall(r"at ([0-9a-f]+) in (.*)", done.stderr)]
    return Found(copies, pieces, places)


def sum_of(seed):
    """What `use` of a victim answers: the sum of the bytes, made from the seed alone."""
    total = 0
    for _ in range(64):
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
        total += ord("!") + (seed >> 33) % 94
    return total & 0xff


def drop_ipc_lock():
    """Root too is then held to RLIMIT_MEMLOCK, from the next exec() on."""
    libc.prctl(PR_CAPBSET_DROP, CAP_IPC_LOCK, 0, 0, 0)


class Victim:
    """As a context: what it was started with goes when it ends."""

    def __init__(self, scanner, command, *, env=None, cwd=None, quota=None, merge=False, cgroup=None, in_environment=False, obeys=True):
        self.scanner, self.seed, self.obeys = scanner, random.randrange(1, 2**62), obeys
        self.folder = tempfile.mkdtemp(prefix="victim.", dir=os.environ["OSML_TIDY"])
        secret = self.filled()
        more, self.feed = os.pipe()

        def prepare():
            os.dup2(secret, SECRET_FD)
            os.dup2(more, MORE_FD)
            _, hard = resource.getrlimit(resource.RLIMIT_CORE)
            resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
            if merge:
                libc.prctl(PR_SET_MEMORY_MERGE, 1, 0, 0, 0)
            if cgroup:
                with open(f"{cgroup}/cgroup.procs", "w", encoding="ascii") as procs:
                    procs.write(str(os.getpid()))
            if quota:
                resource.setrlimit(resource.RLIMIT_MEMLOCK, (quota, quota))
                drop_ipc_lock()

        if in_environment:
            command = [scanner, "env", str(self.seed), "OSML_PROOF_SECRET", *command]
        with open(f"{self.folder}/stderr", "wb") as errors:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, cwd=cwd or self.folder, bufsize=0,
                                            env=dict(os.environ, LD_BIND_NOW="1", **(env or {})), preexec_fn=prepare, pass_fds=(SECRET_FD, MORE_FD))
        os.close(secret)
        os.close(more)
        self.said = b""
        try:
            self.pid = int(self.line())
        except BaseException:
            self.end()
            raise

    def filled(self):
        """A pipe with the secret in it, and nothing behind."""
        reading, writing = os.pipe()
        subprocess.run([self.scanner, "put", str(self.seed)], stdout=writing, check=True)
        os.close(writing)
        return reading

    def more(self, filter="cat"):
        """Puts the secret, or what a filter leaves of it, into the second pipe."""
        with subprocess.Popen([self.scanner, "put", str(self.seed)], stdout=subprocess.PIPE) as put:
            subprocess.run(filter.split(), stdin=put.stdout, stdout=self.feed, check=True)

    def fill_more(self):
        """The same, and the end behind it."""
        self.more()
        os.close(self.feed)
        self.feed = os.open(os.devnull, os.O_RDONLY)

    def line(self):
        """The answer of "ready ANSWER"."""
        while b"\n" not in self.said:
            if not select.select([self.process.stdout], [], [], LINE_SECONDS)[0]:
                raise Gone("hangs")
            got = os.read(self.process.stdout.fileno(), 65536)
            if not got:
                raise Gone(self.how())
            self.said += got
        one, self.said = self.said.split(b"\n", 1)
        word, _, answer = one.decode("latin1").partition(" ")
        if word != "ready":
            raise Gone(f"said: {one.decode('latin1')[:60]}")
        return answer

    def how(self):
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(LINE_SECONDS)
        code = self.process.returncode
        if code is None:
            return "hangs"
        return signal.Signals(-code).name if code < 0 else f"exit code {code}"

    def ask(self, *words):
        self.tell(*words)
        return self.line()

    def tell(self, *words):
        """To one that obeys no commands any line says that it shall release the secret; it may read no more than the end of the line."""
        with contextlib.suppress(BrokenPipeError):
            os.write(self.process.stdin.fileno(), (" ".join(map(str, words if self.obeys else ())) + "\n").encode())

    def scan(self, verb="mem", pid=None):
        return scan(self.scanner, verb, self.seed, pid or self.pid)

    def mapping(self, address):
        """(first, end, flags of smaps) of the mapping that an address lies in."""
        with open(f"/proc/{self.pid}/smaps", encoding="ascii", errors="replace") as lines:
            first = end = 0
            for line in lines:
                if found := re.match(r"([0-9a-f]+)-([0-9a-f]+) ", line):
                    first, end = int(found[1], 16), int(found[2], 16)
                elif line.startswith("VmFlags:") and first <= address < end:
                    return first, end, line.split()[1:]
        return None

    def status(self, key):
        """A figure of /proc/PID/status in KiB."""
        with open(f"/proc/{self.pid}/status", encoding="ascii", errors="replace") as lines:
            return next((int(line.split()[1]) for line in lines if line.startswith(key + ":")), 0)

    def end(self):
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(3)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        os.close(self.feed)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
