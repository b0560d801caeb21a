# SPDX-License-Identifier: MIT OR Apache-2.0
# The victim of ../residue.sh: residue.tcl from-fd|from-env.
package require osmemlock

proc ready {} {
    puts "ready [pid]"
    flush stdout
    gets stdin
}

if {[lindex $argv 0] eq "from-fd"} {
    set b [osmemlock::LockedBuffer_from_fd [open /dev/fd/3 rb] 4096]
} else {
    set b [osmemlock::LockedBuffer_from_env OSML_PROOF_SECRET 4096]
}
ready
$b close
ready
