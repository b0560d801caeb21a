# SPDX-License-Identifier: MIT OR Apache-2.0
# The processor's time for new and close of a buffer of 32 bytes, R's own raw vector of 32 and a call that does nothing: the best of ten rounds each.
library(osmemlock)

count <- 5000

nanoseconds <- function(work) {
  round <- function() {
    start <- proc.time()
    for (i in 1:count) work()
    sum((proc.time() - start)[c("user.self", "sys.self")]) / count * 1e9
  }
  min(replicate(10, round()))
}

open <- LockedBuffer(32)
cat(sprintf("r: raw(32) %.0f ns, call %.0f ns, LockedBuffer %.0f ns\n", nanoseconds(function() raw(32)), nanoseconds(function() open$size()),
            nanoseconds(function() LockedBuffer(32)$close())))
