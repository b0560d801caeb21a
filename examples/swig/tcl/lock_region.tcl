# SPDX-License-Identifier: MIT OR Apache-2.0
# Locks memory that the program has already, by hand. A byte array stays in place while it is used as bytes only, but a change makes another one,
# so there are no regions as in the C example of this name. Nothing is counted: munlock unlocks the pages with whatever else is in them.
package require osmemlock

proc show {event} { puts [format "%-28s %d KiB locked" $event [expr {[osmemlock::info $osmemlock::INFO_PROCESS_LOCKED_BYTES] / 1024}]] }

set token [binary format a8192 token] ;# stands for a value that some other package made

show "at the start:"
osmemlock::mlock $token
osmemlock::madvise_dontdump $token
show "locked:"
# ... the program uses it, and keeps it until it is unlocked ...
osmemlock::munlock $token
show "unlocked, and not wiped:"
