-- SPDX-License-Identifier: MIT OR Apache-2.0
-- What a buffer is to Lua itself: operators, metatable, text.
local osmemlock = require "osmemlock"
local support = require "support"

describe("a buffer", function()
  local b

  before_each(function()
    b = osmemlock.buffer(8):write(1, "sesame!!")
  end)

  it("has an integer as its length", function()
    assert.equal("integer", math.type(#b))
    assert.equal(8, #b)
  end)

  it("tells neither contents nor address", function()
    local text = tostring(b)
    assert.is_nil(text:find("sesame", 1, true))
    assert.is_nil(text:find("0x"))
    assert.equal(text, tostring(osmemlock.buffer(8)))
    b:close()
    assert.truthy(tostring(b):find("closed"))
    assert.is_nil(tostring(b):find("0x"))
  end)

  it("is told as osmemlock.buffer by Lua's own messages", function()
    local ok, message = pcall(string.rep, b, 2)
    assert.is_false(ok)
    assert.truthy(message:find("osmemlock.buffer", 1, true))
  end)

  it("has a sealed metatable", function()
    assert.is_false(getmetatable(b))
    assert.is_false(pcall(setmetatable, b, {}))
  end)

  it("has a metatable whose functions refuse all but buffers, and whose finalizer passes by them", function()
    local metatable = debug.getmetatable(b)
    local other = debug.setmetatable({}, metatable)
    support.misuse(function()
      return #other
    end, "osmemlock.buffer expected, got table")
    metatable.__gc(other)
    other = nil -- luacheck: ignore 311
    support.collect()
    assert.equal(8, #b)
  end)

  it("takes no new fields", function()
    support.misuse(function()
      b.anything = 1
    end)
    support.misuse(function()
      b[1] = 65
    end)
    support.misuse(function()
      b.byte = nil
    end)
  end)

  it("has no unknown fields", function()
    assert.is_nil(b.no_such_method)
    assert.is_nil(b[1])
  end)

  it("does not become part of a string", function()
    support.misuse(function()
      return b .. "x"
    end)
    support.misuse(function()
      return "x" .. b
    end)
    support.misuse(function()
      return b .. b
    end)
    assert.is_false(pcall(table.concat, { b }))
    support.misuse(function()
      return ("Authorization: Bearer %s"):format(b)
    end, "part of a string")
  end)

  it("is no number and has no order", function()
    for _, operation in ipairs({ "a + 1", "-a", "a < a", "a <= a", "a & 1", "a()", "a // 1" }) do
      local f = load("local a = ... return " .. operation)
      assert(pcall(f, b) == false, operation)
    end
  end)

  it("equals another with the same bytes", function()
    local same = osmemlock.buffer(8):write(1, "sesame!!")
    local bit_off = osmemlock.buffer(8):write(1, "sesame!\32")
    assert.is_true(b == same)
    assert.is_false(b == bit_off)
    assert.is_false(b == osmemlock.buffer(9))
    assert.is_false(b == "sesame!!")
    assert.is_true(b:equal(same))
    assert.is_true(b:equal("sesame!!"))
    assert.is_false(b:equal("sesame!\32"))
    assert.is_false(b:equal("sesame!"))
    assert.is_false(b:equal(bit_off))
  end)

  it("that cannot be read is compared with nothing, nor lent", function()
    local shut, other = osmemlock.buffer(8, { guarded = true }), osmemlock.buffer(8)
    shut:protect("none")
    for _, call in ipairs({
      function() return shut:equal("sesame!!") end,
      function() return shut:equal(other) end,
      function() return other:equal(shut) end,
      function() return shut == other end,
      function() return (osmemlock.mlock(shut)) end,
      function() return (osmemlock.madvise_dontdump(shut)) end,
      function() return (shut:expose(print)) end,
    }) do
      support.misuse(call, "OSML_EACCESS")
    end
    shut:close()
  end)

  it("is exposed to functions only", function()
    for _, wrong in ipairs({ 5, "x", {}, true }) do
      support.misuse(function()
        local answer = b:expose(wrong)
        return answer
      end, "function expected")
    end
  end)

  it("equals itself, open or closed", function()
    assert.is_true(b == b) -- luacheck: ignore
    b:close()
    assert.is_true(b == b) -- luacheck: ignore
  end)

  it("that is closed equals no other, or is refused", function()
    local other = osmemlock.buffer(8)
    b:close()
    local ok, same = pcall(function()
      return b == other
    end)
    assert.is_true(not ok or same == false)
  end)

  it("can be a table's key and is then itself, whatever it holds", function()
    local same = osmemlock.buffer(8):write(1, "sesame!!")
    local t = { [b] = 1 }
    assert.equal(1, t[b])
    assert.is_nil(t[same])
  end)

  it("lends its bytes to expose", function()
    local got, more = b:expose(function(bytes)
      return #bytes, bytes == "sesame!!"
    end)
    assert.equal(8, got)
    assert.is_true(more)
    assert.is_false(pcall(b.expose, b))
    assert.is_false(pcall(b.expose, b, "no function"))
  end)

  it("lets the error of expose's function through, unchanged", function()
    local thrown = {}
    local ok, caught = pcall(b.expose, b, function()
      error(thrown)
    end)
    assert.is_false(ok)
    assert.is_true(rawequal(thrown, caught))
    assert.equal(115, b:byte(1))
  end)

  it("exposes nothing when a finalizer closes it while the string is made", function()
    local key, closed_inside = osmemlock.buffer(4096), false
    local function look()
      closed_inside = closed_inside or key:closed()
    end
    setmetatable({}, {
      __gc = function()
        key:close()
      end,
    })
    repeat
      local ok = pcall(key.expose, key, look)
    until not ok
    assert.is_true(key:closed())
    assert.is_false(closed_inside)
  end)

  it("may be closed inside expose", function()
    b:expose(function(bytes)
      b:close()
      assert.equal(8, #bytes)
    end)
    assert.is_true(b:closed())
  end)

  it("is born zero", function()
    assert.equal(("\0"):rep(4096), support.text(osmemlock.buffer(4096)))
    assert.equal("", support.text(osmemlock.buffer(0)))
  end)

  it("tells what it is", function()
    local info = b:info()
    assert.equal(8, info.size)
    assert.is_false(info.closed)
    assert.is_true(info.protections.locked)
    assert.is_true(info.protections.canary)
    b:close()
    info = b:info()
    assert.equal(8, info.size)
    assert.is_true(info.closed)
    assert.same({}, info.protections)
  end)

  it("is confirmed by the kernel", function()
    local confirmed = assert(b:verify())
    for _, name in ipairs({ "locked", "nodump", "wipeonfork", "canary" }) do
      assert(confirmed[name], name)
    end
  end)
end)

describe("the module", function()
  it("makes no globals", function()
    local before = {}
    for name in pairs(_G) do
      before[name] = true
    end
    package.loaded.osmemlock = nil
    local again = require "osmemlock"
    package.loaded.osmemlock = osmemlock
    for name in pairs(_G) do
      assert(before[name], name)
    end
    assert.equal(osmemlock._VERSION, again._VERSION)
  end)

  it("that is loaded twice takes the buffers of both", function()
    package.loaded.osmemlock = nil
    local again = require "osmemlock"
    package.loaded.osmemlock = osmemlock
    assert.is_true(again.random(8):copy(1, osmemlock.buffer(8)) == osmemlock.buffer(8))
  end)
end)
