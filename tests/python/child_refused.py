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
        "nofork": lambda: closed(lambda: LockedBuffer(100_000, fork="nofork")),
        "keep": lambda: closed(lambda: LockedBuffer(100_000, fork="keep")),
        "secretmem": lambda: closed(lambda: LockedBuffer(64, secretmem=True)),
        "random": lambda: closed(lambda: LockedBuffer.random(64)),
        "from_bytes": lambda: closed(lambda: LockedBuffer.from_bytes(b"x" * 3000)),
        "from_file": lambda: closed(lambda: LockedBuffer.from_file(path)),
        "from_fd": from_pipe,
        "from_credential": lambda: closed(lambda: LockedBuffer.from_credential("secret")),
        "from_command": lambda: closed(lambda: LockedBuffer.from_command(["echo"])),
        "region": region,
        "info": osmemlock.info,
    }


def attempt(refuser, operation, call, position, error):
    """Runs the operation with that call refused. None: it does not make so many. Else what was raised, or True."""
    outcome = True
    osmemlock.trim()
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
    """The state after the operation has run in peace, without what is kept for the next one."""
    operation()
    osmemlock.trim()
    return {"VmLck": procfs.locked_kib(), "mapped": procfs.mapped_bytes(), "descriptors": procfs.open_fds(),
            "live": osmemlock.info()["live_buffers"]}


def answers(call, error):
    """What may come of a refusal. To MADV_POPULATE_READ the kernel says EINVAL also when a page has no access, which is ENOMEM to mlock(2)."""
    return (True, error, errno.ENOTSUP, errno.ENOMEM if (call, error) == ("madvise", errno.EINVAL) else error)


def walk(refuser, operation, call, error):
    """All positions of one call: the state after each, and last the one after a run in which nothing was refused."""
    states = []
    while True:
        position = len(states) + 1
        outcome = attempt(refuser, operation, call, position, error)
        states.append(settled(operation))
        if outcome is None:
            return states
        assert outcome in answers(call, error), f"{call} {position}: errno {outcome}, but {error} was the system's"


def refused(name, calls):
    """The first walk lets the library and Python settle: handles, the heap. The next two must leave the same at each position; what leaks grows
    from walk to walk."""
    refuser = refuse.Refuser()
    with tempfile.TemporaryDirectory() as directory:
        operation = operations(directory)[name]
        told = {}
        for call, error in calls:
            if call not in refuse.NUMBERS:
                continue
            _, before, after = (walk(refuser, operation, call, error) for _ in range(3))
            assert len(before) == len(after), f"{call}: {len(before)} positions became {len(after)}"
            for position, (was, now) in enumerate(zip(before, after, strict=True), 1):
                assert was == now, f"{call} {position}: {was} became {now}"
            told[call] = told.get(call, 0) + len(after) - 1
    told["random_by_vdso"] = int(random_by_vdso())
    print(" ".join(f"{call}={count}" for call, count in told.items()))


def random_by_vdso():
    """Whether getrandom(3) does without the kernel (vdso(7); Linux 6.11 with glibc 2.41, audit N1). It then works in pages that the kernel may
    drop, which nothing else asks for: "dp" in VmFlags."""
    LockedBuffer.random(64).close()
    return any("dp" in flags for _, _, flags in procfs.mappings())


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
