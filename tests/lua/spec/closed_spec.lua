-- SPDX-License-Identifier: MIT OR Apache-2.0
-- A closed buffer raises an error, whatever is asked of it, but for what asks about its state.
local helper = require "helper"
local osmemlock = require "osmemlock"
local support = require "support"

-- How each method is called on an open buffer of eight, so that the closed state is the only thing wrong.
local CALLS = {
  byte = { 1 }, set = { 1, 65 }, write = { 1, "A" }, fill = { 0 }, copy = { 1, osmemlock.buffer(1) }, random = {}, wipe = {},
  equal = { "x" }, sub = {}, find = { "x" }, encode = { "hex" }, decode = { "hex" },
  write_fd = { 1 }, read_fd = { 0 }, protect = { "read" }, verify = {}, expose = { print },
}
local STILL_ANSWER = { close = true, closed = true, info = true }

local function closed_buffer()
  local b = osmemlock.buffer(8)
  b:close()
  return b
end

describe("a closed buffer", function()
  it("raises an error from every method", function()
    local b = closed_buffer()
    for name in pairs(debug.getmetatable(b).__index) do
      if not STILL_ANSWER[name] then
        local arguments = assert(CALLS[name], "no call for " .. name)
        support.misuse(function()
          local answer = b[name](b, table.unpack(arguments))
          return answer
        end, "closed")
      end
    end
  end)

  it("has no length, but says what it was", function()
    local b = closed_buffer()
    support.misuse(function()
      return #b
    end, "closed")
    assert.equal(8, b:info().size)
  end)

  it("is refused as a second buffer", function()
    local b, open = closed_buffer(), osmemlock.buffer(8)
    support.misuse(function()
      open:copy(1, b)
    end, "closed")
    support.misuse(function()
      return open:equal(b)
    end, "closed")
    for _, name in ipairs({ "mlock", "munlock", "madvise_dontdump" }) do
      support.misuse(function()
        local answer = osmemlock[name](b)
        return answer
      end, "closed")
    end
  end)

  it("cannot be given to with", function()
    local called = false
    local ok = pcall(osmemlock.with, closed_buffer(), function(b)
      called = true
      return b:byte(1)
    end)
    assert.is_false(ok or called)
  end)

  it("closes again without a word", function()
    local b = closed_buffer()
    local before = support.live()
    for _ = 1, 3 do
      assert.is_true(b:close())
    end
    assert.is_true(b:closed())
    assert.equal(before, support.live())
  end)

  it("counts no more", function()
    support.collect()
    local before = support.live()
    local b = osmemlock.buffer(8)
    assert.is_false(b:closed())
    assert.equal(before + 1, support.live())
    b:close()
    assert.equal(before, support.live())
  end)

  it("survives its own finalizer, again and again", function()
    local b = osmemlock.buffer(8)
    local meta = debug.getmetatable(b)
    for _ = 1, 3 do
      meta.__close(b)
      meta.__gc(b)
    end
    assert.is_true(b:closed())
    assert.is_false(pcall(b.byte, b, 1))
    assert.is_true(b:close())
    assert.equal("string", type(tostring(b)))
    assert.same({}, b:info().protections)
  end)
end)

describe("a buffer whose end was overwritten", function()
  local function overwritten()
    local b = osmemlock.buffer(16):write(1, "a key to be told")
    support.overflow("a key to be told")
    return b
  end

  it("tells so when it is closed, and is closed all the same", function()
    local b = overwritten()
    support.refused("OSML_ECORRUPT", b:close())
    assert.is_true(b:closed())
    assert.is_true(b:close())
  end)

  it("tells so when it is left, unless an error is under way", function()
    local meta = debug.getmetatable(overwritten())
    support.collect()
    local b = overwritten()
    support.misuse(function()
      return (meta.__close(b))
    end, "canary")
    assert.is_true(b:closed())
    b = overwritten()
    meta.__close(b, "mine")
    assert.is_true(b:closed())
    local before = osmemlock.info().corruptions
    support.collect()
    assert.equal(before, osmemlock.info().corruptions)
  end)
end)

describe("a guarded buffer", function()
  it("can be shut and opened", function()
    local b = osmemlock.buffer(8, { guarded = true }):write(1, "sesame!!")
    assert.equal(b, b:protect("read"))
    assert.equal(115, b:byte(1))
    support.misuse(function()
      b:set(1, 65)
    end)
    b:protect("none")
    support.misuse(function()
      return b:byte(1)
    end)
    support.misuse(function()
      return b:expose(print)
    end)
    b:protect("readwrite"):set(1, 65)
    assert.equal("Aesame!!", support.text(b))
  end)

  it("can be closed while it is shut", function()
    local b = osmemlock.buffer(8, { guarded = true }):protect("none")
    assert.is_true(b:close())
  end)

  it("is the only one that can be shut", function()
    local message = support.refused("OSML_EUNSUPPORTED", osmemlock.buffer(8):protect("none"))
    assert.truthy(message:find("guard pages", 1, true), message) -- it is not the system's doing (audit W1)
    assert.falsy(message:find("osml_", 1, true), message)
  end)
end)

-- In a child, whose buffers are all that are closed.
describe("a purge by another thread", function()
  it("leaves expose() a string of the buffer's length, or an error", function()
    local function expose_until_purged()
      local exposed, closed = 0, 0
      while exposed < 60000 or (closed < 60 and exposed < 1000000) do
        local b = osmemlock.buffer(64)
        local ok, length = pcall(b.expose, b, function(s)
          return #(s .. "!") -- which reads it
        end)
        assert(not ok and tostring(length):find "closed" or length == 65, length)
        exposed, closed = exposed + (ok and 1 or 0), closed + (ok and 0 or 1)
        b:close()
      end
      return true
    end
    assert.equal(0, helper.fork(function()
      return helper.beside('return require "osmemlock".purge', expose_until_purged)
    end))
  end)
end)
