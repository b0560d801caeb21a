# SPDX-License-Identifier: MIT OR Apache-2.0
# frozen_string_literal: true

# Locks memory that the program has already, by hand. A String that grows gets other memory, so there are no regions as in the C example of this
# name. Nothing is counted: munlock unlocks the pages with whatever else is in them.
require "osmemlock"

def show(event)
  puts format("%-28s %d KiB locked", event, Osmemlock.info(Osmemlock::INFO_PROCESS_LOCKED_BYTES) / 1024)
end

token = "\0" * 8192 # room for what the program reads, as in file.read(8192, token)

show("at the start:")
Osmemlock.mlock(token)
Osmemlock.madvise_dontdump(token)
show("locked:")
# ... the program reads the secret into the String and uses it there ...
Osmemlock.wipe(token)
Osmemlock.munlock(token)
show("wiped and unlocked:")
