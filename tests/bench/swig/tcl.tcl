# SPDX-License-Identifier: MIT OR Apache-2.0
# New and close of a buffer of 32 bytes, Tcl's own byte array of 32 and a call that does nothing: the best of 400 rounds each, so short that one is
# not interrupted, because Tcl has no clock of the processor's time.
package require osmemlock

proc own {} {
    set bytes [binary format x32]
    unset bytes
}

set open [osmemlock::LockedBuffer 32]
proc call {} {
    global open
    $open size
}

proc locked {} {
    set b [osmemlock::LockedBuffer 32]
    $b close
    rename $b ""
}

proc nanoseconds {command} {
    for {set round 0} {$round < 400} {incr round} { lappend rounds [lindex [time $command 500] 0] }
    expr {[lindex [lsort -real $rounds] 0] * 1000}
}

puts [format "tcl: byte array of 32 %.0f ns, call %.0f ns, LockedBuffer %.0f ns" [nanoseconds own] [nanoseconds call] [nanoseconds locked]]
