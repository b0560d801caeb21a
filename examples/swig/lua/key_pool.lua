-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Ten thousand keys at once. Small buffers share locked pages, so that the quota on locked memory (`ulimit -l`) goes a long way.
local osml = require "osmemlock_swig"

local keys = {}
for i = 1, 10000 do
    keys[i] = osml.LockedBuffer(32)
    keys[i]:random(0, 32)
end
print(osml.info(osml.INFO_LIVE_BUFFERS) .. " keys of 32 bytes are alive, " .. osml.info(osml.INFO_LIBRARY_LOCKED_BYTES) // 1024 .. " KiB are locked for them")
print("with a page for each key it would be " .. #keys * osml.info(osml.INFO_PAGE_SIZE) // 1024 .. " KiB")
for _, key in ipairs(keys) do key:close() end
print("after close: " .. osml.info(osml.INFO_LIVE_BUFFERS) .. " keys")
