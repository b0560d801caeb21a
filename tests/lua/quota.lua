-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The lock quota: run.sh starts this with RLIMIT_MEMLOCK at 64 KiB and without CAP_IPC_LOCK. For every Lua from 5.1 on.
local osmemlock = require "osmemlock"
local support = require "support"

assert(osmemlock.info().lock_limit_soft == 64 * 1024, "the limit is not 64 KiB, so this would prove nothing")

-- The control: held buffers do hit the quota, so that what follows is the collector's doing.
collectgarbage("stop")
local held, message, code = {}, nil, nil
for i = 1, 1000 do
  held[i], message, code = osmemlock.buffer(4096)
  if not held[i] then
    break
  end
end
assert(#held > 0 and #held < 16, "the quota was not hit")
assert(code == "OSML_ELIMIT", tostring(code))
assert(message:find("64 KiB") or message:find("65536"), message)
assert(message:find("ulimit") or message:find("LimitMEMLOCK"), message)

-- Garbage of ten times the quota, in every constructor: a full collection and a retry each time that the quota is hit.
held = nil -- luacheck: ignore 311
local path = support.file(("x"):rep(4096))
for _ = 1, 200 do
  assert(osmemlock.buffer(4096))
  assert(osmemlock.random(4096))
  assert(osmemlock.from_file(path))
  assert(osmemlock.buffer(16, { guarded = true }))
  assert(osmemlock.with(4096, function(b)
    return #b
  end) == 4096)
end
os.remove(path)

-- What can never fit is refused, whatever is collected, and leaves nothing behind.
support.collect()
local before = support.live()
support.refused("OSML_ELIMIT", osmemlock.buffer(1024 * 1024))
assert(support.live() == before)
local best = assert(osmemlock.buffer(1024 * 1024, { policy = "best_effort" }))
assert(not best:info().protections.locked)
best:close()

-- Small ones share pages: far more than sixteen fit, and the collector, running again, keeps up with a million.
collectgarbage("restart")
for _ = 1, 1000000 do
  assert(osmemlock.buffer(32))
end
print("quota: " .. _VERSION .. ": the collector was asked, and 1000000 unclosed buffers came out of 64 KiB")
