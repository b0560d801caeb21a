-- SPDX-License-Identifier: MIT OR Apache-2.0
-- osmemlock.ffi, and buffers that are given to the FFI as they are (audit U3): LUA ffi.lua. Prints TAP.
local osmemlock = require "osmemlock"
local support = require "support"

if not rawget(_G, "jit") then
  local ok, message = pcall(require, "osmemlock.ffi")
  assert(not ok and message:find("for LuaJIT", 1, true), message)
  print("ok 1 - osmemlock.ffi says that it is for LuaJIT\n1..1")
  os.exit(0)
end

local ffi = require "ffi"
local client = require "client"
local helper = require "helper"
local door = require "osmemlock.ffi"
ffi.cdef [[
  void *memset(void *to, int byte, size_t n);
  const void *EVP_sha256(void);
  const unsigned char *HMAC(const void *md, const void *key, int key_len, const char *d, size_t n, unsigned char *out, unsigned *out_len);
]]
local libcrypto = ffi.load("libcrypto.so.3")
local it = support.it

local function buffer(bytes)
  return osmemlock.buffer(#bytes):write(1, bytes)
end

-- The decoders refuse a pinned buffer.
local function is_pinned(b)
  local ok, message = pcall(b.decode, b, "hex")
  assert(ok or message:find("pin"), message)
  return not ok
end

local function hmac(key, len, message)
  local mac = ffi.new("unsigned char[32]")
  libcrypto.HMAC(libcrypto.EVP_sha256(), key, len, message, #message, mac, nil)
  return ffi.string(mac, 32)
end

it("the manual names what there is", function()
  local told = {}
  for line in io.lines("lua/meta/osmemlock/ffi.lua") do
    told[line:match("^function door%.(%w+)") or ""] = true
  end
  for name in pairs(door) do assert(told[name], name) end
  for name in pairs(told) do assert(name == "" or door[name], name) end
end)

it("a view has the bytes where they are, to read and to write", function()
  local b = buffer("sesame")
  local view = door.pin(b)
  assert(#view == 6 and view.len == 6 and ffi.string(view.data, #view) == "sesame")
  view.data[0] = 83
  assert(b:byte(1) == 83)
  view:unpin()
end)

it("a view keeps the buffer pinned, and is dead afterwards; a second unpin does nothing", function()
  local b = buffer("4a65")
  local view = door.pin(b)
  assert(is_pinned(b))
  door.unpin(view)
  assert(not is_pinned(b) and view.data == nil and #view == 0)
  door.unpin(view)
  view:unpin()
end)

it("C functions work on it: RFC 4231, case 2", function()
  local key = buffer("Jefe")
  local mac = door.view(key, function(view) return hmac(view.data, #view, "what do ya want for nothing?") end)
  assert(mac:sub(1, 4) == "\91\220\193\70")
end)

it("view() returns what its function does, and passes arguments on", function()
  local a, b, c = door.view(buffer("x"), function(view, ...) return #view, ... end, nil, "y")
  assert(a == 1 and b == nil and c == "y")
  assert(select("#", door.view(buffer("x"), function() end)) == 0)
end)

it("an error in view() comes out unchanged, and nothing stays pinned", function()
  local b, thrown = buffer("4a65"), {}
  local ok, caught = pcall(door.view, b, function() error(thrown) end)
  assert(not ok and caught == thrown and not is_pinned(b))
end)

it("a view that is dropped is unpinned by the collector", function()
  local b = buffer("4a65")
  door.pin(b)
  assert(is_pinned(b))
  support.collect()
  assert(not is_pinned(b))
end)

it("closed or collected meanwhile: zeros, and an error at the end", function()
  local b = buffer("sesame")
  local view = door.pin(b)
  b:close()
  assert(ffi.string(view.data, 6) == "\0\0\0\0\0\0")
  support.misuse(function() door.unpin(view) end, "closed")
  assert(view.data == nil)
  b = buffer("sesame")
  support.misuse(function() return (door.view(b, function() b:close() return "a result" end)) end, "closed")
  view = door.pin(buffer("sesame"))
  support.collect()
  for _ = 1, 100 do buffer("others") end
  assert(ffi.string(view.data, 6) == "\0\0\0\0\0\0")
  support.misuse(function() view:unpin() end, "closed")
end)

it("a view that outlives a yield is still there", function()
  local b = buffer("sesame")
  local thread = coroutine.wrap(function()
    return door.view(b, function(view)
      coroutine.yield(view.data[0])
      return view.data[5]
    end)
  end)
  assert(thread() == 115)
  support.collect()
  assert(thread() == 101)
end)

it("views of empty and of large buffers", function()
  assert(door.view(osmemlock.buffer(0), function(view) return #view end) == 0)
  local large = osmemlock.buffer(1048576)
  door.view(large, function(view) view.data[1048575] = 7 end)
  assert(large:byte(-1) == 7)
end)

it("what is no open, readable buffer is an error", function()
  local closed, shut = buffer("x"), osmemlock.buffer(8, { guarded = true }):protect("none")
  closed:close()
  support.misuse(function() door.pin(closed) end, "closed")
  support.misuse(function() door.pin(shut) end, "access")
  support.misuse(function() door.pin(client.bit_copy(buffer("x"))) end)
  local bare = newproxy() -- luacheck: ignore 113
  for _, wrong in ipairs({ 5, "x", true, print, {}, { closed = shut.closed }, io.stdout, bare, ffi.new("int[1]") }) do
    support.misuse(function() return (door.view(wrong, print)) end)
  end
  for _, wrong in ipairs({ buffer("x"), 5, "x", {}, ffi.new("void *[3]") }) do
    support.misuse(function() door.unpin(wrong) end, "view expected")
  end
  assert(not pcall(door.pin) and not pcall(door.unpin))
  shut:close()
end)

it("a child of fork() is refused", function()
  local b = buffer("sesame")
  assert(helper.fork(function() return not pcall(door.pin, b) end) == 0)
end)

it("compiled loops pin and unpin, and leave nothing", function()
  local b, sum = buffer("4a65"), 0
  support.collect()
  local before = support.live()
  for _ = 1, 100000 do
    local view = door.pin(b)
    sum = sum + view.data[0]
    view:unpin()
  end
  assert(sum == 52 * 100000 and not is_pinned(b) and support.live() == before)
end)

-- The buffer itself, where view.data is meant.
it("a buffer as a key by mistake: the key is nobody's", function()
  local function mac(b) return hmac(b, #b, "message") end
  local function here(b) return ffi.string(ffi.cast("const char *", b), 64) end
  local one, other = osmemlock.random(32), osmemlock.random(32)
  assert(here(one) == here(other) and here(one) ~= ("\0"):rep(64) and here(one):sub(1, 32) ~= here(one):sub(33))
  assert(mac(one) == mac(other) and mac(one) ~= door.view(one, function(view) return hmac(view.data, #view, "message") end))
  local file = assert(io.popen(arg[-1] .. [[ -e 'local b = require("osmemlock").buffer(8) local ffi = require "ffi"
    io.write((ffi.string(ffi.cast("const char *", b), 64):gsub(".", function(c) return ("%02x"):format(c:byte()) end)))']]))
  local elsewhere = file:read("*a")
  file:close()
  assert(#elsewhere == 128 and elsewhere ~= here(one):gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end)

it("a buffer as a destination by mistake: an error at the next use, and no crash", function()
  for _, n in ipairs({ 8, 16, 32, 64 }) do
    local b = osmemlock.buffer(n)
    ffi.C.memset(b, 0x5a, n)
    support.misuse(function() return (b:byte(1)) end, "written over")
    support.misuse(function() door.pin(b) end)
    assert(not pcall(osmemlock.join, { b }) and not pcall(tostring, b))
  end
  support.collect()
end)

support.done("osmemlock.ffi")
