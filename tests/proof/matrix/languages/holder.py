# SPDX-License-Identifier: MIT OR Apache-2.0
"""Holds a secret of 64 bytes that comes on descriptor 3: holder.py KIND. Prints "ready PID", and obeys the commands of ../c/commands.c that it has."""
import ctypes
import gc
import os
import subprocess
import sys

SIZE = 64


class Bytes:
    """Plain Python."""

    def __init__(self):
        with open(3, "rb", closefd=False) as file:
            self.secret = file.read()

    def release(self):
        del self.secret

    def use(self):
        return sum(self.secret) & 0xff

    def collect(self):
        self.secret = None
        gc.collect()

    def scoped(self):
        raise ValueError("enough")


class Bytearray(Bytes):
    """Wiped by hand."""

    def __init__(self):
        self.secret = bytearray(SIZE)
        os.readv(3, [self.secret])

    def release(self):
        self.secret[:] = bytes(SIZE)


class Zeroize(Bytearray):
    """zeroize of PyPI."""

    def __init__(self):
        import zeroize
        self.module, self.secret = zeroize, bytearray(SIZE)
        zeroize.mlock(self.secret)
        os.readv(3, [self.secret])

    def release(self):
        self.module.zeroize1(self.secret)
        self.module.munlock(self.secret)


class SecureString(Bytes):
    """SecureString of PyPI: a text that is cleared where it lies."""

    def __init__(self):
        super().__init__()
        self.secret = self.secret.decode()

    def release(self):
        import SecureString as module
        module.clearmem(self.secret)

    def use(self):
        return sum(map(ord, self.secret)) & 0xff


class Ours(Bytes):
    def __init__(self, environment=False):
        from osmemlock import LockedBuffer
        self.secret = LockedBuffer.from_env("OSML_PROOF_SECRET") if environment else LockedBuffer.from_fd(3)

    def release(self):
        self.secret.close()

    def use(self):
        with memoryview(self.secret) as view:
            return sum(view) & 0xff

    def scoped(self):
        with self.secret:
            raise ValueError("enough")

    def where(self):
        with memoryview(self.secret) as view:
            return ctypes.addressof(ctypes.c_char.from_buffer(view))

    def more(self, most=4096):
        try:
            self.others = type(self.secret).from_fd(4, max=most)
        except (ValueError, MemoryError, OSError):
            return "refused"
        return "held"

    def fill(self, count):
        self.others = []
        try:
            while len(self.others) < count:
                self.others.append(type(self.secret)(SIZE))
        except OSError:
            pass
        return len(self.others)


def child(_):
    pid = os.fork()
    if pid == 0:
        os.read(0, 1)
        os._exit(0)
    return pid


def execute(holder):
    holder.child = subprocess.Popen(["cat"])
    return holder.child.pid


def raised(holder):
    try:
        holder.scoped()
    except ValueError:
        pass
    return 0


COMMANDS = {
    "release": lambda holder: holder.release() or 0,
    "use": lambda holder: holder.use(),
    "where": lambda holder: hex(holder.where()),
    "fork": child,
    "exec": execute,
    "raise": raised,
    "collect": lambda holder: holder.collect() or 0,
    "refuse": lambda holder: holder.more(SIZE // 2),
    "more": lambda holder: holder.more(),
    "fill": lambda holder, count: holder.fill(int(count)),
}
KINDS = {"bytes": Bytes, "bytearray": Bytearray, "zeroize": Zeroize, "SecureString": SecureString, "ours": Ours, "ours-env": lambda: Ours(True)}

held = KINDS[sys.argv[1]]()
print("ready", os.getpid(), flush=True)
for line in iter(sys.stdin.readline, ""):
    command, *words = line.split()
    if command == "exit":
        (os._exit if words == ["1"] else sys.exit)(0)
    print("ready", COMMANDS[command](held, *words), flush=True)
