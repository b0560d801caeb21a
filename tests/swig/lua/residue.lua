-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The victim of ../residue.sh: residue.lua from-fd|from-env.
local LockedBuffer = require "osmemlock_swig".LockedBuffer

local function ready()
    print("ready " .. io.open("/proc/self/stat"):read("n"))
    io.flush()
    io.read()
end

local b = arg[1] == "from-fd" and LockedBuffer.from_fd(3, 4096) or LockedBuffer.from_env("OSML_PROOF_SECRET", 4096)
ready()
b:close()
ready()
