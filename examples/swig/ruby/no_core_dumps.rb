# SPDX-License-Identifier: MIT OR Apache-2.0
# frozen_string_literal: true

# Switches core dumps off for the time that they would hurt, and hardens the process for good.
require "osmemlock"

def show(event)
  limit = Process.getrlimit(:CORE).first
  puts format("%-26s %s", event, limit == Process::RLIM_INFINITY ? "unlimited" : limit)
end

show("core dumps may have:")
Osmemlock.disable_core_dumps_with_guard { show("under the guard:") }
show("the guard is gone:")

# A dump that is piped to a handler, as systemd does, ignores the limit. The second step stops that too.
done = Osmemlock.harden(Osmemlock::HARDEN_ALL)
show("hardened for good:")
puts "core limit: #{done & Osmemlock::HARDEN_CORE_LIMIT != 0}, undumpable: #{done & Osmemlock::HARDEN_UNDUMPABLE != 0}"
