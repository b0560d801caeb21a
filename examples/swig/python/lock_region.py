# SPDX-License-Identifier: MIT OR Apache-2.0
"""Locks memory that the program has already. Two secrets share a page here, as they do on any heap; giving one back leaves the other locked."""
import mmap

import osmemlock_swig as osml


def show(when):
    print(f"{when:28} {osml.info(osml.INFO_PROCESS_LOCKED_BYTES) // 1024} KiB locked")


# Two halves of one page. Any writable buffer will do: bytearray, array, numpy.
page = memoryview(mmap.mmap(-1, mmap.PAGESIZE))
password, token = page[:64], page[64:128]
flags = osml.REGION_DONTDUMP | osml.REGION_WIPE

show("at the start:")
with osml.LockedRegion(token, flags):
    with osml.LockedRegion(password, flags):
        show("both locked, in one page:")
        # ... the program reads its secrets into the memory, as in file.readinto(password), and uses them there ...
    show("password unlocked:")
show("token unlocked too:")
