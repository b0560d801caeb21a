-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The victim of ../residue.sh and ../../proof/run: residue.lua from-fd|from-env. It obeys commands.
local LockedBuffer = require "osmemlock_swig".LockedBuffer

local pid = io.open("/proc/self/stat"):read("n")
local b = arg[1] == "from-fd" and LockedBuffer.from_fd(3, 4096) or LockedBuffer.from_env("OSML_PROOF_SECRET", 4096)
local others, obey = {}, {}

function obey.release() b:close() end

function obey.use()
    local sum = 0
    for i = 0, b:size() - 1 do sum = (sum + b:get_byte(i)) % 256 end
    return sum
end

function obey.collect()
    b = nil
    collectgarbage()
end

obey["raise"] = function()
    pcall(function()
        local secret <close> = b
        error "enough"
    end)
end

function obey.exec() return io.popen "echo $$; exec cat":read "n" end

local function more(most)
    local held, other = pcall(LockedBuffer.from_fd, 4, most)
    others[#others + 1] = other
    return held and "held" or "refused"
end

function obey.refuse() return more(32) end

function obey.more() return more(4096) end

function obey.fill(count)
    for i = 1, count do
        local held, other = pcall(LockedBuffer, 64)
        if not held then return i - 1 end
        others[i] = other
    end
    return count
end

function obey.exit() os.exit() end

print("ready " .. pid)
io.flush()
for line in io.lines() do
    local command, word = line:match "(%S+) ?(%S*)"
    print("ready " .. (obey[command](word) or pid))
    io.flush()
end
