# SPDX-License-Identifier: MIT OR Apache-2.0
# Ten thousand keys at once. Small buffers share locked pages, so that the quota on locked memory (`ulimit -l`) goes a long way.
library(osmemlock)

new_key <- function(unused) {
  key <- LockedBuffer(32)
  key$random(0, 32)
  key
}

keys <- lapply(1:10000, new_key)
cat(info(INFO_LIVE_BUFFERS), "keys of 32 bytes are alive,", info(INFO_LIBRARY_LOCKED_BYTES) / 1024, "KiB are locked for them\n")
cat("with a page for each key it would be", length(keys) * info(INFO_PAGE_SIZE) / 1024, "KiB\n")
for (key in keys) key$close()
cat("after close:", info(INFO_LIVE_BUFFERS), "keys\n")
