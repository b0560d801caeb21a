# SPDX-License-Identifier: MIT OR Apache-2.0
# The victim of ../residue.sh and ../../proof/run: residue.tcl from-fd|from-env. It obeys commands.
package require osmemlock

proc ready {answer} {
    puts "ready $answer"
    flush stdout
    gets stdin
}

proc from {fd most} {
    set pipe [open /dev/fd/$fd rb]
    try { osmemlock::LockedBuffer_from_fd $pipe $most } finally { close $pipe }
}

proc use b {
    set sum 0
    for {set i 0} {$i < [$b size]} {incr i} { incr sum [$b get_byte $i] }
    expr {$sum & 0xff}
}

proc more most {
    expr {[catch { lappend ::others [from 4 $most] }] ? "refused" : "held"}
}

proc fill count {
    catch { while {[llength $::others] < $count} { lappend ::others [osmemlock::LockedBuffer 64] } }
    llength $::others
}

proc leave_raising b {
    try { osmemlock::expose $b key { error enough } } on error {} {} finally { $b close }
}

proc lend b {
    osmemlock::expose $b key {
        binary scan $key cu* numbers
        string length $key
        ready [pid]
    }
}

if {[lindex $argv 0] eq "from-fd"} {
    set b [from 3 4096]
} else {
    set b [osmemlock::LockedBuffer_from_env OSML_PROOF_SECRET 4096]
}
set others {}
set answer [pid]
while {[set line [ready $answer]] ne ""} {
    set answer [pid]
    switch [lindex $line 0] {
        release { $b close }
        use { set answer [use $b] }
        collect { rename $b {} }
        raise { leave_raising $b }
        refuse { set answer [more 32] }
        more { set answer [more 4096] }
        fill { set answer [fill [lindex $line 1]] }
        exec { set answer [exec cat <@stdin &] }
        lend { lend $b }
        copy { set copy [$b read 0 [$b size]] }
        exit { exit }
    }
}
