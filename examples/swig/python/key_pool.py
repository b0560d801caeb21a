# SPDX-License-Identifier: MIT OR Apache-2.0
"""Ten thousand keys at once. Small buffers share locked pages, so that the quota on locked memory (`ulimit -l`) goes a long way."""
import osmemlock_swig as osml


def new_key():
    key = osml.LockedBuffer(32)
    key.random(0, 32)
    return key


keys = [new_key() for _ in range(10000)]
print(osml.info(osml.INFO_LIVE_BUFFERS), "keys of 32 bytes are alive,", osml.info(osml.INFO_LIBRARY_LOCKED_BYTES) // 1024, "KiB are locked for them")
print("with a page for each key it would be", len(keys) * osml.info(osml.INFO_PAGE_SIZE) // 1024, "KiB")
for key in keys:
    key.close()
print("after close:", osml.info(osml.INFO_LIVE_BUFFERS), "keys")
