# SPDX-License-Identifier: MIT OR Apache-2.0
# New and close of a buffer of 32 bytes beside Tcl's own byte array of 32: the median of 21 rounds each, in turns.
package require osmemlock

proc own {} {
    set bytes [binary format x32]
    unset bytes
}

proc locked {} {
    set b [osmemlock::LockedBuffer 32]
    $b close
    rename $b ""
}

proc nanoseconds {command} { expr {[lindex [time $command 20000] 0] * 1000} }

for {set round 0} {$round < 21} {incr round} {
    lappend owns [nanoseconds own]
    lappend lockeds [nanoseconds locked]
}
set own [lindex [lsort -real $owns] 10]
set locked [lindex [lsort -real $lockeds] 10]
puts [format "tcl: byte array of 32 %.0f ns, LockedBuffer %.0f ns, %.1fx" $own $locked [expr {$locked / $own}]]
