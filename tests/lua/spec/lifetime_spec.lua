-- SPDX-License-Identifier: MIT OR Apache-2.0
-- When a buffer ends: close, the end of a scope, collection at any moment, the end of a state.
local helper = require "helper"
local osmemlock = require "osmemlock"
local support = require "support"

describe("lifetime", function()
  local before

  before_each(function()
    support.collect()
    before = support.live()
  end)

  after_each(function()
    support.collect()
    assert.equal(before, support.live())
  end)

  describe("<close>", function()
    it("closes at the end of the scope", function()
      local outside
      do
        local b <close> = osmemlock.buffer(8)
        outside = b
        assert.is_false(b:closed())
      end
      assert.is_true(outside:closed())
    end)

    it("closes on an error, which comes out unchanged", function()
      local outside
      local thrown = {}
      local ok, caught = pcall(function()
        local b <close> = osmemlock.buffer(8)
        outside = b
        error(thrown)
      end)
      assert.is_false(ok)
      assert.is_true(rawequal(thrown, caught))
      assert.is_true(outside:closed())
    end)

    it("does not mind a buffer that is closed already", function()
      do
        local b <close> = osmemlock.buffer(8)
        b:close()
      end
    end)

    it("closes in break, return and goto", function()
      local function of(leave)
        local b <close> = osmemlock.buffer(8)
        return leave(b)
      end
      assert.is_false(of(function(b)
        return b:closed()
      end))
      for _ = 1, 3 do
        local b <close> = osmemlock.buffer(8)
        if b then
          break
        end
      end
    end)

    it("closes in a coroutine that is closed", function()
      local outside
      local thread = coroutine.create(function()
        local b <close> = osmemlock.buffer(8)
        outside = b
        coroutine.yield()
      end)
      coroutine.resume(thread)
      assert.is_false(outside:closed())
      assert.is_true(coroutine.close(thread))
      assert.is_true(outside:closed())
    end)

    it("is left to the collector in a coroutine that is abandoned", function()
      for _ = 1, 10 do
        local thread = coroutine.wrap(function()
          local b <close> = osmemlock.buffer(8)
          coroutine.yield(b:byte(1))
        end)
        assert.equal(0, thread())
      end
      assert.is_true(support.live() > before)
    end)

    it("releases a guard", function()
      do
        local guard <close> = osmemlock.disable_core_dumps_with_guard()
        assert.truthy(guard)
      end
    end)
  end)

  describe("with", function()
    it("closes and returns what the function returned", function()
      local outside
      local one, none, three = osmemlock.with(8, function(b)
        outside = b
        return 1, nil, 3
      end)
      assert.equal(1, one)
      assert.is_nil(none)
      assert.equal(3, three)
      assert.is_true(outside:closed())
    end)

    it("closes on an error, which comes out unchanged", function()
      for _, thrown in ipairs({ {}, "text", 7, print, coroutine.create(print) }) do
        local outside
        local ok, caught = pcall(osmemlock.with, 8, function(b)
          outside = b
          error(thrown, 0)
        end)
        assert.is_false(ok)
        assert.is_true(rawequal(thrown, caught))
        assert.is_true(outside:closed())
      end
    end)

    it("lets the error nil through", function()
      local ok, caught = pcall(osmemlock.with, 8, function()
        error(nil)
      end)
      assert.is_false(ok)
      assert.is_nil(caught)
    end)

    it("takes options, or a buffer that a source made", function()
      osmemlock.with(8, { guarded = true }, function(b)
        assert.is_true(b:info().protections.guarded)
      end)
      local b = osmemlock.random(8)
      support.misuse(function()
        local answer = osmemlock.with(b, { guarded = true }, print)
        return answer
      end, "#2 .*this buffer exists already")
      assert.is_false(b:closed())
      assert.equal(8, osmemlock.with(b, function(same)
        assert.is_true(rawequal(b, same))
        return #same
      end))
      assert.is_true(b:closed())
    end)

    it("may be closed inside, and nested", function()
      osmemlock.with(8, function(a)
        osmemlock.with(16, function(b)
          a:close()
          assert.equal(0, b:byte(16))
        end)
      end)
    end)

    it("may be left by a yield and come back", function()
      local outside
      local thread = coroutine.wrap(function()
        return osmemlock.with(8, function(b)
          outside = b
          coroutine.yield("first")
          return b:byte(8)
        end)
      end)
      assert.equal("first", thread())
      assert.is_false(outside:closed())
      assert.equal(0, thread())
      assert.is_true(outside:closed())
    end)

    it("closes in a coroutine that is closed", function()
      local outside
      local thread = coroutine.create(function()
        osmemlock.with(8, function(b)
          outside = b
          coroutine.yield()
        end)
      end)
      coroutine.resume(thread)
      assert.is_false(outside:closed())
      assert.is_true(coroutine.close(thread))
      assert.is_true(outside:closed())
    end)

    it("closes after a yield and an error", function()
      local outside
      local thread = coroutine.create(function()
        osmemlock.with(8, function(b)
          outside = b
          coroutine.yield()
          error("after the yield")
        end)
      end)
      coroutine.resume(thread)
      local ok, message = coroutine.resume(thread)
      assert.is_false(ok)
      assert.truthy(message:find("after the yield"))
      assert.is_true(outside:closed())
    end)
  end)

  describe("collection", function()
    it("takes what nobody closed", function()
      for _ = 1, 100 do
        osmemlock.buffer(32)
      end
      assert.is_true(support.live() > before)
    end)

    it("works in generational mode", function()
      collectgarbage("generational")
      for round = 1, 200000 do
        local b = osmemlock.buffer(32)
        b:set(1, round % 256)
      end
      local live = support.live()
      collectgarbage("incremental")
      assert.is_true(live < before + 100000)
    end)

    it("works in single steps", function()
      collectgarbage("stop")
      for _ = 1, 100 do
        osmemlock.buffer(32)
      end
      while not collectgarbage("step", 1) do -- luacheck: ignore 542
      end
      collectgarbage("restart")
    end)

    it("may come in the middle of every call", function()
      collectgarbage("setpause", 0)
      collectgarbage("setstepmul", 10000)
      local path = support.file("73657361")
      for _ = 1, 50 do
        local b = assert(osmemlock.from_file(path))
        assert.equal(4, #b:decode("hex"))
        osmemlock.with(8, function(c)
          c:copy(1, b)
          return c:expose(function(bytes)
            return bytes .. "x"
          end)
        end)
        b:info()
        b:verify()
        osmemlock.info()
      end
      os.remove(path)
      collectgarbage("setpause", 200)
      collectgarbage("setstepmul", 100)
    end)

    it("may come inside a finalizer, which makes and closes buffers", function()
      local ran = 0
      for _ = 1, 10 do
        setmetatable({}, { __gc = function()
          osmemlock.with(8, function(b)
            ran = ran + 1
            return b:byte(1)
          end)
          osmemlock.buffer(16)
        end })
      end
      support.collect()
      support.collect()
      assert.equal(10, ran)
    end)

    it("finds a finalized buffer closed, when another finalizer brings it back", function()
      local risen
      local function bury()
        local b = osmemlock.buffer(8):fill(1)
        -- Marked for finalization later, so finalized earlier than the buffer; the order is Lua's promise (manual, 2.5.3).
        setmetatable({ b }, { __gc = function(t)
          risen = t[1]
        end })
      end
      bury()
      support.collect()
      assert.equal("osmemlock.buffer", debug.getmetatable(risen).__name)
      assert.is_true(risen:closed() or risen:byte(1) == 1)
      risen:close()
    end)

    it("may take a buffer that a weak table holds", function()
      local weak = setmetatable({}, { __mode = "v" })
      weak[1] = osmemlock.buffer(8)
      support.collect()
      assert.is_nil(weak[1])
    end)

    it("takes the guards that nobody released", function()
      for _ = 1, 10 do
        osmemlock.disable_core_dumps_with_guard()
      end
    end)
  end)

  describe("the end of a state", function()
    it("closes what is open there, and nothing else", function()
      local mine = osmemlock.buffer(8):fill(7)
      assert.is_nil(helper.state([[
        local osmemlock = require "osmemlock"
        held = {}
        for i = 1, 50 do
          held[i] = osmemlock.random(i)
        end
        thread = coroutine.create(function()
          local b <close> = osmemlock.buffer(8)
          coroutine.yield()
        end)
        coroutine.resume(thread)
      ]]))
      assert.equal(before + 1, support.live())
      assert.equal(7, mine:byte(8))
      mine:close()
    end)

    it("after an error closes too", function()
      assert.truthy(helper.state('held = require("osmemlock").buffer(8) error("enough")'))
    end)
  end)
end)

describe("a program", function()
  local make = 'local osmemlock = require "osmemlock" local b, c = osmemlock.random(32), osmemlock.random(70000) '

  it("may end in any way with open buffers", function()
    assert.equal(0, support.run(make))
    assert.equal(0, support.run(make .. "held = b"))
    assert.equal(3, support.run(make .. "os.exit(3)"))
    assert.equal(4, support.run(make .. "os.exit(4, true)"))
    assert.equal(5, support.run(make .. "coroutine.wrap(function() local d <close> = b os.exit(5, true) end)()"))
    assert.equal(6, support.run(make .. "osmemlock.with(8, function() os.exit(6) end)"))
    assert.equal(7, support.run(make .. "b:expose(function() os.exit(7, true) end)"))
  end)

  it("may have finalizers that use buffers at its end", function()
    assert.equal(0, support.run(make .. [[
      keep = setmetatable({}, { __gc = function()
        pcall(b.byte, b, 1)
        osmemlock.buffer(8)
        osmemlock.with(8, tostring)
      end })
    ]]))
  end)
end)
