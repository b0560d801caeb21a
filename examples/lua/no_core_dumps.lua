-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Switches core dumps off for the time that they would hurt, and hardens the process for good. To see the limit go up and down, start it
-- with a limit: ulimit -S -c unlimited; lua no_core_dumps.lua
local osmemlock = require "osmemlock"

local function show(when)
    for line in io.lines("/proc/self/limits") do
        local soft = line:match("^Max core file size%s+(%S+)")
        if soft then
            print(("%-26s %s"):format(when, soft))
        end
    end
end

show("core dumps may have:")
local guard = assert(osmemlock.disable_core_dumps_with_guard()) -- in Lua 5.4: local guard <close> = ...
show("under the guard:")
assert(guard:release())
show("the guard is gone:")

-- A dump that is piped to a handler, as systemd does, ignores the limit. The second step stops that too.
local done, message, _, tried = osmemlock.harden()
show("hardened for good:")
for step, holds in pairs(done or tried) do
    print(step .. ": " .. (holds and "done" or "refused"))
end
if not done then
    io.stderr:write("not every step could be had: ", message, "\n")
    os.exit(1)
end
