# SPDX-License-Identifier: MIT OR Apache-2.0
"""The victim of ../residue.sh and ../../proof/run: residue.py from-fd|from-env. It obeys commands."""
import gc
import os
import subprocess
import sys

from osmemlock_swig import LockedBuffer


class Victim:
    def __init__(self, kind):
        self.secret = LockedBuffer.from_fd(3, 4096) if kind == "from-fd" else LockedBuffer.from_env("OSML_PROOF_SECRET", 4096)

    def release(self):
        self.secret.close()

    def use(self):
        return sum(self.secret.get_byte(i) for i in range(self.secret.size())) & 0xff

    def collect(self):
        self.secret = None
        gc.collect()

    def leave_raising(self):
        try:
            with self.secret:
                raise LookupError
        except LookupError:
            pass

    def fork(self):
        child = os.fork()
        if child == 0:
            os.read(0, 1)
            os._exit(0)
        return child

    def execute(self):
        self.child = subprocess.Popen(["cat"])
        return self.child.pid

    def more(self, most=4096):
        try:
            self.others = LockedBuffer.from_fd(4, most)
        except (ValueError, MemoryError):
            return "refused"
        return "held"

    def refuse(self):
        return self.more(32)

    def fill(self, count):
        self.others = []
        try:
            while len(self.others) < int(count):
                self.others.append(LockedBuffer(64))
        except MemoryError:
            pass
        return len(self.others)

    def exit(self, now):
        os._exit(0) if now == "1" else sys.exit()


victim = Victim(sys.argv[1])
obey = {"release": victim.release, "use": victim.use, "collect": victim.collect, "raise": victim.leave_raising, "fork": victim.fork,
        "exec": victim.execute, "refuse": victim.refuse, "more": victim.more, "fill": victim.fill, "exit": victim.exit}
print("ready", os.getpid(), flush=True)
for line in iter(sys.stdin.readline, ""):
    command, *words = line.split()
    answer = obey[command](*words)
    print("ready", os.getpid() if answer is None else answer, flush=True)
