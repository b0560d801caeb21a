# SPDX-License-Identifier: MIT OR Apache-2.0
"""The main job: a secret goes from a file or a pipe straight into locked memory, is used there, and is gone afterwards. hold_secret.py [FILE]"""
import sys

import osmemlock_swig as osml
from osmemlock_swig import LockedBuffer

WORDS = {osml.LOCKED: "locked in RAM", osml.NODUMP: "left out of core dumps", osml.WIPEONFORK: "zeros in a forked child"}


def read_secret(arguments):
    if arguments:
        return LockedBuffer.from_file(arguments[0], 65536, osml.TRIM_NEWLINE)
    return LockedBuffer.from_fd(0, 65536, osml.TRIM_NEWLINE)


def checksum(secret):
    """Stands for the real use, byte by byte, because a copy would be a second secret to look after (FNV-1a)."""
    total = 2166136261
    for position in range(secret.size()):
        total = (total ^ secret.get_byte(position)) * 16777619 & 0xFFFFFFFF
    return total


with read_secret(sys.argv[1:]) as secret:
    print(f"a secret of {secret.size()} bytes, checksum {checksum(secret):08x}")
    said, seen = secret.protections(), secret.verify()
    for bit, words in WORDS.items():
        print(f"  {words:<24} library: {'yes' if said & bit else 'no':<4} kernel: {'yes' if seen & bit else 'no'}")
print("secrets alive after the block:", osml.info(osml.INFO_LIVE_BUFFERS))
