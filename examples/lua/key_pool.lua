-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Ten thousand keys at once. Small buffers share locked pages, so that the quota on locked memory (`ulimit -l`) goes a long way.
local osmemlock = require "osmemlock"

local KEYS, KEY_LEN = 10000, 32

local limit = osmemlock.info().lock_limit_soft
print("the quota of this process: " .. (limit == math.huge and "none" or ("%d KiB"):format(limit / 1024)))

local keys = {}
for i = 1, KEYS do
    local key, message = osmemlock.random(KEY_LEN)
    if not key then
        io.stderr:write("cannot make ten thousand keys: ", message, "\n")
        os.exit(1)
    end
    keys[i] = key
end

local info = osmemlock.info()
print(("%d keys of %d bytes are alive, %d KiB are locked for them"):format(info.live_buffers, KEY_LEN, info.library_locked_bytes / 1024))
print(("with a page for each key it would be %d KiB"):format(KEYS * info.page_size / 1024))

-- Half of them are closed by hand, at once. The others are left to the collector, which wipes them too, but when it pleases.
for i = 1, KEYS / 2 do
    keys[i]:close()
end
print(("after close: %d keys"):format(osmemlock.info().live_buffers))
keys = nil -- luacheck: ignore 311
collectgarbage()
collectgarbage()
print(("after collection: %d keys"):format(osmemlock.info().live_buffers))
