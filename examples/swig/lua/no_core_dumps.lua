-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Switches core dumps off for the time that they would hurt, and hardens the process for good.
local osml = require "osmemlock_swig"

local function show(when)
    local limits <close> = assert(io.open("/proc/self/limits"))
    print(("%-26s %s"):format(when, limits:read("a"):match("Max core file size%s+(%S+)")))
end

show("core dumps may have:")
do
    local _guard <close> = osml.disable_core_dumps_with_guard()
    show("under the guard:")
end
show("the guard is gone:")

-- A dump that is piped to a handler, as systemd does, ignores the limit. The second step stops that too.
local done = osml.harden(osml.HARDEN_ALL)
show("hardened for good:")
print("core limit:", done & osml.HARDEN_CORE_LIMIT ~= 0, "undumpable:", done & osml.HARDEN_UNDUMPABLE ~= 0)
