# SPDX-License-Identifier: MIT OR Apache-2.0
# The process that is searched: clients.R CLIENT SEED SEED SOCKET PATH. What it says is told in tests/python/clients/victim.py. Which result a
# client must have, and what may be left of it, is in ../clients/clients.py.
library(osmemlock)

arguments <- commandArgs(TRUE)
name <- arguments[1]
socket <- as.integer(arguments[4])
path <- arguments[5]
message <- charToRaw("a message that everybody may read")
alive <- list() # what a client wants to be alive while its process is searched
input <- file("stdin", "r")

say <- function(text) {
  cat(text, "\n", sep = "")
  invisible(readLines(input, 1))
}

# state * factor + more modulo 2^64, in pieces of 16 bits, the lowest first.
step <- function(state, factor, more) {
  sum <- more
  for (i in 1:4) for (j in 1:(5 - i)) sum[i + j - 1] <- sum[i + j - 1] + state[i] * factor[j]
  for (i in 1:4) {
    if (i < 4) sum[i + 1] <- sum[i + 1] + sum[i] %/% 65536
    sum[i] <- sum[i] %% 65536
  }
  sum
}

# As tests/python/clients/control.py.
control <- function(seed) {
  state <- c(0, 0, 0, 0)
  for (digit in strsplit(seed, "")[[1]]) state <- step(state, c(10, 0, 0, 0), c(as.numeric(digit), 0, 0, 0))
  sapply(1:32, function(i) {
    state <<- step(state, c(0x7f2d, 0x4c95, 0xf42d, 0x5851), c(0x814f, 0xf767, 0x7b7e, 0x1405))
    state[4] %/% 256
  })
}

exposed <- function(use) function(key) expose(key, use)

stored <- function(bytes) {
  buffer <- LockedBuffer(length(bytes))
  buffer$write(0, bytes)
  buffer
}

words <- function(b) {
  header <- b$prefixed(charToRaw("Bearer "))
  header$part(header$find(0, charToRaw(" ")) + 1, 32)
}

coded <- function(b) {
  text <- b$encode(BASE64)
  text$decode(BASE64)
  text
}

truth <- function(value) charToRaw(if (value) "true" else "false")

sources <- list(
  "LockedBuffer_from_fd" = function() LockedBuffer_from_fd(socket, 4096),
  "LockedBuffer_from_file" = function() LockedBuffer_from_file(path, 4096),
  "readBin" = function() stored(alive[[1]] <<- readBin(path, "raw", 32))
)
uses <- list(
  "openssl::sha256, as key" = exposed(function(s) unclass(openssl::sha256(message, key = s))),
  "openssl::sha256" = exposed(function(s) unclass(openssl::sha256(s))),
  "openssl::aes_cbc_encrypt, as key" = exposed(function(s) openssl::aes_cbc_encrypt(charToRaw("hello"), s, raw(16))),
  "b$equal" = function(b) truth(b$equal(b$part(0, 32)) && !b$equal_bytes(raw(32))),
  "b$prefixed, find, part" = words,
  "b$encode, decode" = coded,
  "b$write_fd" = function(b) b$write_fd(socket),
  "b$read" = function(b) alive[[1]] <<- b$read(0, b$size()),
  "c(bytes, s)" = exposed(function(s) c(charToRaw("Bearer "), s)),
  "rawToChar" = exposed(function(s) charToRaw(rawToChar(s)))
)

# A buffer's content is told without telling it.
bytes_of <- function(result) {
  if (is.raw(result)) return(result)
  if (is.null(result)) return(raw(0))
  expose(result, function(s) unclass(openssl::sha256(charToRaw("fingerprint"), key = s)))
}

run <- function() {
  result <- if (!is.null(sources[[name]])) sources[[name]]() else uses[[name]](key)
  paste(as.character(bytes_of(result)), collapse = "")
}

locked <- LockedBuffer(32)
bytes <- control(arguments[2])
for (i in 1:32) locked$set_byte(i - 1, bytes[i])
ordinary <- as.raw(control(arguments[3]))
key <- if (is.null(sources[[name]])) LockedBuffer_from_fd(socket, 4096) else LockedBuffer(0)
answer <- run()
invisible(gc())
say(paste("used", answer))
alive <- list()
rm(answer)
invisible(gc())
key$close()
say("closed")
locked$close()
stopifnot(length(ordinary) == 32) # until here
