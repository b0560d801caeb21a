# SPDX-License-Identifier: MIT OR Apache-2.0
# New and close of a buffer of 32 bytes beside R's own raw vector of 32: the best of ten rounds each, in turns.
library(osmemlock, warn.conflicts = FALSE)

count <- 5000

nanoseconds <- function(work) {
  start <- Sys.time()
  for (i in 1:count) work()
  as.numeric(Sys.time() - start, units = "secs") / count * 1e9
}

own <- function() raw(32)
locked <- function() LockedBuffer(32)$close()

rounds <- replicate(10, c(nanoseconds(own), nanoseconds(locked)))
best <- apply(rounds, 1, min)
cat(sprintf("r: raw(32) %.0f ns, LockedBuffer %.0f ns, %.1fx\n", best[1], best[2], best[2] / best[1]))
