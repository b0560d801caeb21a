# SPDX-License-Identifier: MIT OR Apache-2.0
"""What test_prompt.py runs on a terminal of its own. What was typed is told as hex, so that it differs from what a terminal would show."""
import signal
import termios

import procfs
import terminal

import osmemlock
from osmemlock import LockedBuffer


def echoes(fd):
    return bool(termios.tcgetattr(fd)[3] & termios.ECHO)


def ask(name, text, options):
    """Asks, and tells what came of it, and whether all is as before."""
    fd = terminal.take(name)
    LockedBuffer(8).close()  # What the library makes once is no leak.
    osmemlock.trim()
    before = procfs.locked_kib(), procfs.open_fds()
    try:
        with LockedBuffer.prompt(*([] if text is None else [text]), **options) as key:
            print("typed", memoryview(key).hex())
    except (KeyboardInterrupt, EOFError, ValueError, OSError) as error:
        print(type(error).__name__, getattr(error, "code", ""))
    osmemlock.trim()
    assert (procfs.locked_kib(), procfs.open_fds()) == before
    assert osmemlock.info()["live_buffers"] == 0
    print("echo", echoes(fd))


def ask_under_signals(name, text, options):
    """So often that none of them is 0.2 seconds, the time between two questions, after the one before; and not for ever."""
    left = 500

    def count(number, frame):
        nonlocal left
        left -= 1
        if left == 0:
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise KeyboardInterrupt

    signal.signal(signal.SIGALRM, count)
    signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
    ask(name, text, options)
    signal.setitimer(signal.ITIMER_REAL, 0)


def ask_without_terminal():
    try:
        LockedBuffer.prompt()
    except OSError as error:
        print(error.errno)
