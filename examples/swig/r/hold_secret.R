# SPDX-License-Identifier: MIT OR Apache-2.0
# The main job: a secret goes from a file or a pipe straight into locked memory, is used there, and is gone afterwards. hold_secret.R [FILE]
library(osmemlock)

words <- c("locked in RAM" = LOCKED, "left out of core dumps" = NODUMP, "zeros in a forked child" = WIPEONFORK)
yes <- function(bits, bit) if (bitwAnd(bits, bit)) "yes" else "no"

read_secret <- function(path) {
  if (length(path)) return(LockedBuffer_from_file(path, 65536, TRIM_NEWLINE))
  LockedBuffer_from_fd(0, 65536, TRIM_NEWLINE)
}

# Stands for the real use, byte by byte, because a raw vector would be a second secret to look after (Adler-32).
checksum <- function(secret) {
  a <- 1
  b <- 0
  for (position in seq_len(secret$size()) - 1) {
    a <- (a + secret$get_byte(position)) %% 65521
    b <- (b + a) %% 65521
  }
  sprintf("%04x%04x", b, a)
}

invisible(with(secret <- read_secret(commandArgs(TRUE)), {
  cat(sprintf("a secret of %d bytes, checksum %s\n", secret$size(), checksum(secret)))
  said <- secret$protections()
  seen <- secret$verify()
  for (word in names(words)) cat(sprintf("  %-24s library: %-4s kernel: %s\n", word, yes(said, words[word]), yes(seen, words[word])))
}))
cat("secrets alive afterwards:", info(INFO_LIVE_BUFFERS), "\n")
