# SPDX-License-Identifier: MIT OR Apache-2.0
# frozen_string_literal: true

# New and close of a buffer of 32 bytes beside Ruby's own String of 32: the median of 21 rounds each, in turns, collections included.
require "osmemlock"

COUNT = 20_000

def nanoseconds
  start = Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond)
  yield
  (Process.clock_gettime(Process::CLOCK_MONOTONIC, :nanosecond) - start) / COUNT.to_f
end

# More than 23 bytes: a String that has memory of its own, as a buffer has.
def own = COUNT.times { ("\0" * 32).clear }
def locked = COUNT.times { Osmemlock::LockedBuffer.new(32).close }

rounds = Array.new(21) { [nanoseconds { own }, nanoseconds { locked }] }
own_ns, locked_ns = rounds.transpose.map { |figures| figures.sort[10] }
puts format("ruby: String of 32 %.0f ns, LockedBuffer %.0f ns, %.1fx", own_ns, locked_ns, locked_ns / own_ns)
