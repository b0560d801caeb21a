# SPDX-License-Identifier: MIT OR Apache-2.0
# The victim of ../residue.sh: residue.R from-fd|from-env.
library(osmemlock, warn.conflicts = FALSE)

input <- file("stdin", "r")
ready <- function() {
  cat("ready", Sys.getpid(), "\n")
  readLines(input, 1)
}

b <- if (commandArgs(TRUE) == "from-fd") LockedBuffer_from_fd(3, 4096) else LockedBuffer_from_env("OSML_PROOF_SECRET", 4096)
invisible(ready())
b$close()
invisible(ready())
