# SPDX-License-Identifier: MIT OR Apache-2.0
"""LockedBuffer.from_command(): what it needs beyond from_fd() is a child process, and subprocess knows those best."""
from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from osmemlock._core import LockedBuffer

if TYPE_CHECKING:
    from osmemlock._core import StrOrBytesPath


def from_command(argv: Sequence[StrOrBytesPath], options: dict[str, Any]) -> LockedBuffer:
    if len(argv) == 0:
        raise ValueError("argv is empty: its first item names the program")
    child = subprocess.Popen(argv, bufsize=0, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    secret = None
    try:
        assert child.stdout is not None
        with child.stdout as pipe:
            secret = LockedBuffer.from_fd(pipe, **options)
        status = child.wait()
        if status != 0:
            raise subprocess.CalledProcessError(status, argv)
    except BaseException:
        # Whatever happened, KeyboardInterrupt included: no secret, no child and no zombie stay behind.
        if secret is not None:
            secret.close()
        child.kill()
        child.wait()
        raise
    return secret
