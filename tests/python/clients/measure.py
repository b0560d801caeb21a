# SPDX-License-Identifier: MIT OR Apache-2.0
"""
Runs a client in a process of its own, of any language, and counts the copies of its secret there.

The secret is 32 random characters. The child gets it from a socket, a file or a terminal, so that it is in no argument and no variable, and
it is text, so that one search finds it in str objects too.
"""
import fcntl
import os
import secrets
import socket
import string
import subprocess
import sys
import termios
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from control import control
from search import HALF, search

HERE = Path(__file__).parent
PYTHON = (sys.executable, HERE / "victim.py")
PASSED_ON = ("PATH", "HOME", "PYTHONPATH", "LUA_PATH", "LUA_CPATH", "LD_LIBRARY_PATH")
ALPHABET = (string.ascii_letters + string.digits + "-_").encode()


@dataclass(frozen=True)
class Measured:
    """What a client answered, and the copies of its secrets outside locked memory: with the buffer still open, and after its close."""

    result: bytes
    expected: bytes
    held: list
    closed: list
    left_locked: int

    def residue(self):
        """The worse of the two moments."""
        return max(self.held, self.closed, key=number)


def number(copies):
    return sum(1 if copy.whole else 0.5 for copy in copies)


def random_text():
    return bytes(secrets.choice(ALPHABET) for _ in range(2 * HALF))


def seed():
    return secrets.randbits(64)


class Child:
    """
    The victim, and the ends of what it is given. `victim` is the command that runs it; behind it come the client's name, the seeds of the two
    controls, the number of its socket, and the path of a file that holds the secret. tests/python/clients/victim.py tells what it says.
    """

    def __init__(self, stack, client, secret, message, bind_now, victim):
        self.client, self.secret = client, secret
        self.seeds = seed(), seed()
        self.socket, theirs = (stack.enter_context(end) for end in socket.socketpair())
        self.file = os.memfd_create("secret")
        stack.callback(os.close, self.file)
        os.write(self.file, secret)
        if not client.typed:
            self.socket.sendall(secret + message)
        self.socket.shutdown(socket.SHUT_WR)
        self.terminal, tty = self.open_terminal(stack) if client.typed else (None, None)
        path = f"/proc/{os.getpid()}/fd/{self.file}"
        arguments = [*victim, client.name, *map(str, self.seeds), str(theirs.fileno()), path]
        self.process = stack.enter_context(
            subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
                             pass_fds=[theirs.fileno(), *([tty] if client.typed else [])],
                             env=self.environment(bind_now), **self.session(tty)))
        stack.callback(self.process.kill)
        theirs.close()
        if client.typed:
            os.close(tty)
            self.type()

    def environment(self, bind_now):
        # Little of ours: what freed memory still holds depends on its layout, and that on the environment.
        env = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        if bind_now:
            env["LD_BIND_NOW"] = "1"
        if self.client.inherited:
            env["SECRET"] = self.secret.decode()
        return env

    @staticmethod
    def open_terminal(stack):
        ours, theirs = os.openpty()
        stack.callback(os.close, ours)
        return ours, theirs

    @staticmethod
    def session(tty):
        """A new session with that terminal, so that /dev/tty is it (tty(4)). The child holds it open: its death is an error at our end."""
        return {} if tty is None else {"start_new_session": True, "preexec_fn": lambda: fcntl.ioctl(tty, termios.TIOCSCTTY, 0)}

    def type(self):
        """Once it has asked. A terminal throws away what was typed before the echo was switched off (TCSAFLUSH)."""
        asked = b""
        while b":" not in asked:
            asked += os.read(self.terminal, 1024)
        os.write(self.terminal, self.secret + b"\n")

    def listen(self, word):
        line = self.process.stdout.readline().decode().split()
        if line[:1] != [word]:
            raise RuntimeError(f"{self.client.name}: the child ended instead of saying {word}")
        return bytes.fromhex(line[1]) if len(line) > 1 else None

    def go_on(self):
        self.process.stdin.write(b"\n")

    def received(self):
        data = b""
        while True:
            try:
                more = self.socket.recv(4096, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return data
            if not more:
                return data
            data += more

    def copies(self, needles, controls):
        """Copies of the needles, after both controls were found where they belong. (outside, inside locked memory)"""
        found = search(self.process.pid, needles | controls)
        if not any(copy.whole and copy.locked for copy in found["locked"]):
            raise RuntimeError("the control in locked memory was not found: the search is blind, or nothing is locked")
        if not any(copy.whole and not copy.locked for copy in found["ordinary"]):
            raise RuntimeError("the control in ordinary memory was not found: the search is blind")
        copies = [copy for name in needles for copy in found[name]]
        return [copy for copy in copies if not copy.locked], [copy for copy in copies if copy.locked]


def measure(client, bind_now=True, victim=PYTHON):
    secret, other = random_text(), random_text()
    message = client.given(secret, other) if client.given else b""
    needles = {"secret": secret} | ({"also": client.also(secret, other)} if client.also else {})
    with ExitStack() as stack:
        child = Child(stack, client, secret, message, bind_now, victim)
        controls = {"locked": control(child.seeds[0]), "ordinary": control(child.seeds[1])}
        result = child.listen("used")
        if result is None:
            result = child.received()
        held, _ = child.copies(needles, controls)
        child.go_on()
        child.listen("closed")
        closed, left_locked = child.copies(needles, controls)
        child.go_on()
        child.process.wait()
    return Measured(result, client.answer(secret, other), held, closed, len(left_locked))


def describe(copies):
    """"1 + ½ (heap, stack)": whole copies, halves, and where they lie."""
    if not copies:
        return "0"
    whole = [copy for copy in copies if copy.whole]
    halves = ["½"] * (len(copies) - len(whole))
    parts = [str(len(whole)), *halves] if whole else halves
    return f"{' + '.join(parts)} ({', '.join(sorted({copy.place for copy in copies}))})"
