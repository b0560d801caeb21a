-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The main job: a secret goes from a file or a pipe straight into locked memory, is used there, and is gone afterwards. hold_secret.lua [FILE]
local osml = require "osmemlock_swig"
local LockedBuffer = osml.LockedBuffer

local words = {
    { osml.LOCKED, "locked in RAM" },
    { osml.NODUMP, "left out of core dumps" },
    { osml.WIPEONFORK, "zeros in a forked child" },
}

local function read_secret(path)
    if path then return LockedBuffer.from_file(path, 65536, osml.TRIM_NEWLINE) end
    return LockedBuffer.from_fd(0, 65536, osml.TRIM_NEWLINE)
end

-- Stands for the real use, byte by byte, because a string would be a second secret, and one that cannot be wiped (FNV-1a).
local function checksum(secret)
    local total = 2166136261
    for position = 0, #secret - 1 do
        total = (total ~ secret:get_byte(position)) * 16777619 & 0xFFFFFFFF
    end
    return total
end

local function yes(bits, bit) return bits & bit ~= 0 and "yes" or "no" end

do
    local secret <close> = read_secret(arg[1])
    print(("a secret of %d bytes, checksum %08x"):format(#secret, checksum(secret)))
    local said = secret:protections()
    local seen = secret:verify()
    for _, word in ipairs(words) do
        print(("  %-24s library: %-4s kernel: %s"):format(word[2], yes(said, word[1]), yes(seen, word[1])))
    end
end
print("secrets alive after the block:", osml.info(osml.INFO_LIVE_BUFFERS))
