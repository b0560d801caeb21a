# SPDX-License-Identifier: MIT OR Apache-2.0
# The main job: a secret goes from a file or a pipe straight into locked memory, is used there, and is gone afterwards.
#   hold_secret.tcl [FILE]
package require osmemlock

set words [list \
    $osmemlock::LOCKED "locked in RAM" \
    $osmemlock::NODUMP "left out of core dumps" \
    $osmemlock::WIPEONFORK "zeros in a forked child"]

proc read_secret {arguments} {
    if {[llength $arguments]} { return [osmemlock::LockedBuffer_from_file [lindex $arguments 0] 65536 $osmemlock::TRIM_NEWLINE] }
    return [osmemlock::LockedBuffer_from_fd stdin 65536 $osmemlock::TRIM_NEWLINE]
}

# Stands for the real use, byte by byte, because a value would be a second secret, and one that cannot be wiped (FNV-1a).
proc checksum {secret} {
    set total 2166136261
    for {set position 0} {$position < [$secret size]} {incr position} {
        set total [expr {($total ^ [$secret get_byte $position]) * 16777619 & 0xffffffff}]
    }
    return $total
}

proc yes {bits bit} { expr {$bits & $bit ? "yes" : "no"} }

set secret [read_secret $argv]
try {
    puts [format "a secret of %d bytes, checksum %08x" [$secret size] [checksum $secret]]
    foreach {bit name} $words {
        puts [format "  %-24s library: %-4s kernel: %s" $name [yes [$secret protections] $bit] [yes [$secret verify] $bit]]
    }
} finally {
    $secret close
}
puts "secrets alive after the block: [osmemlock::info $osmemlock::INFO_LIVE_BUFFERS]"
