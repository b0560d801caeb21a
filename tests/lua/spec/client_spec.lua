-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Another C module, ../client.c, takes the userdata by lua/osmemlock_lua.h.
local client = require "client"
local osmemlock = require "osmemlock"
local support = require "support"

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
    assert.equal("Jefe", client.pinned(key, function() end))
    assert.equal("\0\0\0\0", client.pinned(key, function()
      key:close()
      assert.is_false(pcall(key.byte, key, 1))
    end))
    assert.equal(before - 1, support.live())
  end)

  it("makes the decoders and protect wait", function()
    local text = osmemlock.buffer(4):write(1, "4a65")
    client.pinned(text, function()
      support.misuse(function()
        text:decode_hex()
      end, "pin")
    end)
    assert.equal("Je", support.text(text:decode_hex()))
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
end)
