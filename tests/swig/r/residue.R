# SPDX-License-Identifier: MIT OR Apache-2.0
# The victim of ../residue.sh and ../../proof/run: residue.R from-fd|from-env. It obeys commands.
library(osmemlock)

input <- file("stdin", "r")
ready <- function(answer = Sys.getpid()) {
  cat("ready ", answer, "\n", sep = "")
  readLines(input, 1)
}

b <- if (commandArgs(TRUE)[1] == "from-fd") LockedBuffer_from_fd(3, 4096) else LockedBuffer_from_env("OSML_PROOF_SECRET", 4096)
done <- function(call) {
  force(call)
  Sys.getpid()
}
others <- list()
more <- function(most) tryCatch({
  others <<- c(others, LockedBuffer_from_fd(4, most))
  "held"
}, osmemlock_error = function(e) "refused")
obey <- list(
  release = function() done(b$close()),
  use = function() sum(vapply(seq_len(b$size()) - 1, b$get_byte, 0L)) %% 256,
  collect = function() {
    rm(b, envir = globalenv())
    done(gc())
  },
  raise = function() done(try(with(b, expose(b, function(key) stop("enough"))), silent = TRUE)),
  refuse = function() more(32),
  more = function() more(4096),
  fill = function(count) {
    try(while (length(others) < as.integer(count)) others <<- c(others, LockedBuffer(64)), silent = TRUE)
    length(others)
  },
  fork = function() {
    child <- parallel:::mcfork()
    if (!inherits(child, "masterProcess")) return(child$pid)
    readLines(input, 1)
    parallel:::mcexit()
  },
  exec = function() readLines(reader <<- pipe("echo $$; exec cat", "r"), 1),
  lend = function() done(expose(b, function(key) {
    openssl::sha256(raw(32), key = key)
    ready()
  })),
  copy = function() done(copy <<- b$read(0, b$size())),
  exit = function(now) quit()
)
line <- ready()
while (length(line)) {
  words <- strsplit(line, " ")[[1]]
  line <- ready(do.call(obey[[words[1]]], as.list(words[-1])))
}
