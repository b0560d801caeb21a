# SPDX-License-Identifier: MIT OR Apache-2.0
"""A signal while a source or write_fd waits: its handler runs at once, and what it raises comes out, with nothing left behind."""
import contextlib
import os
import signal
import subprocess

import child
import child_interrupt
import procfs
import pytest

from osmemlock import LockedBuffer

pytestmark = pytest.mark.skipif(not procfs.knows_blocking_calls(), reason="the kernel does not show which call a process waits in")


@pytest.fixture
def fifo(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    return str(tmp_path / "fifo")


@contextlib.contextmanager
def ready(function, *arguments):
    """A child that waits; a test that fails does not wait for it."""
    with child.start(function, *arguments, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        except BaseException:
            process.kill()
            raise


def told(process):
    out = process.communicate(timeout=procfs.PATIENCE)[0]
    assert process.returncode == 0, out
    return out


@pytest.mark.parametrize("source, keep_writer", [
    ("fd", True), ("file", True), ("file", False), ("command", False), ("write_fd", True)])
def test_a_keyboard_interrupt_comes_out_and_nothing_is_left(fifo, source, keep_writer):
    with ready(child_interrupt.source, source, fifo, keep_writer) as process:
        procfs.wait_until_blocked(process.pid, "poll")
        process.send_signal(signal.SIGINT)
        assert told(process) == "KeyboardInterrupt\n"


def test_a_handler_that_returns_leaves_the_source_waiting(fifo):
    with ready(child_interrupt.handler_that_returns, fifo) as process:
        with open(fifo, "wb", buffering=0) as writer:
            for part in (b"ab", b"cd"):
                procfs.wait_until_blocked(process.pid, "poll")
                process.send_signal(signal.SIGUSR1)
                writer.write(part)
        calls, data = told(process).split()
        assert data == b"abcd".hex()
        assert int(calls) >= 1


def test_a_handler_that_returns_leaves_the_opening_waiting(fifo):
    with ready(child_interrupt.handler_that_returns, fifo) as process:
        procfs.wait_until_blocked(process.pid, "poll")
        process.send_signal(signal.SIGUSR1)
        with open(fifo, "wb", buffering=0) as writer:
            writer.write(b"ab")
        calls, data = told(process).split()
        assert data == b"ab".hex()
        assert int(calls) == 1


@pytest.mark.parametrize("keep_writer", [True, False])
def test_what_a_handler_raises_comes_out(fifo, keep_writer):
    keeper = os.open(fifo, os.O_RDWR) if keep_writer else None
    with ready(child_interrupt.handler_that_raises, fifo) as process:
        procfs.wait_until_blocked(process.pid, "poll")
        process.send_signal(signal.SIGUSR1)
        assert told(process) == "mine 0\n"
    if keep_writer:
        os.close(keeper)


# ---- Deadlines ----


@pytest.mark.parametrize("keep_writer", [True, False])
def test_a_source_that_waits_too_long_is_a_timeout_error(fifo, keep_writer):
    keeper = os.open(fifo, os.O_RDWR) if keep_writer else None
    fds = procfs.open_fds()
    with pytest.raises(TimeoutError):
        LockedBuffer.from_file(fifo, timeout=0.1)
    assert procfs.open_fds() == fds
    if keep_writer:
        os.write(keeper, b"abc")
        with pytest.raises(TimeoutError):
            LockedBuffer.from_fd(keeper, timeout=0)
        os.close(keeper)


def test_what_comes_in_time_is_taken(tmp_path):
    (tmp_path / "secret").write_bytes(b"abc")
    for timeout in (None, 0, 0.5, 10, float("inf")):
        with LockedBuffer.from_file(tmp_path / "secret", timeout=timeout) as key:
            assert memoryview(key) == b"abc"


@pytest.mark.parametrize("timeout, error", [(-1, ValueError), (float("nan"), ValueError), ("1", TypeError)])
def test_a_timeout_is_seconds(timeout, error):
    with pytest.raises(error):
        LockedBuffer.from_file("/dev/null", timeout=timeout)
