-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The main job: a secret goes from a file or a pipe straight into locked memory, is used there, and is gone afterwards.
--
--   lua hold_secret.lua FILE
--   some-command | lua hold_secret.lua
--
-- Exit code: 0 when all that is claimed was seen, 1 when not, 3 when the input was empty.
local osmemlock = require "osmemlock"

local protections = {
    { "locked", "locked in RAM" },
    { "nodump", "left out of core dumps" },
    { "wipeonfork", "zeros in a forked child" },
}

-- Says what the library reports, and what the kernel confirms. Both must agree.
local function show_protections(secret)
    local told, seen = secret:info().protections, assert(secret:verify())
    local all = true
    for _, protection in ipairs(protections) do
        local name, words = protection[1], protection[2]
        print(("  %-24s library: %-3s  kernel: %s"):format(words, told[name] and "yes" or "no", seen[name] and "yes" or "no"))
        all = all and told[name] and seen[name]
    end
    return all
end

-- Stands for the real use. It takes one byte at a time: a string would be a second secret, and one that nobody can wipe (Adler-32).
local function checksum(secret)
    local low, high = 1, 0
    for i = 1, #secret do
        low = (low + secret:byte(i)) % 65521
        high = (high + low) % 65521
    end
    return high * 65536 + low
end

local function use(secret)
    print(("a secret of %d bytes, checksum %08x"):format(#secret, checksum(secret)))
    return show_protections(secret) and 0 or 1
end

local options = { trim_newline = true }
local secret, message, reason
if arg[1] then
    secret, message, reason = osmemlock.from_file(arg[1], options)
else
    secret, message, reason = osmemlock.from_fd(io.stdin, options)
end
if not secret then
    io.stderr:write("cannot read the secret: ", message, "\n")
    os.exit(reason == "OSML_EEMPTY" and 3 or 1)
end

-- In Lua 5.4 and later `local secret <close> = ...` does the same. Either way it is wiped here, also when use() raises an error.
local code = osmemlock.with(secret, use)
if code == 0 then
    print("after its scope: " .. tostring(secret))
    code = secret:closed() and not pcall(secret.byte, secret, 1) and 0 or 1
end
os.exit(code)
