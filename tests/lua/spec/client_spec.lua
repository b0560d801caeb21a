-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Another C module, ../client.c, takes the userdata by lua/osmemlock_lua.h.
local client = require "client"
local osmemlock = require "osmemlock"
local support = require "support"

local CLOSED = -10005 -- OSML_ECLOSED
local EINVAL = -10002 -- OSML_EINVAL

describe("another C module", function()
  it("reads the bytes where they are", function()
    -- RFC 4231, test case 2.
    local key = osmemlock.buffer(4):write(1, "Jefe")
    assert.equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", client.hmac(key, "what do ya want for nothing?"))
  end)

  it("can ask whether it is one", function()
    local b = osmemlock.buffer(4)
    assert.is_true(client.is(b))
    b:close()
    assert.is_true(client.is(b))
    for _, value in ipairs({ 1, "Jefe", {}, true, io.stdout, print, osmemlock.disable_core_dumps_with_guard() }) do
      assert.is_false(client.is(value))
    end
    assert.is_false(client.is())
  end)

  it("refuses what is no buffer, as a wrong argument", function()
    for _, value in ipairs({ 1, "Jefe", {}, true, io.stdout, print, osmemlock.disable_core_dumps_with_guard() }) do
      local message = support.misuse(function()
        local mac = client.hmac(value, "x")
        return mac
      end)
      assert.truthy(message:find("osmemlock.buffer", 1, true))
    end
    assert.is_false(pcall(client.hmac))
  end)

  it("refuses a closed buffer", function()
    local key = osmemlock.buffer(4)
    key:close()
    support.misuse(function()
      local mac = client.hmac(key, "x")
      return mac
    end, "closed")
  end)

  it("refuses one that may not be read", function()
    local key = osmemlock.buffer(4, { guarded = true }):protect("none")
    assert.is_false(pcall(client.hmac, key, "x"))
  end)

  it("keeps the memory while it is pinned, zero once it is closed", function()
    local key = osmemlock.buffer(4):write(1, "Jefe")
    local before = support.live()
    assert.same({ "Jefe", 0 }, { client.pinned(key, function() end) })
    local seen, answer = client.pinned(key, function()
      key:close()
      assert.is_false(pcall(key.byte, key, 1))
    end)
    assert.equal("\0\0\0\0", seen)
    assert.equal(CLOSED, answer)
    assert.equal(before - 1, support.live())
  end)

  it("is told of a buffer that was collected while it was pinned, as of one that was closed", function()
    local holder = { osmemlock.buffer(4):write(1, "Jefe") }
    local seen, answer = client.pinned_elsewhere(holder, function()
      holder[1] = nil
      support.collect()
      for _ = 1, 100 do
        osmemlock.buffer(4):write(1, "kept") -- in other memory, by other handles
      end
    end)
    assert.equal("\0\0\0\0", seen)
    assert.equal(CLOSED, answer)
  end)

  it("makes the decoders and protect wait", function()
    local text = osmemlock.buffer(4):write(1, "4a65")
    client.pinned(text, function()
      support.misuse(function()
        text:decode("hex")
      end, "pin")
    end)
    assert.equal("Je", support.text(text:decode("hex")))
  end)

  it("that raises an error meanwhile loses nothing", function()
    support.collect()
    local before = support.live()
    local key = osmemlock.buffer(4)
    assert.is_false(pcall(client.pinned, key, error))
    key:close()
    key = nil -- luacheck: ignore 311
    support.collect()
    assert.equal(before, support.live())
  end)

  it("makes buffers of its own", function()
    local made = client.made(8)
    assert.equal("mmmmmmmm", support.text(made))
    assert.is_true(assert(made:verify()).locked)
    assert.is_true(made:close())
    assert.equal("", support.text(client.made(0)))
  end)

  it("is told when none can be made, as Lua is", function()
    local made, message, code = client.made(2 ^ 46)
    assert.is_nil(made)
    assert.truthy(type(message) == "string" and code)
    assert.same({ pcall(osmemlock.buffer, 2 ^ 46) }, { true, nil, message, code })
  end)

  it("can pin by the address alone, as the FFI does, and is told by a code of what it must not read", function()
    local key = osmemlock.buffer(4):write(1, "Jefe")
    assert.equal("Jefe", client.pinned_bytes(key))
    assert.equal(EINVAL, client.pinned_bytes(client.bit_copy(key)))
    assert.equal(EINVAL, client.pinned_bytes(nil))
    key:close()
    assert.equal(CLOSED, client.pinned_bytes(key))
    local shut = osmemlock.buffer(4, { guarded = true }):protect("none")
    assert.equal("number", type(client.pinned_bytes(shut)))
  end)
end)

-- Audit L12: libraries for threads, such as luv, copy a userdata by its bytes.
describe("a copy of a userdata by its bytes", function()
  it("is refused everywhere, and takes nothing with it", function()
    local key = osmemlock.buffer(4):write(1, "Jefe")
    local copy = client.bit_copy(key)
    for name in pairs(debug.getmetatable(key).__index) do
      assert.truthy(support.misuse(function()
        local answer = copy[name](copy, 1, 1)
        return answer
      end):find("copy of one's userdata", 1, true), name)
    end
    assert.is_false(pcall(client.hmac, copy, "x"))
    assert.is_false(pcall(osmemlock.join, { copy }))
    copy = nil -- luacheck: ignore 311
    support.collect()
    assert.equal("Jefe", support.text(key))
  end)

  it("of a guard is refused, and releases nothing", function()
    local guard = osmemlock.disable_core_dumps_with_guard()
    local copy = client.bit_copy(guard)
    assert.truthy(support.misuse(function()
      local answer = copy:release()
      return answer
    end):find("copy of one's userdata", 1, true))
    assert.is_false(pcall(tostring, copy))
    copy = nil -- luacheck: ignore 311
    support.collect()
    assert.equal("osmemlock.core_dumps_guard (held)", tostring(guard))
    assert.is_true(guard:release())
    assert.is_true(guard:release())
  end)

  it("that is too small for a guard is none", function()
    local metatable = debug.getmetatable(osmemlock.disable_core_dumps_with_guard())
    local small = debug.upvalueid(function() return metatable end, 1)
    debug.setmetatable(small, metatable)
    local ok, message = pcall(metatable.__index.release, small)
    metatable.__gc(small)
    debug.setmetatable(small, nil)
    assert.is_false(ok)
    assert.truthy(message:find("copy of one's userdata", 1, true))
  end)

  it("written over is refused, and collected without an error", function()
    local key = osmemlock.buffer(4):write(1, "Jefe")
    client.written_over(key)
    support.misuse(function()
      return (key:byte(1))
    end, "written over")
    assert.is_false(pcall(function() return #key end))
    key = nil -- luacheck: ignore 311
    support.collect()
  end)
end)

describe("a second copy of the module", function()
  it("is refused, and the first works on", function()
    local path = assert(package.searchpath("osmemlock", package.cpath))
    local other = os.tmpname()
    local from, to = assert(io.open(path, "rb")), assert(io.open(other, "wb"))
    to:write(from:read("a"))
    to:close()
    from:close()
    local open = assert(package.loadlib(other, "luaopen_osmemlock"))
    os.remove(other)
    assert.truthy(support.misuse(function()
      return open("osmemlock")
    end):find("another copy", 1, true))
    assert.is_true(osmemlock.random(8):close())
  end)
end)
