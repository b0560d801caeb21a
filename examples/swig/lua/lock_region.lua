-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Locks memory that the program has already, by hand. That of a string is all that stays in place in Lua, and it cannot be written, so there are no
-- regions as in the C example of this name. Nothing is counted: munlock unlocks the pages with whatever else is in them.
local osml = require "osmemlock_swig"

local function show(when)
    print(("%-28s %d KiB locked"):format(when, osml.info(osml.INFO_PROCESS_LOCKED_BYTES) // 1024))
end

local token = ("t"):rep(8192) -- stands for a string that some other library made

show("at the start:")
osml.mlock(token)
osml.madvise_dontdump(token)
show("locked:")
-- ... the program uses it, and keeps it until it is unlocked ...
osml.munlock(token)
show("unlocked, and not wiped:")
