-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The speed targets of the Lua module, each beside what Lua itself does, in one run: LUA bench.lua [quick].
-- Ours and theirs take turns, round by round; a ratio is that of the medians over all rounds, with the range of the middle 80 %.
local osmemlock = require "osmemlock"

local ROUNDS = arg[1] == "quick" and 11 or 51
local CALLS = 10000

-- Seconds of CPU that f takes. Each starts from a collected heap, and what it leaves is its own to collect.
local function seconds(f)
  collectgarbage()
  local start = os.clock()
  f()
  return os.clock() - start
end

local function compare(target, limit, ours, theirs)
  local ratios, mine, other = {}, {}, {}
  for round = 1, ROUNDS do
    mine[round], other[round] = seconds(ours), seconds(theirs)
    ratios[round] = mine[round] / other[round]
  end
  table.sort(ratios)
  table.sort(mine)
  table.sort(other)
  local middle = (ROUNDS + 1) / 2
  local ratio = ratios[middle]
  local ns = 1e9 / CALLS
  print(("  %-66s | %5.2f (%.2f-%.2f), %4.0f ns to %4.0f ns | %s"):format(target, ratio, ratios[math.ceil(ROUNDS / 10)],
    ratios[math.floor(ROUNDS * 9 / 10)], mine[middle] * ns, other[middle] * ns, ratio <= limit and "reached" or "missed"))
end

-- Short strings are interned, so each content is made once a round, and is garbage in the next.
local units = {}
for i = 1, CALLS do
  units[i] = string.char(i % 256, math.floor(i / 256) % 256, math.floor(i / 65536), 97)
end

local function buffers_closed()
  local buffer = osmemlock.buffer
  for _ = 1, CALLS do
    buffer(32):close()
  end
  collectgarbage()
end

local function fresh_strings()
  local rep = string.rep
  for i = 1, CALLS do
    rep(units[i], 8)
  end
  collectgarbage()
end

local b = osmemlock.random(32)
local s = string.rep("a", 32)

local function bytes_of_buffer()
  for i = 1, CALLS do
    b:byte(i % 32 + 1)
  end
end

local function bytes_of_string()
  for i = 1, CALLS do
    s:byte(i % 32 + 1)
  end
end

local function unclosed(n)
  local failures = 0
  for _ = 1, n do
    failures = failures + (osmemlock.buffer(32) and 0 or 1)
  end
  collectgarbage()
  print(("  %-66s | %d failures, %d left | %s"):format(n .. " unclosed buffers collected without a failure", failures,
    osmemlock.info().live_buffers - 1, failures == 0 and "reached" or "missed"))
  return failures == 0
end

print(("%s, %d rounds of %d calls"):format(type(jit) == "table" and jit.version or _VERSION, ROUNDS, CALLS)) -- luacheck: ignore 113
compare("buffer(32) and close() at most 2x a fresh string.rep(s, n) of 32", 2, buffers_closed, fresh_strings)
compare("b:byte(i) at most 1.5x s:byte(i)", 1.5, bytes_of_buffer, bytes_of_string)
if type(jit) == "table" then -- luacheck: ignore 113
  local door, view = require "osmemlock.ffi", nil
  local ns = 1e9
  for _ = 1, ROUNDS do
    ns = math.min(ns, 1e9 / 1e6 * seconds(function()
      for _ = 1, 1e6 do
        view = door.pin(b)
        view:unpin()
      end
    end))
  end
  print(("  %-66s | %.0f ns | %s"):format("pin() and unpin() of osmemlock.ffi at most 100 ns", ns, ns <= 100 and "reached" or "missed"))
end
os.exit(unclosed(1000000) and 0 or 1)
