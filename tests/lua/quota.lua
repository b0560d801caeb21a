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

-- A finalizer that the collection runs shortens what is exposed: all of it comes out, as it was or as it is then, and nothing behind it.
held = {}
local b = assert(osmemlock.buffer(8192)):fill(0x30)
repeat
  held[#held + 1] = osmemlock.buffer(4096)
until #held > 1000 or osmemlock.buffer(8192) == nil
assert(#held <= 1000)
local function shorten()
  if not b:closed() then b:decode("hex") end
end
if newproxy then getmetatable(newproxy(true)).__gc = shorten else setmetatable({}, { __gc = shorten }) end
held = nil -- luacheck: ignore 311
b:expose(function(text)
  assert(text == ("0"):rep(8192) or text == ("\0"):rep(4096))
end)
b:close()
support.collect()

-- The locked heap: a script that needs more than the quota is told what to type, and goes on.
if not jit then -- luacheck: ignore 113
  local ok, why = pcall(osmemlock.locked_heap, function()
    local all = {}
    for i = 1, 10000 do
      all[i] = ("x"):rep(100) .. i
    end
    return all
  end)
  assert(not ok and why:find("not enough memory") and why:find("65536") and why:find("ulimit"), why)
  support.collect()
  assert(osmemlock.locked_heap(string.rep, "x", 1000) == ("x"):rep(1000))
end

-- Also when the quota does not hold the arguments, so that the function never runs: what is made afterwards is outside.
local function made_inside()
  local blocks, kept = osmemlock.info().heap_blocks, {}
  for i = 1, 50 do
    kept[i] = "y" .. i
  end
  return osmemlock.info().heap_blocks - blocks, kept
end
if not jit then -- luacheck: ignore 113
  local refused, unpack = 0, table.unpack or unpack -- luacheck: ignore 113
  support.collect()
  assert(osmemlock.locked_heap(made_inside) >= 50)
  for count = 250, 7500, 250 do
    local thread = coroutine.create(function() -- whose stack grows
      return osmemlock.locked_heap(select, "#", unpack({}, 1, count))
    end)
    local ok, told = coroutine.resume(thread)
    assert(ok and told == count or told:find("not enough memory"), told)
    refused = refused + (ok and 0 or 1)
    support.collect()
    assert(made_inside() < 20, "the heap was not left")
  end
  assert(refused > 0)
end

-- Small ones share pages: far more than sixteen fit, and the collector, running again, keeps up with a million.
collectgarbage("restart")
for _ = 1, 1000000 do
  assert(osmemlock.buffer(32))
end
print("quota: " .. _VERSION .. ": the collector was asked, and 1000000 unclosed buffers came out of 64 KiB")
