-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The processor's time for new and close of 32 bytes, a string of 32 that is made anew and a call that does nothing; the best of nine rounds each.
local osml = require "osmemlock_swig"
local CALLS = 50000

local function time(subject)
    local best = math.huge
    for _ = 1, 9 do
        collectgarbage()
        local start = os.clock()
        for i = 1, CALLS do subject(i) end
        best = math.min(best, (os.clock() - start) / CALLS * 1e9)
    end
    return best
end

local open = osml.LockedBuffer(32)
print(("lua: string of 32 %.0f ns, call %.0f ns, LockedBuffer %.0f ns"):format(
    time(function(i) return ("%032d"):format(i) end),
    time(function() open:size() end),
    time(function() osml.LockedBuffer(32):close() end)))
