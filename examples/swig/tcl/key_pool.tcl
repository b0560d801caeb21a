# SPDX-License-Identifier: MIT OR Apache-2.0
# Ten thousand keys at once. Small buffers share locked pages, so that the quota on locked memory (`ulimit -l`) goes a long way.
package require osmemlock

proc ask {what} { osmemlock::info $what }

for {set i 0} {$i < 10000} {incr i} {
    set key [osmemlock::LockedBuffer 32]
    $key random 0 32
    lappend keys $key
}
set locked [expr {[ask $osmemlock::INFO_LIBRARY_LOCKED_BYTES] / 1024}]
puts "[ask $osmemlock::INFO_LIVE_BUFFERS] keys of 32 bytes are alive, $locked KiB are locked for them"
puts "with a page for each key it would be [expr {[llength $keys] * [ask $osmemlock::INFO_PAGE_SIZE] / 1024}] KiB"
foreach key $keys { rename $key "" } ;# closes, and frees the command too
puts "after close: [ask $osmemlock::INFO_LIVE_BUFFERS] keys"
