# SPDX-License-Identifier: MIT OR Apache-2.0
library(osmemlock)

file <- tempfile()
writeLines("a secret", file)
key <- LockedBuffer_from_file(file, 4096, TRIM_NEWLINE)
stopifnot(
  key$size() == 8,
  expose(key, rawToChar) == "a secret",
  bitwAnd(key$verify(), LOCKED) != 0
)
key$close()
refused <- tryCatch(key$get_byte(0), OSML_ECLOSED = conditionMessage)
stopifnot(startsWith(refused, "OSML_ECLOSED"))
