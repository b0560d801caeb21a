# SPDX-License-Identifier: MIT OR Apache-2.0
# New and close of a buffer of 32 bytes beside R's own raw vector of 32: the best of ten rounds each, in turns.
library(osmemlock, warn.conflicts = FALSE)

count <- 5000

nanoseconds <- function(work) {
  start <- proc.time()[["elapsed"]]
  for (i in 1:count) work()
  (proc.time()[["elapsed"]] - start) / count * 1e9
}

own <- function() raw(32)
locked <- function() LockedBuffer(32)$close()

rounds <- replicate(10, c(nanoseconds(own), nanoseconds(locked)))
best <- apply(rounds, 1, min)
cat(sprintf("r: own %.0f ns, osmemlock %.0f ns, ratio %.1f\n", best[1], best[2], best[2] / best[1]))
