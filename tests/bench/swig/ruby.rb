# SPDX-License-Identifier: MIT OR Apache-2.0
# frozen_string_literal: true

# The processor's time for new and close of a buffer of 32 bytes, Ruby's own String of 32 and a call that does nothing: the median of 21 rounds each,
# collections included.
require "osmemlock"

COUNT = 20_000

def now = Process.clock_gettime(Process::CLOCK_PROCESS_CPUTIME_ID, :nanosecond)

def nanoseconds
  rounds = Array.new(21) do
    start = now
    yield
    (now - start) / COUNT.to_f
  end
  rounds.sort[10]
end

# More than 23 bytes: a String that has memory of its own, as a buffer has.
own = nanoseconds { COUNT.times { ("\0" * 32).clear } }
open = Osmemlock::LockedBuffer.new(32)
call = nanoseconds { COUNT.times { open.size } }
locked = nanoseconds { COUNT.times { Osmemlock::LockedBuffer.new(32).close } }
puts format("ruby: String of 32 %.0f ns, call %.0f ns, LockedBuffer %.0f ns", own, call, locked)
