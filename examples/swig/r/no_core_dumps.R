# SPDX-License-Identifier: MIT OR Apache-2.0
# Switches core dumps off for the time that they would hurt, and hardens the process for good.
library(osmemlock)

show_limit <- function(event) {
  line <- grep("^Max core file size", readLines("/proc/self/limits"), value = TRUE)
  cat(sprintf("%-26s %s\n", event, strsplit(line, " +")[[1]][5]))
}

show_limit("core dumps may have:")
invisible(with(disable_core_dumps_with_guard(), show_limit("under the guard:")))
show_limit("the guard is gone:")

# A dump that is piped to a handler, as systemd does, ignores the limit. The second step stops that too. From then on /proc/self is root's.
disable_core_dumps_for_process()
show_limit("off for good:")
done <- harden(HARDEN_ALL)
cat("core limit: ", bitwAnd(done, HARDEN_CORE_LIMIT) != 0, ", undumpable: ", bitwAnd(done, HARDEN_UNDUMPABLE) != 0, "\n", sep = "")
