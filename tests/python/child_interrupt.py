# SPDX-License-Identifier: MIT OR Apache-2.0
"""What test_interrupt.py runs and interrupts."""
import os
import signal
import sys

import procfs

import osmemlock
from osmemlock import LockedBuffer

SOURCES = {
    "write_fd": lambda path: fill(path),
    "fd": lambda path: LockedBuffer.from_fd(path_fd(path)),
    "file": LockedBuffer.from_file,
    "command": lambda path: LockedBuffer.from_command([sys.executable, "-I", "-S", "-c", "import signal; signal.pause()"]),
}
opened = []


def fill(path):
    with LockedBuffer(1 << 20) as key:  # more than a pipe holds
        key.write_fd(path_fd(path))


def path_fd(path):
    return opened[0]


def source(name, path, keep_writer):
    """Waits in a source until it is interrupted, and tells whether all is as before."""
    if keep_writer:
        opened.append(os.open(path, os.O_RDWR))
        os.write(opened[0], b"half a secret")
    LockedBuffer(8).close()  # What the library makes once is no leak.
    osmemlock.trim()
    before = procfs.locked_kib(), procfs.open_fds()
    print("ready", flush=True)
    try:
        SOURCES[name](path)
    except KeyboardInterrupt:
        print("KeyboardInterrupt")
    osmemlock.trim()
    assert (procfs.locked_kib(), procfs.open_fds()) == before
    assert osmemlock.info()["live_buffers"] == 0
    assert not has_child()


def has_child():
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def handler_that_returns(path):
    """A handler that raises nothing leaves the read waiting, until its input comes."""
    calls = []
    signal.signal(signal.SIGUSR1, lambda number, frame: calls.append(number))
    print("ready", flush=True)
    with LockedBuffer.from_file(path) as key:
        print(len(calls), memoryview(key).hex())


def handler_that_raises(path):
    """Whatever the handler raises comes out as it is."""

    def handler(number, frame):
        raise LookupError("mine")

    signal.signal(signal.SIGUSR1, handler)
    print("ready", flush=True)
    try:
        LockedBuffer.from_file(path)
    except LookupError as error:
        print(error, osmemlock.info()["live_buffers"])
