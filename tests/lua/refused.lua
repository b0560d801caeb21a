-- SPDX-License-Identifier: MIT OR Apache-2.0
-- What refused.sh runs while single system calls are refused, between the two marks, which it looks for in strace's output.
-- Whatever is refused: no crash, no half answer, and afterwards nothing is locked that was not before.
local helper = require "helper"
local osmemlock = require "osmemlock"
local support = require "support"

-- Not a temporary file of our own: to name one, libc calls getrandom() once or twice, and the positions would move.
local path = arg[1]

-- Shut and opened again. A buffer that cannot be opened for its wipe stays locked for good, on purpose (core/src/storage.c, T28).
local function reopened()
  local function open_again(b, ...)
    b:protect("readwrite")
    return ...
  end
  return osmemlock.with(32, { guarded = true }, function(b)
    return open_again(b, b:protect("none"))
  end)
end

-- Closed at once: when LuaJIT collects a file is its own business.
local function from_handle()
  local file = assert(io.open(path, "rb"))
  local b, message, code = osmemlock.from_fd(file)
  file:close()
  return b, message, code
end

-- A key of zeros would be no key. Told at the end, since a call may raise errors of its own.
local zeros = 0
local function key()
  local b, message, code = osmemlock.random(32)
  if b and b:equal(("\0"):rep(32)) then
    zeros = zeros + 1
  end
  return b, message, code
end

-- Nor is a limit that was not set said to be set.
local dumping = 0
local function guard()
  local g, message, code = osmemlock.disable_core_dumps_with_guard()
  local limits = g and io.open("/proc/self/limits")
  local text = limits and limits:read("*a")
  if limits then
    limits:close()
  end
  if text and not text:find("Max core file size +0 ") then
    dumping = dumping + 1
  end
  if g then
    g:release()
  end
  return g, message, code
end

-- Nor is a step said to be taken that was not, nor a page to be locked.
local false_success = 0
local function harden()
  local steps, message, code = osmemlock.harden("core_limit")
  if steps and not steps.core_limit then
    false_success = false_success + 1
  end
  osmemlock.harden_undo("core_limit")
  return steps, message, code
end

local function relock(b)
  osmemlock.munlock(b)
  local ok, message, code = osmemlock.mlock(b)
  local held = ok and b:verify()
  if held and not held.locked then
    false_success = false_success + 1
  end
  return ok, message, code
end

-- Each either succeeds, or is refused the way it should be.
local calls = {
  function() return osmemlock.buffer(32) end,
  function() return osmemlock.buffer(100000) end,
  function() return osmemlock.buffer(32, { guarded = true }) end,
  function() return osmemlock.buffer(32, { fork = "keep" }) end,
  function() return osmemlock.buffer(32, { fork = "nofork", policy = "strict" }) end,
  function() return osmemlock.buffer(32, { policy = "best_effort" }) end,
  key,
  guard,
  harden,
  function() return osmemlock.with(5000, relock) end,
  function() return osmemlock.from_file(path) end,
  from_handle,
  function() return osmemlock.with(5000, function(b) return b:random() end) end,
  reopened,
  function() return osmemlock.with(32, function(b) return b:verify() end) end,
  function() return osmemlock.with(5000, function(b) return osmemlock.mlock(b) end) end,
  function() return osmemlock.with(5000, function(b) return osmemlock.madvise_dontdump(b) end) end,
  function() return osmemlock.with(8, function(b) return b:write(1, "73657361"):decode("hex") end) end,
  function() return osmemlock.with(8, function(b) return b:equal(("x"):rep(5000)) end) end,
  function() return osmemlock.info() end,
}

local function check(number, ok, result, message, code)
  if not ok then
    assert(type(result) == "string", "call " .. number .. ": an error of type " .. type(result))
    assert(not result:find("OSML_EINVAL"), "call " .. number .. ": the system's refusal is blamed on the arguments")
  elseif result == nil then
    assert(type(message) == "string" and (type(code) == "number" or type(code) == "string"), "call " .. number .. ": half an answer")
  end
end

local function round()
  for number, call in ipairs(calls) do
    check(number, pcall(call))
  end
  support.collect()
end

round() -- what the library sets up once, and keeps, is there from now on
osmemlock.trim()
local locked, live, open = support.locked(), support.live(), helper.descriptors()
io.open("/osml-begin")
round()
io.open("/osml-end")
osmemlock.trim() -- memory that is kept for buffers to come is no leak
assert(zeros == 0, "a key of zeros was said to be random")
assert(dumping == 0, "core dumps were said to be off")
assert(false_success == 0, "what was refused was said to be done")
assert(support.live() == live, "buffers are left")
assert(support.locked() <= locked, "VmLck was " .. locked .. " and is " .. support.locked())
assert(helper.descriptors() == open, "descriptors are left")

-- The library is none the worse for it.
assert(osmemlock.random(32):verify().locked)
assert(osmemlock.info().corruptions == 0)
