-- SPDX-License-Identifier: MIT OR Apache-2.0
-- locked_heap(): what a function allocates lies in locked memory (audit U8). That nothing is left of it is what residue.sh shows.
local osmemlock = require "osmemlock"
local support = require "support"
local helper = require "helper"

local heap = osmemlock.locked_heap

local function blocks()
  return osmemlock.info().heap_blocks
end

local function counted_errors()
  return osmemlock.info().corruptions + osmemlock.info().foreign_frees
end

-- So many strings that what Lua itself allocates meanwhile does not count.
local function strings(tag)
  local all = {}
  for i = 1, 200 do
    all[i] = ("x"):rep(50) .. tag .. i
  end
  return all
end

-- How many blocks of locked memory `f` makes and keeps, some two hundred or none.
local function kept_by(f)
  support.collect()
  collectgarbage("stop")
  local before = blocks()
  local kept = f()
  local made = blocks() - before
  collectgarbage("restart")
  return made > 150 and "many" or made < 50 and "none" or made, kept
end

if jit then -- luacheck: ignore 113
  describe("the locked heap", function()
    it("is refused under LuaJIT", function()
      local message = support.refused("OSML_EUNSUPPORTED", heap(error))
      assert.truthy(message:find("LuaJIT"))
    end)
  end)
  return
end

describe("the locked heap", function()
  it("has what is made inside, and nothing else", function()
    assert.equal("none", (kept_by(function()
      return strings("outside")
    end)))
    assert.equal("many", (kept_by(function()
      return heap(strings, "inside")
    end)))
    assert.equal("none", (kept_by(function()
      return strings("after")
    end)))
  end)

  it("passes arguments and results", function()
    local results = { heap(function(...)
      return select("#", ...), ...
    end, 1, nil, "three", nil) }
    assert.equal(4, results[1])
    assert.equal("three", results[4])
    assert.equal(0, select("#", heap(function() end)))
  end)

  it("lets strings outlive it, and frees them", function()
    local errors = counted_errors()
    local before = blocks()
    local all = heap(strings, "outlives")
    assert.equal(("x"):rep(50) .. "outlives7", all[7])
    assert.is_true(blocks() >= before + 200)
    all = nil -- luacheck: ignore 311
    support.collect()
    assert.is_true(blocks() < before + 100)
    assert.equal(errors, counted_errors())
  end)

  it("lets what was made outside grow inside, and the other way round", function()
    local errors = counted_errors()
    local outside, inside = {}, heap(function()
      return {}
    end)
    heap(function()
      for i = 1, 1000 do
        outside[i] = i
      end
    end)
    for i = 1, 1000 do
      inside[i] = i
      outside[1000 + i] = i
    end
    support.collect()
    assert.equal(2000, #outside)
    assert.equal(1000, #inside)
    assert.equal(errors, counted_errors())
  end)

  it("raises errors as they are, and ends", function()
    local object = {}
    local ok, failure = pcall(heap, function()
      error(object)
    end)
    assert.is_false(ok)
    assert.equal(object, failure)
    ok, failure = pcall(heap, error, "a message", 0)
    assert.is_false(ok)
    assert.equal("a message", failure)
    ok, failure = pcall(heap, error, 42, 0)
    assert.is_false(ok)
    assert.equal(42, failure)
    ok, failure = pcall(heap, error)
    assert.is_false(ok)
    assert.is_nil(failure)
    assert.equal("none", (kept_by(function()
      return strings("after an error")
    end)))
  end)

  it("nests", function()
    assert.equal("many", (kept_by(function()
      return heap(function()
        heap(strings, "inner")
        return strings("outer")
      end)
    end)))
    assert.equal("none", (kept_by(function()
      return strings("after both")
    end)))
  end)

  it("is left by a yield and entered by the resume", function()
    local thread = coroutine.wrap(function()
      return heap(function(first)
        local second = coroutine.yield(first .. "!")
        return strings("inside"), second
      end, "one")
    end)
    assert.equal("one!", thread())
    assert.equal("none", (kept_by(function()
      return strings("meanwhile")
    end)))
    local told
    assert.equal("many", (kept_by(function()
      local all, second = thread("two")
      told = second
      return all
    end)))
    assert.equal("two", told)
  end)

  it("keeps coroutines apart", function()
    local function inside()
      return heap(function()
        coroutine.yield()
        local all = strings("a")
        coroutine.yield()
        return all
      end)
    end
    local one, other = coroutine.wrap(inside), coroutine.wrap(inside)
    one()
    other()
    one()
    assert.equal("none", (kept_by(function()
      return strings("b")
    end)))
    other()
    assert.equal(200, #other())
  end)

  it("takes a function only", function()
    support.misuse(function()
      heap(1)
    end, "function expected, got number")
    support.misuse(function()
      heap()
    end, "function expected")
  end)

  it("ends with its state", function()
    local errors = counted_errors()
    assert.is_nil(helper.state([[
      local osmemlock = require "osmemlock"
      kept = osmemlock.locked_heap(function()
        return setmetatable({ ("x"):rep(1000) }, { __gc = function(t) last = t[1] .. "y" end })
      end)
    ]]))
    assert.equal(errors, counted_errors())
  end)

  if load and pcall(load, "local x <close> = nil") and load("local x <close> = nil") then
    it("closes what is to be closed when an error ends it", function()
      local log = {}
      local ok, failure = pcall(heap, assert(load([[
        local log = ...
        local one <close> = setmetatable({}, { __close = function(_, failure) log[#log + 1] = failure end })
        error("enough", 0)
      ]])), log)
      assert.is_false(ok)
      assert.equal("enough", failure)
      assert.same({ "enough" }, log)
    end)

    it("closes what is to be closed, still inside, when the coroutine that yielded is closed", function()
      local inside = assert(load([[
        local b, strings, kept = ...
        local scope <close> = b
        local last <close> = setmetatable({}, { __close = function() kept[1] = strings("closing") end })
        coroutine.yield()
      ]]))
      local b, kept = osmemlock.buffer(8), {}
      local thread = coroutine.create(function()
        heap(inside, b, strings, kept)
      end)
      assert.is_true(coroutine.resume(thread))
      assert.is_false(b:closed())
      assert.equal("many", (kept_by(function()
        assert.is_true(coroutine.close(thread))
        return kept
      end)))
      assert.is_true(b:closed())
      assert.equal("none", (kept_by(function()
        return strings("after")
      end)))
    end)

    it("raises the error of what is closed so, and ends", function()
      local thread = coroutine.create(function()
        heap(assert(load([[
          local last <close> = setmetatable({}, { __close = function() error("broken", 0) end })
          coroutine.yield()
        ]])))
      end)
      assert.is_true(coroutine.resume(thread))
      local ok, failure = coroutine.close(thread)
      assert.is_false(ok)
      assert.equal("broken", failure)
      assert.equal("none", (kept_by(function()
        return strings("after")
      end)))
    end)
  end
end)
