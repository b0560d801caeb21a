-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The promises of the module on any Lua from 5.1 on, and without a test framework: INTERPRETER smoke.lua. Prints TAP.
local helper = require "helper"
local osmemlock = require "osmemlock"
local support = require "support"

local it = support.it

local unpack = table.unpack or unpack -- luacheck: ignore 143
local load = loadstring or load -- luacheck: ignore 113

it("a buffer is born zero, and has a length", function()
  local b = osmemlock.buffer(32)
  assert(#b == 32)
  assert(support.text(b) == ("\0"):rep(32))
  assert(#osmemlock.buffer(0) == 0)
end)

it("bytes go in and out", function()
  local b = osmemlock.buffer(8):write(2, "bcd"):set(1, 97):set(-1, 255)
  assert(b:byte() == 97 and b:byte(-1) == 255 and b:byte(5) == 0)
  assert(table.concat({ b:byte(1, 4) }, " ") == "97 98 99 100")
  assert(support.text(b:fill(120, 5, 7):copy(-1, b, 1, 1)) == "abcdxxxa")
  assert(select("#", b:byte(3, 2)) == 0)
end)

it("many bytes at once are many results or an error", function()
  local b = osmemlock.buffer(5000):fill(7)
  assert(select("#", b:byte(1, 5000)) == 5000)
  local huge = osmemlock.buffer(3000000)
  local ok, message = pcall(huge.byte, huge, 1, -1)
  assert(not ok and type(message) == "string")
end)

it("positions outside are errors, and nothing changes", function()
  local b = osmemlock.buffer(4):write(1, "abcd")
  for _, i in ipairs({ 0, 5, -5, 2 ^ 31, 2 ^ 53, -2 ^ 63, 2 ^ 63, 2 ^ 64, 1e300, 1 / 0, 0 / 0, 1.5, "x", {} }) do
    assert(not pcall(b.byte, b, i), "byte " .. tostring(i))
    assert(not pcall(b.byte, b, i, i), "bytes " .. tostring(i))
    assert(not pcall(b.set, b, i, 1), "set " .. tostring(i))
    assert(not pcall(b.write, b, i, "x"), "write " .. tostring(i))
  end
  assert(support.text(b) == "abcd")
end)

it("values that are no bytes are errors, and nothing changes", function()
  local b = osmemlock.buffer(4)
  for _, value in ipairs({ 256, -1, 0.5, 2 ^ 32, 2 ^ 53, 1 / 0, 0 / 0, "x", {}, true }) do
    assert(not pcall(b.set, b, 1, 1, value), tostring(value))
    assert(not pcall(b.fill, b, value), tostring(value))
  end
  assert(support.text(b) == "\0\0\0\0")
end)

it("sizes that are no sizes are errors", function()
  support.collect()
  local before = support.live()
  for _, size in ipairs({ -1, 0.5, 1 / 0, -1 / 0, 0 / 0, 1e300, 2 ^ 64, -2 ^ 53, "x", {}, true, print }) do
    assert(not pcall(osmemlock.buffer, size), tostring(size))
    assert(not pcall(osmemlock.random, size), tostring(size))
  end
  for _, size in ipairs({ 2 ^ 46, 2 ^ 53, 2 ^ 62 }) do
    local ok, b = pcall(osmemlock.buffer, size)
    assert(not ok or b == nil, tostring(size))
  end
  assert(not pcall(osmemlock.buffer))
  assert(support.live() == before)
end)

it("unknown options are errors", function()
  assert(support.misuse(function()
    local b = osmemlock.buffer(8, { gaurded = true })
    return b
  end, "gaurded"))
  assert(not pcall(osmemlock.buffer, 8, { policy = "lax" }))
  assert(not pcall(osmemlock.buffer, 8, { max = 8 }))
  assert(osmemlock.buffer(8, { guarded = true, policy = "strict", fork = "wipe" }))
end)

it("words are compared whole, not up to a zero", function()
  local b = osmemlock.buffer(8, { guarded = true })
  local function harden(word)
    return osmemlock.harden(word)
  end
  local function undo(word)
    return osmemlock.harden_undo(word)
  end
  for number, call in ipairs({
    { osmemlock.buffer, 8, { policy = "strict\0" } }, { osmemlock.buffer, 8, { fork = "keep\0x" } },
    { osmemlock.buffer, 8, { ["guarded\0"] = true } },
    { osmemlock.from_file, "/dev/null", { ["max\0x"] = 9, allow_empty = true } },
    { osmemlock.from_command, { "true" }, { ["env\0"] = {}, allow_empty = true } },
    { b.protect, b, "read\0" }, { b.encode, b, "hex\0x" }, { b.decode, b, "hex\0x" }, { harden, "core_limit\0" }, { undo, "undumpable\0x" },
  }) do
    local ok, message = pcall(call[1], call[2], call[3])
    assert(not ok and (message:find("zeros") or message:find("option '")), "call number " .. number .. ": " .. tostring(message))
  end
end)

it("what is too small to be a buffer is none, whatever its metatable", function()
  local b = osmemlock.buffer(1)
  local small = newproxy and newproxy() or debug.upvalueid and debug.upvalueid(function() return b end, 1) -- luacheck: ignore 113
  local before = debug.getmetatable(small)
  debug.setmetatable(small, debug.getmetatable(b))
  local closed, message = pcall(b.closed, small)
  debug.getmetatable(b).__gc(small)
  debug.setmetatable(small, before)
  assert(not closed and message:find("osmemlock.buffer expected, got userdata", 1, true), message)
end)

it("what is no buffer is an error, and no crash", function()
  local b = osmemlock.buffer(1)
  for name, method in pairs(debug.getmetatable(b).__index) do
    for _, value in ipairs({ 1, "x", {}, true, io.stdout, print, osmemlock.disable_core_dumps_with_guard() }) do
      assert(not pcall(method, value, 1, 1), name .. " of a " .. type(value))
    end
    assert(not pcall(method), name)
  end
end)

it("misuse tells the caller's place", function()
  local b = osmemlock.buffer(4)
  support.misuse(function()
    local byte = b:byte(5)
    return byte
  end)
end)

it("close wipes, may be repeated, and is final", function()
  support.collect()
  local before = support.live()
  local b = osmemlock.buffer(8)
  assert(support.live() == before + 1 and not b:closed())
  assert(b:close() == true and b:close() == true and b:closed())
  assert(support.live() == before and b:info().size == 8)
  local arguments = { set = { 1, 1 }, write = { 1, "x" }, fill = { 0 }, copy = { 1, osmemlock.buffer(1) }, equal = { "x" },
    sub = {}, find = { "x" }, encode = { "hex" }, decode = { "hex" },
    write_fd = { 1 }, read_fd = { 0 }, protect = { "none" }, expose = { print } }
  for name, method in pairs(debug.getmetatable(b).__index) do
    if name ~= "close" and name ~= "closed" and name ~= "info" then
      support.misuse(function()
        local answer = method(b, unpack(arguments[name] or {}))
        return answer
      end, "closed")
    end
  end
end)

it("the finalizer may run again", function()
  local b = osmemlock.buffer(8)
  local meta = debug.getmetatable(b)
  for _ = 1, 3 do
    meta.__gc(b)
    meta.__close(b)
  end
  assert(b:closed() and not pcall(b.byte, b, 1) and tostring(b))
end)

it("the metatable is sealed", function()
  local b = osmemlock.buffer(8):write(1, "sesame!!")
  assert(getmetatable(b) == false)
  assert(not pcall(setmetatable, b, {}))
  assert(not pcall(function()
    b.x = 1
  end))
  assert(not pcall(function()
    return b .. "x"
  end))
  assert(not pcall(function()
    return "x" .. b
  end))
  assert(not tostring(b):find("sesame", 1, true) and not tostring(b):find("0x"))
  assert(not pcall(string.format, "Bearer %s", b) and not pcall(string.format, "%q", b) and not pcall(string.format, "%d", b))
  assert(("%s"):format(tostring(b)) == tostring(b)) -- a log may have it
end)

it("equality is by the bytes", function()
  local a, b = osmemlock.buffer(4):write(1, "abcd"), osmemlock.buffer(4):write(1, "abcd")
  assert(a == b and a:equal(b) and a:equal("abcd"))
  assert(a ~= b:set(4, 101) and a ~= osmemlock.buffer(5) and not a:equal("abc"))
end)

it("with closes, on success and on error", function()
  local outside
  local function keep(b)
    outside = b
    return 1, nil, 3
  end
  local one, none, three = osmemlock.with(8, keep)
  assert(one == 1 and none == nil and three == 3 and outside:closed())
  local thrown = {}
  local ok, caught = pcall(osmemlock.with, 8, { guarded = true }, function(b)
    keep(b)
    error(thrown)
  end)
  assert(not ok and caught == thrown and outside:closed())
  osmemlock.with(osmemlock.random(8), keep)
  assert(outside:closed())
end)

it("with needs no function of the program's globals", function()
  local globals, kept = _G, {}
  for name, value in pairs(globals) do
    kept[name] = value
  end
  for name in pairs(kept) do
    globals[name] = nil
  end
  local ok, result = kept.pcall(osmemlock.with, 8, function(b)
    return #b
  end)
  for name, value in kept.pairs(kept) do
    globals[name] = value
  end
  assert(ok and result == 8, result)
end)

it("with inside a coroutine closes", function()
  local outside
  local thread = coroutine.create(function()
    return osmemlock.with(8, function(b)
      outside = b
      coroutine.yield(1)
      return 2
    end)
  end)
  local ok, one = coroutine.resume(thread)
  -- Lua 5.1 cannot yield across C, and says so; the buffer is closed then, too.
  if ok then
    assert(one == 1 and not outside:closed())
    assert(select(2, coroutine.resume(thread)) == 2)
  end
  assert(outside:closed())
end)

it("what nobody closed is collected", function()
  support.collect()
  local before = support.live()
  for _ = 1, 1000 do
    osmemlock.buffer(32)
  end
  support.collect()
  assert(support.live() == before)
end)

it("the end of a state closes what is open there", function()
  support.collect()
  local before = support.live()
  assert(helper.state('held = {} for i = 1, 50 do held[i] = require("osmemlock").random(i) end') == nil)
  assert(support.live() == before)
end)

it("a forked child sees nothing, or with keep a copy", function()
  local b = osmemlock.buffer(4):write(1, "abcd")
  local kept = osmemlock.buffer(4, { fork = "keep" }):write(1, "abcd")
  assert(helper.fork(function()
    support.misuse(function()
      local byte = b:byte(1)
      return byte
    end, "fork")
    assert(b:close() and support.text(kept) == "abcd")
    kept:wipe()
    return osmemlock.random(8) ~= nil
  end) == 0)
  assert(support.text(b) == "abcd" and support.text(kept) == "abcd")
end)

it("a program is run where it is told, with the environment that it is given", function()
  local script = { "/bin/sh", "-c", "echo [$ONLY][$EMPTY][$HOME]; pwd" }
  local b = assert(osmemlock.from_command(script, { env = { ONLY = "a=b", EMPTY = "" }, cwd = "/usr", input = osmemlock.buffer(0) }))
  assert(support.text(b) == "[a=b][][]\n/usr\n")
  assert(not pcall(osmemlock.from_command, script, { env = { ["A=B"] = "" } }))
end)

it("a command has nearly as many words as a C function may have values, in the Lua that allows the fewest", function()
  local words = { "true" }
  for i = 2, 7900 do
    words[i] = "x"
  end
  assert(#assert(osmemlock.from_command(words, { allow_empty = true })) == 0)
end)

it("finalizers may change the environment that is given", function()
  local env, changed = {}, 0
  local function change()
    changed = changed + 1
    for name in pairs(env) do
      env[name] = nil
    end
  end
  while changed < 3 do
    for i = 1, 100 do
      env["V" .. i] = "is " .. i
    end
    if newproxy then -- luacheck: ignore 113
      getmetatable(newproxy(true)).__gc = change -- luacheck: ignore 113
    else
      setmetatable({}, { __gc = change })
    end
    local b = assert(osmemlock.from_command({ "env" }, { env = env, allow_empty = true }))
    assert(not support.text(b):gsub("V(%d+)=is (%d+)\n", function(name, value)
      return name == value and ""
    end):find("."))
  end
end)

it("a file is read", function()
  local path = support.file("sesame\r\n")
  assert(support.text(osmemlock.from_file(path)) == "sesame\r\n")
  assert(support.text(osmemlock.from_file(path, { trim_newline = true })) == "sesame")
  support.refused("OSML_ETOOBIG", osmemlock.from_file(path, { max = 4 }))
  support.refused(2, osmemlock.from_file("/no/such/file"))
  support.refused(21, osmemlock.from_file("/"))
  local file = assert(io.open(path, "rb"))
  assert(support.text(osmemlock.from_fd(file, { trim_newline = true })) == "sesame")
  assert(io.type(file) == "file")
  file:close()
  assert(not pcall(osmemlock.from_fd, file))
  os.remove(path)
end)

it("a Lua file is read from its own position on", function()
  local path = support.file("line\nsesame")
  local file = assert(io.open(path, "rb"))
  assert(file:read("*l") == "line")
  assert(support.text(osmemlock.from_fd(file)) == "sesame")
  file:close()
  os.remove(path)
  local pipe = assert(io.popen("printf 'one\\ntwo\\n'"))
  assert(pipe:read("*l") == "one")
  assert(not pcall(osmemlock.from_fd, pipe))
  pipe:close()
end)

it("a descriptor is read and written", function()
  local from, to = helper.pipe()
  assert(osmemlock.buffer(4):write(1, "a\0b\n"):write_fd(to))
  helper.close(to)
  assert(support.text(osmemlock.from_fd(from)) == "a\0b\n")
  helper.close(from)
  support.refused(9, osmemlock.from_fd(987654))
  support.refused(9, osmemlock.buffer(1):write_fd(987654))
end)

it("the environment is read and scrubbed", function()
  helper.setenv("OSML_LUA_SECRET", "sesame")
  assert(support.text(osmemlock.from_env("OSML_LUA_SECRET")) == "sesame")
  assert(os.getenv("OSML_LUA_SECRET") == nil)
  support.refused(2, osmemlock.from_env("OSML_LUA_SECRET"))
  assert(not pcall(osmemlock.from_env, "A=B"))
end)

it("text is decoded in place", function()
  assert(support.text(osmemlock.buffer(6):write(1, "616263"):decode("hex")) == "abc")
  assert(support.text(osmemlock.buffer(4):write(1, "YWJj"):decode("base64")) == "abc")
  local b = osmemlock.buffer(2):write(1, "zz")
  support.refused("OSML_EFORMAT", b:decode("hex"))
  assert(support.text(b) == "zz" and not pcall(b.decode, b, "rot13"))
end)

it("a secret is put together, cut and found", function()
  local key = osmemlock.buffer(5):write(1, "t0k3n")
  local header = osmemlock.join({ "Bearer ", key, "\r\n" })
  assert(support.text(header) == "Bearer t0k3n\r\n" and #header == 14)
  assert(support.text(header:sub(8, -3)) == "t0k3n" and support.text(header:sub(20)) == "")
  local first, last = header:find(key)
  assert(first == 8 and last == 12 and header:find("x") == nil and header:find("e", 4) == 5)
  assert(support.text(key:encode("base32")) == "OQYGWM3O" and support.text(key) == "t0k3n")
  assert(not pcall(osmemlock.join, { 1 }) and not pcall(osmemlock.join, "ab"))
end)

it("guarded buffers can be shut", function()
  local b = osmemlock.buffer(4, { guarded = true })
  b:protect("none")
  assert(not pcall(b.byte, b, 1))
  b:protect("read")
  assert(b:byte(1) == 0 and not pcall(b.set, b, 1, 1))
  b:protect("readwrite"):set(1, 1)
  support.refused("OSML_EUNSUPPORTED", osmemlock.buffer(4):protect("none"))
end)

it("random bytes are random", function()
  local a, b = osmemlock.random(32), osmemlock.random(32)
  assert(a ~= b and a ~= osmemlock.buffer(32))
  assert(osmemlock.buffer(32):random() ~= a)
end)

it("the kernel confirms the protections", function()
  local b = osmemlock.buffer(32)
  assert(support.locked() > 0)
  local holds = assert(b:verify())
  assert(holds.locked and holds.nodump and holds.wipeonfork and holds.canary)
  assert(osmemlock.info().live_buffers >= 1 and osmemlock.info().page_size % 4096 == 0)
end)

it("runtime errors work with assert", function()
  local ok, message = pcall(function()
    return assert(osmemlock.from_file("/no/such/file"))
  end)
  assert(not ok and message:find("No such file", 1, true) and message:find("/no/such/file", 1, true))
end)

it("expose's string is the bytes, and its error is the caller's", function()
  local b = osmemlock.buffer(4):write(1, "abcd")
  assert(b:expose(function(s)
    return s
  end) == "abcd")
  local thrown = {}
  local ok, caught = pcall(b.expose, b, function()
    error(thrown)
  end)
  assert(not ok and caught == thrown)
end)

it("programs end in any way with open buffers", function()
  local make = 'local b = require("osmemlock").random(32) '
  assert(support.run(make) == 0)
  assert(support.run(make .. "os.exit(3)") == 3)
  assert(support.run(make .. "os.exit(4, true)") == 4)
  assert(support.run(make .. "held = b:expose(function(s) return s end)") == 0)
  assert(support.run(make .. "coroutine.wrap(function() os.exit(5, true) end)()") == 5)
  assert(support.run(make .. "error('enough')") == 1)
end)

if load("local x <close> = nil") then
  it("the scope closes", function()
    local f = assert(load([[
      local osmemlock, throw = ...
      local outside
      local ok = pcall(function()
        local b <close> = osmemlock.buffer(8)
        outside = b
        if throw then
          error("enough")
        end
      end)
      return outside:closed() and ok == not throw
    ]]))
    assert(f(osmemlock, false) and f(osmemlock, true))
  end)
end

support.done(type(jit) == "table" and jit.version or _VERSION) -- luacheck: ignore 113
