# SPDX-License-Identifier: MIT OR Apache-2.0
"""A pseudo-terminal with a child that owns it; the test is the person at the keyboard. Nothing waits for a time: the test types when it has
read the prompt."""
import os
import pty
import subprocess
import termios

import child


class Dialogue:
    """Starts `function(name of the terminal, *arguments)`, whose stdout is a pipe: the terminal is its /dev/tty only."""

    def __init__(self, function, *arguments, **options):
        self.keyboard, screen = pty.openpty()
        self.process = child.start(
            function, os.ttyname(screen), *arguments, start_new_session=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            **options)
        self.screen = screen
        self.seen = b""

    def see(self, text):
        """Reads what the terminal shows, until it ends with `text`."""
        while not self.seen.endswith(text):
            self.seen += os.read(self.keyboard, 1)

    def type(self, keys):
        os.write(self.keyboard, keys)

    def echoes(self):
        return bool(termios.tcgetattr(self.keyboard)[3] & termios.ECHO)

    def told(self):
        """What the child printed until its end."""
        return self.process.communicate(timeout=60)[0]

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind:
            self.process.kill()
        self.process.communicate()
        os.close(self.keyboard)
        os.close(self.screen)
        assert kind or self.process.returncode == 0, f"the child ended with {self.process.returncode}"


def take(name):
    """In the child, which leads a session: the first terminal that it opens becomes its /dev/tty. The descriptor must stay open."""
    return os.open(name, os.O_RDWR)
