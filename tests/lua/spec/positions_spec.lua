-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Positions start at 1, negative ones count from the end, and nothing is clipped.
local osmemlock = require "osmemlock"
local support = require "support"

-- Outside of a buffer of eight, or no position at all.
local NOWHERE = { 0, 9, -9, 2 ^ 31, -2 ^ 31, 2 ^ 53, math.mininteger, math.maxinteger, 1e300, 1 / 0, 0 / 0, 1.5, "x", "1", {}, true }

local function digits()
  return osmemlock.buffer(8):write(1, "12345678")
end

describe("positions", function()
  it("are those of string.byte inside the buffer", function()
    local b = digits()
    local s = "12345678"
    for i = -8, 8 do
      if i ~= 0 then
        assert.equal(s:byte(i), b:byte(i))
        for j = -8, 8 do
          local first, last = i < 0 and i + 9 or i, j < 0 and j + 9 or j
          if j ~= 0 and last >= first then
            assert.same({ s:byte(i, j) }, { b:byte(i, j) })
          end
        end
      end
    end
  end)

  it("are the first without an argument", function()
    assert.equal(49, digits():byte())
    assert.equal(49, digits():byte(nil))
    assert.equal(0, osmemlock.buffer(1):byte()) -- where it is the last as well
    support.misuse(function()
      return osmemlock.buffer(0):byte()
    end, "outside")
    assert.same({ 50 }, { digits():byte(2, nil) })
  end)

  it("make an empty range with j = i - 1", function()
    local b = digits()
    assert.equal(0, select("#", b:byte(3, 2)))
    assert.equal(0, select("#", b:byte(1, 0)))
    assert.equal(0, select("#", b:byte(9, 8)))
    b:fill(0, 3, 2)
    assert.equal("12345678", support.text(b))
  end)

  it("outside are refused by every method, and nothing changes", function()
    local b = digits()
    local other = digits()
    for _, i in ipairs(NOWHERE) do
      local told = tostring(i)
      assert(pcall(b.byte, b, i) == false, "byte " .. told)
      assert(pcall(b.set, b, i, 65) == false, "set " .. told)
      assert(pcall(b.write, b, i, "A") == false, "write " .. told)
      assert(pcall(b.fill, b, 65, i, i) == false, "fill " .. told)
      assert(pcall(b.copy, b, i, other, 1, 1) == false, "copy " .. told)
      assert(pcall(b.copy, b, 1, other, i, i) == false, "copy from " .. told)
      assert(pcall(b.random, b, i, i) == false, "random " .. told)
      assert(pcall(osmemlock.mlock, b, i, i) == false, "mlock " .. told)
    end
    assert.equal("12345678", support.text(b))
  end)

  it("are refused where a range ends outside", function()
    local b = digits()
    for _, j in ipairs({ 9, -10, 2 ^ 53, math.maxinteger, 1.5, "x", {} }) do
      assert(pcall(b.byte, b, 1, j) == false, tostring(j))
      assert(pcall(b.fill, b, 0, 1, j) == false, tostring(j))
      assert(pcall(b.random, b, 1, j) == false, tostring(j))
    end
    assert.equal("12345678", support.text(b))
  end)

  it("are refused where the range runs backwards", function()
    local b = digits()
    assert.is_false(pcall(b.byte, b, 5, 3))
    assert.is_false(pcall(b.fill, b, 0, 8, 1))
    assert.is_false(pcall(b.random, b, -1, -8))
  end)

  it("outside raise an error with the caller's place", function()
    local b = digits()
    support.misuse(function()
      return b:byte(9)
    end)
    support.misuse(function()
      b:set(9, 1)
    end)
  end)

  it("have nothing to name in an empty buffer", function()
    local b = osmemlock.buffer(0)
    for _, i in ipairs({ 1, 0, -1 }) do
      assert(pcall(b.byte, b, i) == false, tostring(i))
      assert(pcall(b.set, b, i, 1) == false, tostring(i))
    end
    b:write(1, "")
    b:fill(7)
    assert.equal("", support.text(b))
  end)
end)

describe("writing", function()
  it("of bytes is all or nothing", function()
    local b = digits()
    for _, wrong in ipairs({ 256, -1, 1.5, 2 ^ 53, 0 / 0, "x", "1", {}, false, math.mininteger }) do
      assert(pcall(b.set, b, 1, 65, 66, wrong) == false, tostring(wrong))
      assert(pcall(b.fill, b, wrong) == false, tostring(wrong))
    end
    assert.is_false(pcall(b.set, b, 7, 65, 66, 67))
    assert.is_false(pcall(b.write, b, 7, "ABC"))
    assert.is_false(pcall(b.write, b, -1, "AB"))
    assert.equal("12345678", support.text(b))
  end)

  it("returns the buffer", function()
    local b = digits()
    assert.equal(b, b:set(9)) -- no bytes, right behind the last
    assert.equal(b, b:set(1, 65, 66):write(-1, "Z"):fill(48, 3, 4):copy(5, b, 1, 2))
    assert.equal("AB00AB7Z", support.text(b))
    assert.is_true(rawequal(b, b:wipe()))
  end)

  it("within one buffer may overlap", function()
    assert.equal("11234567", support.text((function(b)
      return b:copy(2, b, 1, 7)
    end)(digits())))
    assert.equal("23456788", support.text((function(b)
      return b:copy(1, b, 2, 8)
    end)(digits())))
  end)

  it("between buffers must fit", function()
    local small, large = osmemlock.buffer(4), digits()
    assert.is_false(pcall(small.copy, small, 1, large))
    assert.is_false(pcall(small.copy, small, 2, large, 1, 4))
    assert.equal("\0\0\0\0", support.text(small))
    assert.equal("5678", support.text(small:copy(1, large, -4)))
  end)

  it("of random bytes changes the range and nothing else", function()
    local b = osmemlock.buffer(64)
    assert.equal(b, b:random(17, 48))
    assert.equal(("\0"):rep(16), support.text(b):sub(1, 16))
    assert.equal(("\0"):rep(16), support.text(b):sub(-16))
    assert.not_equal(("\0"):rep(32), support.text(b):sub(17, 48))
  end)
end)
