# SPDX-License-Identifier: MIT OR Apache-2.0
# Switches core dumps off for the time that they would hurt, and hardens the process for good.
package require osmemlock

proc show {when} {
    set limits [open /proc/self/limits]
    regexp {Max core file size\s+(\S+)} [read $limits] line limit
    close $limits
    puts [format "%-26s %s" $when $limit]
}

show "core dumps may have:"
set guard [osmemlock::disable_core_dumps_with_guard]
try {
    show "under the guard:"
} finally {
    $guard release
}
show "the guard is gone:"

# A dump that is piped to a handler, as systemd does, ignores the limit. The second step stops that too.
set done [osmemlock::harden $osmemlock::HARDEN_ALL]
show "hardened for good:"
puts "core limit: [expr {($done & $osmemlock::HARDEN_CORE_LIMIT) != 0}], undumpable: [expr {($done & $osmemlock::HARDEN_UNDUMPABLE) != 0}]"
