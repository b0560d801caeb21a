-- SPDX-License-Identifier: MIT OR Apache-2.0
-- What a forked child sees. helper.fork(f) is the exit code of a child that calls f: 0 when f returned true.
local helper = require "helper"
local osmemlock = require "osmemlock"
local support = require "support"

describe("a buffer from before fork()", function()
  it("raises an error in the child and stays as it was in the parent", function()
    local b = osmemlock.buffer(8):write(1, "sesame!!")
    assert.equal(0, helper.fork(function()
      for _, f in ipairs({ b.byte, b.wipe, b.random, b.verify }) do
        support.misuse(function()
          local answer = f(b)
          return answer
        end, "fork")
      end
      support.misuse(function()
        return b == osmemlock.buffer(8) or b:equal("x")
      end)
      return true
    end))
    assert.equal("sesame!!", support.text(b))
  end)

  it("is closed and collected in the child as anywhere", function()
    local kept = osmemlock.buffer(8):write(1, "sesame!!")
    local dropped = osmemlock.buffer(8)
    assert.equal(0, helper.fork(function()
      dropped = nil -- luacheck: ignore 311
      support.collect()
      assert(kept:close())
      assert(kept:close())
      assert(kept:info().size == 8 and tostring(kept))
      return kept:closed()
    end))
    assert.equal("sesame!!", support.text(kept))
    dropped:close()
  end)

  it("is a copy of its own with fork = keep, locked again", function()
    local b = osmemlock.buffer(8, { fork = "keep" }):write(1, "sesame!!")
    assert.equal(0, helper.fork(function()
      assert(support.locked() > 0)
      assert(b:verify().locked)
      assert(support.text(b) == "sesame!!")
      b:wipe()
      return b:byte(1) == 0
    end))
    assert.equal("sesame!!", support.text(b))
  end)

  it("raises an error with fork = nofork too", function()
    local b = osmemlock.buffer(8, { fork = "nofork" }):write(1, "sesame!!")
    assert.equal(0, helper.fork(function()
      support.misuse(function()
        return b:byte(1)
      end, "fork")
      return b:close()
    end))
    assert.equal("sesame!!", support.text(b))
  end)
end)

describe("a forked child", function()
  it("makes its own buffers", function()
    local before = osmemlock.buffer(8)
    assert.equal(0, helper.fork(function()
      local b = osmemlock.random(32)
      assert(b:verify().locked)
      for _ = 1, 200 do
        osmemlock.buffer(100):close()
      end
      b:close()
      support.collect()
      return support.live() == 0
    end))
    before:close()
  end)

  it("may fork again", function()
    local b = osmemlock.buffer(8)
    assert.equal(0, helper.fork(function()
      local mine = osmemlock.buffer(8)
      return helper.fork(function()
        return not pcall(mine.byte, mine, 1) and not pcall(b.byte, b, 1)
      end) == 0 and mine:byte(1) == 0
    end))
  end)

  it("is not left by a `with` that the parent entered", function()
    osmemlock.with(8, function(b)
      assert.equal(0, helper.fork(function()
        return not pcall(b.byte, b, 1)
      end))
      assert.equal(0, b:byte(1))
    end)
  end)

  it("has the parent's core dump guard to itself", function()
    local guard = osmemlock.disable_core_dumps_with_guard()
    assert.equal(0, helper.fork(function()
      return guard:release() ~= nil or true
    end))
    assert.is_true(guard:release())
  end)
end)
