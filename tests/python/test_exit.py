# SPDX-License-Identifier: MIT OR Apache-2.0
"""The end of the interpreter with live buffers: no crash, and no secret in what is left of the process, which is searched when its last
exit handler waits in pause(2)."""
import contextlib
import signal
import subprocess

import child
import child_exit
import procfs
import pytest
import scan

HOLDERS = ["global", "cycle", "leaked", "thread", "view", "thread_local", "exception"]


@pytest.mark.parametrize("holder", HOLDERS)
def test_the_interpreter_ends_without_a_crash(holder):
    secret = scan.new_secret()
    process = child.start(child_exit.hold, holder, "", stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    with process:
        process.stdin.write(secret)
        out, err = process.communicate(timeout=procfs.PATIENCE)
    assert (process.returncode, out, err) == (0, b"holding\n", b"")


@contextlib.contextmanager
def at_the_end(holder, handler):
    """The process that holds the secret, when it waits in its exit handler."""
    if not procfs.knows_blocking_calls():
        pytest.skip("the kernel does not show which call a process waits in")
    secret = scan.new_secret()
    process = child.start(
        child_exit.hold, holder, handler, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, env={"LD_BIND_NOW": "1"})
    with process:
        process.stdin.write(secret)
        process.stdin.close()
        assert process.stdout.readline() == b"holding\n"
        procfs.wait_until_blocked(process.pid, "pause")
        yield scan.quarters(process.pid, secret)
        process.kill()
        assert process.wait(timeout=procfs.PATIENCE) == -signal.SIGKILL


@pytest.mark.parametrize("holder", HOLDERS)
def test_no_secret_is_left_after_the_exit_handlers(holder):
    with at_the_end(holder, "last") as found:
        assert found == 0


@pytest.mark.parametrize("holder", ["leaked", "thread"])
def test_control_before_the_sweep_the_secret_is_found(holder):
    """A handler that is registered after the library's own runs before it; what Python did not free is still there (atexit(3))."""
    with at_the_end(holder, "first") as found:
        assert found == 4
