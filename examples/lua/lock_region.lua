-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Locks pages by hand. Lua has no memory of its own with an address that stays, so there are no regions as in the C example of this name:
-- what can be locked are the pages of a buffer, and they are already. By hand it is for a buffer that came without its lock.
local osmemlock = require "osmemlock"

local function show(when)
    print(("%-38s %d KiB locked"):format(when, osmemlock.info().process_locked_bytes / 1024))
end

show("at the start:")
-- Rather an unlocked buffer than none. More than 64 KiB, so that it has pages of its own.
local b = assert(osmemlock.buffer(98304, { policy = "best_effort" }))
show(b:info().protections.locked and "a buffer of 96 KiB:" or "a buffer of 96 KiB, not locked:")

-- As if the lock had been refused.
assert(osmemlock.munlock(b))
show("unlocked:")
print("the kernel says it is locked: " .. tostring(b:verify().locked == true))

-- The part that the secret is in. It does not begin at a page, so it lies in two.
assert(osmemlock.mlock(b, 1, 4096))
assert(osmemlock.madvise_dontdump(b, 1, 4096))
show("the pages of its first 4 KiB:")
assert(osmemlock.mlock(b))
show("all of it:")
print("the kernel says it is locked: " .. tostring(b:verify().locked == true))

assert(b:close())
show("closed:")
