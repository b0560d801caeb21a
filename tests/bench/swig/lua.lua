-- SPDX-License-Identifier: MIT OR Apache-2.0
-- New and close of 32 bytes beside a string of 32 that is made anew, in turns in one run; the best of each counts.
local osml = require "osmemlock_swig"
local CALLS = 50000

local function time(subject)
    collectgarbage()
    local start = os.clock()
    for i = 1, CALLS do subject(i) end
    return (os.clock() - start) / CALLS * 1e9
end

local buffer, own = math.huge, math.huge
for _ = 1, 9 do
    buffer = math.min(buffer, time(function() osml.LockedBuffer(32):close() end))
    own = math.min(own, time(function(i) return ("%032d"):format(i) end))
end
print(("lua: string of 32 %.0f ns, LockedBuffer %.0f ns, %.1fx"):format(own, buffer, buffer / own))
