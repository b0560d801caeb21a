# SPDX-License-Identifier: MIT OR Apache-2.0
"""A signal while a source or write_to waits: its handler runs at once, and what it raises comes out, with nothing left behind."""
import contextlib
import os
import signal
import subprocess

import child
import child_interrupt
import procfs
import pytest

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


@pytest.mark.parametrize("source, keep_writer, call", [
    ("fd", True, "read"), ("file", True, "read"), ("file", False, "openat"), ("command", False, "read"), ("write_to", True, "write")])
def test_a_keyboard_interrupt_comes_out_and_nothing_is_left(fifo, source, keep_writer, call):
    with ready(child_interrupt.source, source, fifo, keep_writer) as process:
        procfs.wait_until_blocked(process.pid, call)
        process.send_signal(signal.SIGINT)
        assert told(process) == "KeyboardInterrupt\n"


def test_a_handler_that_returns_leaves_the_source_waiting(fifo):
    with ready(child_interrupt.handler_that_returns, fifo) as process:
        with open(fifo, "wb", buffering=0) as writer:
            for part in (b"ab", b"cd"):
                procfs.wait_until_blocked(process.pid, "read")
                process.send_signal(signal.SIGUSR1)
                writer.write(part)
        calls, data = told(process).split()
        assert data == b"abcd".hex()
        assert int(calls) >= 1


def test_a_handler_that_returns_leaves_the_opening_waiting(fifo):
    with ready(child_interrupt.handler_that_returns, fifo) as process:
        procfs.wait_until_blocked(process.pid, "openat")
        process.send_signal(signal.SIGUSR1)
        with open(fifo, "wb", buffering=0) as writer:
            writer.write(b"ab")
        assert told(process) == f"1 {b'ab'.hex()}\n"


@pytest.mark.parametrize("keep_writer, call", [(True, "read"), (False, "openat")])
def test_what_a_handler_raises_comes_out(fifo, keep_writer, call):
    keeper = os.open(fifo, os.O_RDWR) if keep_writer else None
    with ready(child_interrupt.handler_that_raises, fifo) as process:
        procfs.wait_until_blocked(process.pid, call)
        process.send_signal(signal.SIGUSR1)
        assert told(process) == "mine 0\n"
    if keep_writer:
        os.close(keeper)
