# SPDX-License-Identifier: MIT OR Apache-2.0
"""What test_refused.py runs: an operation, again and again, and each time another one of its system calls is refused."""
import errno
import mmap
import os
import tempfile

import procfs
import refuse

import osmemlock
from osmemlock import LockedBuffer, locked

MANY = 600  # of the pool's largest, so that its first pages do not do


def many():
    keys = []
    try:
        for _ in range(MANY):
            keys.append(LockedBuffer(2000))
    finally:
        for key in keys:
            key.close()


def closed(make):
    make().close()


def region():
    with locked(bytearray(8 * procfs.PAGE)):
        pass


def shut_and_open():
    with LockedBuffer(64, guarded=True) as key:
        key.protect("none")
        key.protect("readwrite")


def from_pipe():
    reader, writer = os.pipe()
    try:
        os.write(writer, b"x" * 3000)
        os.close(writer)
        LockedBuffer.from_fd(reader).close()
    finally:
        os.close(reader)


def operations(directory):
    path = os.path.join(directory, "secret")
    with open(path, "wb") as file:
        file.write(b"x" * 3000)
    os.environ["CREDENTIALS_DIRECTORY"] = directory
    return {
        "small": lambda: closed(lambda: LockedBuffer(64)),
        "many": many,
        "large": lambda: closed(lambda: LockedBuffer(100_000)),
        "strict": lambda: closed(lambda: LockedBuffer(100_000, policy="strict")),
        "best_effort": lambda: closed(lambda: LockedBuffer(100_000, policy="best_effort")),
        "guarded": shut_and_open,
        "absent": lambda: closed(lambda: LockedBuffer(100_000, fork="absent")),
        "keep": lambda: closed(lambda: LockedBuffer(100_000, fork="keep")),
        "secretmem": lambda: closed(lambda: LockedBuffer(64, secretmem=True)),
        "random": lambda: closed(lambda: LockedBuffer.random(64)),
        "from_bytes": lambda: closed(lambda: LockedBuffer.from_bytes(b"x" * 3000)),
        "from_file": lambda: closed(lambda: LockedBuffer.from_file(path)),
        "from_fd": from_pipe,
        "from_credential": lambda: closed(lambda: LockedBuffer.from_credential("secret")),
        "from_command": lambda: closed(lambda: LockedBuffer.from_command(["true"])),
        "region": region,
        "info": osmemlock.info,
    }


def attempt(refuser, operation, call, position, error):
    """Runs the operation with that call refused. None: it does not make so many. Else what was raised, or True."""
    outcome = True
    refuser.arm(call, position, error)
    try:
        operation()
    except OSError as raised:
        outcome = raised.errno
    if not refuser.disarm():
        assert outcome is True, outcome
        return None
    return outcome


def settled(operation):
    """The state after the operation has run in peace: which spare pages the pool keeps depends on what was done last."""
    operation()
    return {"VmLck": procfs.locked_kib(), "mapped": procfs.mapped_bytes(), "descriptors": procfs.open_fds(),
            "live": osmemlock.info()["live_buffers"]}


def walk(refuser, operation, call, error, start):
    """All positions of one call; how many there are. A state that differs from the start is told with its position."""
    position = 0
    while True:
        position += 1
        outcome = attempt(refuser, operation, call, position, error)
        now = settled(operation)
        assert start is None or now == start, f"{call} {position}: {start} became {now}"
        if outcome is None:
            return position - 1
        allowed = (True, error, errno.ENOTSUP)
        assert outcome in allowed, f"{call} {position}: errno {outcome}, but {error} was the system's"


def refused(name, calls):
    """The first walk lets the library and Python settle: spare pages, handles, the heap. The second one must change nothing."""
    refuser = refuse.Refuser()
    with tempfile.TemporaryDirectory() as directory:
        operation = operations(directory)[name]
        told = {}
        for call, error in calls:
            if call not in refuse.NUMBERS:
                continue
            walk(refuser, operation, call, error, None)
            told[call] = told.get(call, 0) + walk(refuser, operation, call, error, settled(operation))
    print(" ".join(f"{call}={count}" for call, count in told.items()))


def leaks_seen():
    """Whether each kind of leak is seen, for the control. `left` is what an operation with that leak leaves behind."""
    left, seen = [], []
    memory = mmap.mmap(-1, procfs.PAGE)
    leaks = {
        "descriptors": lambda: left.append(os.open(os.devnull, os.O_RDONLY)),
        "VmLck": lambda: osmemlock.mlock(memory),
        "mapped": lambda: left.append(mmap.mmap(-1, 5 * procfs.PAGE)),
        "live": lambda: left.append(LockedBuffer(8))}
    settled(list)
    for name, leak in leaks.items():
        before = settled(list)
        if settled(leak)[name] != before[name]:
            seen.append(name)
    print(*seen)
    left[-1].close()
