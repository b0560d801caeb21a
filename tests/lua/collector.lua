-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Finalizers and the collector's pace on any Lua from 5.1 on: INTERPRETER collector.lua. Prints TAP.
local osmemlock = require "osmemlock"
local support = require "support"

local it = support.it

local IS_51 = _VERSION == "Lua 5.1"

if not IS_51 then
  it("finalizers may use the module, up to the end", function()
    assert(support.run([[
      local osmemlock = require "osmemlock"
      local b = osmemlock.buffer(8)
      keep = setmetatable({}, { __gc = function()
        pcall(b.byte, b, 1)
        osmemlock.with(8, tostring)
        osmemlock.buffer(8)
      end })
    ]]) == 0)
  end)
end

-- With such a pace Lua 5.1 collects at every call, and shrinks the buffer where it joins strings while locked_heap() looks for it.
if IS_51 and not jit then -- luacheck: ignore 113
  it("a collector that works all the time does not mislead the locked heap", function()
    local pause, step = collectgarbage("setpause", 0), collectgarbage("setstepmul", 100000)
    local errors = osmemlock.info().corruptions + osmemlock.info().foreign_frees
    for round = 1, 20 do
      local tail = ("o"):rep(1000 * round) .. round
      local all = osmemlock.locked_heap(function()
        local made = {}
        for i = 1, 100 do
          made[i] = i .. tail
        end
        return made
      end)
      for i = 1, 100 do
        assert(all[i] == i .. tail)
      end
    end
    collectgarbage("setpause", pause)
    collectgarbage("setstepmul", step)
    assert(osmemlock.info().corruptions + osmemlock.info().foreign_frees == errors)
  end)
end

-- Up to 5.3 such an error comes out of whatever allocates next, which may be expose()'s string.
it("an error in somebody's finalizer does not leave expose's pin behind", function()
  local b = osmemlock.buffer(4000, { guarded = true })
  local armed = true
  local function bomb()
    if armed then
      error("bomb")
    end
  end
  local function nothing() end
  for _ = 1, 2000 do
    pcall(support.at_next_collection, bomb)
    pcall(b.expose, b, nothing)
  end
  armed = false
  assert(b:protect("read"))
end)

support.done(type(jit) == "table" and jit.version or _VERSION) -- luacheck: ignore 113
