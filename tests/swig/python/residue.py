# SPDX-License-Identifier: MIT OR Apache-2.0
"""The victim of ../residue.sh: residue.py from-fd|from-env."""
import os
import sys

from osmemlock_swig import LockedBuffer


def ready():
    print("ready", os.getpid(), flush=True)
    sys.stdin.readline()


b = LockedBuffer.from_fd(3, 4096) if sys.argv[1] == "from-fd" else LockedBuffer.from_env("OSML_PROOF_SECRET", 4096)
ready()
b.close()
ready()
