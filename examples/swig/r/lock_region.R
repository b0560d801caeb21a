# SPDX-License-Identifier: MIT OR Apache-2.0
# Locks memory that the program has already. Two small secrets may share a page, as on any heap; giving one back leaves the other locked.
library(osmemlock)

show_lock <- function(event) cat(sprintf("%-28s %d KiB locked\n", event, info(INFO_PROCESS_LOCKED_BYTES) / 1024))

password <- raw(64)
token <- raw(64)
flags <- bitwOr(REGION_DONTDUMP, REGION_WIPE)

show_lock("at the start:")
invisible(with(LockedRegion(token, flags), {
  with(LockedRegion(password, flags), {
    show_lock("both locked:")
    # ... the secrets come into the vectors where they lie, as in buffer$read_into(0, password): what R itself assigns goes to a copy ...
  })
  show_lock("password unlocked:")
}))
show_lock("token unlocked too:")
