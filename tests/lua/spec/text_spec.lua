-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The words around a secret: joined, cut out, found, and the codings (audit U5, P9).
local osmemlock = require "osmemlock"
local support = require "support"

local function of(text)
  return osmemlock.buffer(#text):write(1, text)
end

describe("text in a buffer", function()
  it("is decoded in place, and shortens the buffer", function()
    assert.equal("sesame", support.text(of("736573616D65"):decode("hex")))
    assert.equal("sesame", support.text(of("0x73:65:73-61 6D\n65\n"):decode("hex")))
    assert.equal("sesame", support.text(of("c2Vz\nYW1l\n"):decode("base64")))
    assert.equal("\251\255", support.text(of("-_8"):decode("base64url")))
    assert.equal("sesame", support.text(of("onsx gylnmu======"):decode("base32")))
    assert.equal(6, #of("736573616d65"):decode("hex"))
    assert.equal(0, #of(""):decode("hex"))
  end)

  it("is encoded into a new buffer", function()
    local b = of("sesame")
    for coding, text in pairs({ hex = "736573616d65", base64 = "c2VzYW1l", base64url = "c2VzYW1l", base32 = "ONSXGYLNMU======" }) do
      local encoded = b:encode(coding)
      assert.equal(text, support.text(encoded))
      assert.equal("sesame", support.text(encoded:decode(coding)))
    end
    assert.equal("+/8=", support.text(of("\251\255"):encode("base64")))
    assert.equal("-_8", support.text(of("\251\255"):encode("base64url")))
    assert.equal("sesame", support.text(b))
    assert.is_true(b:encode("hex", { guarded = true }):info().protections.guarded)
  end)

  it("that is something else is refused, and the message names the line", function() -- audit P6
    support.refused("OSML_EFORMAT", of("7x"):decode("hex"))
    local _, message = of("7365\n736!\n"):decode("hex")
    assert.truthy(message:find("Line 2 of the text", 1, true) and not message:find("!", 1, true))
  end)

  it("that is something else is left as it is", function()
    for _, text in ipairs({ "7", "7x", "sesame", "73 6" }) do
      local b = of(text)
      support.refused("OSML_EFORMAT", b:decode("hex"))
      assert.equal(text, support.text(b))
    end
    local b = of("c2Vz!W1l")
    support.refused("OSML_EFORMAT", b:decode("base64"))
    assert.equal("c2Vz!W1l", support.text(b))
  end)

  it("has four codings and no other", function()
    local b = of("00")
    for _, coding in ipairs({ "HEX", "", "base16", 1, true }) do
      assert.is_false(pcall(b.decode, b, coding))
      assert.is_false(pcall(b.encode, b, coding))
    end
    assert.is_false(pcall(b.decode, b))
    assert.equal("00", support.text(b))
  end)
end)

describe("join", function()
  it("takes strings and buffers in order", function()
    local token = of("t0k3n")
    local header = osmemlock.join({ "Authorization: Bearer ", token, "\r\n" })
    assert.equal("Authorization: Bearer t0k3n\r\n", support.text(header))
    assert.equal("t0k3n", support.text(token))
    assert.equal("t0k3nt0k3n", support.text(osmemlock.join({ token, "", token })))
    assert.equal("", support.text(osmemlock.join({})))
    assert.equal("\0\1", support.text(osmemlock.join({ "\0", "\1" })))
  end)

  it("takes the options of a buffer", function()
    assert.is_true(osmemlock.join({ "a" }, { guarded = true }):info().protections.guarded)
    assert.is_false(pcall(osmemlock.join, { "a" }, { max = 5 }))
  end)

  it("refuses what is no piece", function()
    local shut = of("x")
    shut:close()
    for _, pieces in ipairs({ { 1 }, { "a", true }, { {} }, { "a", shut }, { io.stdout } }) do
      assert.is_false(pcall(osmemlock.join, pieces))
    end
    assert.is_false(pcall(osmemlock.join, "ab"))
    assert.is_false(pcall(osmemlock.join))
  end)

  it("takes hundreds of pieces", function()
    local pieces = {}
    for i = 1, 400 do
      pieces[i] = i % 2 == 0 and "b" or of("a")
    end
    assert.equal(("ab"):rep(200), support.text(osmemlock.join(pieces)))
  end)
end)

describe("sub", function()
  it("gives what that of strings gives", function()
    local b = of("sesame")
    for i = -8, 8 do
      assert.equal(("sesame"):sub(i), support.text(b:sub(i)))
      for j = -8, 8 do
        assert.equal(("sesame"):sub(i, j), support.text(b:sub(i, j)))
      end
    end
    assert.equal("sesame", support.text(b:sub()))
    assert.is_true(b:sub(1, 2, { guarded = true }):info().protections.guarded)
    assert.is_false(pcall(b.sub, b, "1"))
  end)
end)

describe("find", function()
  it("gives what that of strings gives for plain text", function()
    local b = of("sesame")
    for _, text in ipairs({ "s", "se", "sam", "e", "sesame", "sesames", "x", "", "es", "%a" }) do
      for init = 1, 7 do
        local first, last = ("sesame"):find(text, init, true)
        local at, to = b:find(text, init)
        assert.same({ first, last }, { at, to })
      end
      assert.same({ ("sesame"):find(text, 1, true) }, { b:find(text) })
    end
  end)

  it("takes a buffer, and refuses what is no text", function()
    local b = of("user:sesame")
    assert.same({ 6, 11 }, { b:find(of("sesame")) })
    for _, text in ipairs({ 1, true, {} }) do
      assert.is_false(pcall(b.find, b, text))
    end
    assert.is_false(pcall(b.find, b, "u", 13))
    assert.is_false(pcall(b.find, b))
  end)
end)
