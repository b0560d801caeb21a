-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Bad input is an error or `nil, message, code`, never a crash, and no buffer is left behind.
local osmemlock = require "osmemlock"
local support = require "support"

local SEALED = osmemlock.buffer(1)

-- One of every kind of value that is no buffer.
local NO_BUFFERS = {
  number = 1, text = "osmemlock.buffer", table = setmetatable({}, { __name = "osmemlock.buffer" }), yes = true, file = io.stdout,
  call = print, thread = coroutine.create(print), guard = osmemlock.disable_core_dumps_with_guard(),
}
NO_BUFFERS.guard:release() -- while one is held, the limit stays as it is for all tests

local function methods()
  local names = {}
  for name in pairs(debug.getmetatable(SEALED).__index) do
    names[#names + 1] = name
  end
  return names
end

describe("sizes", function()
  it("that are no sizes are refused", function()
    for _, size in ipairs({ -1, -2 ^ 53, 1.5, 0 / 0, 1 / 0, -1 / 0, 1e300, math.mininteger, "x", "", {}, true, print, "-1" }) do
      local before = support.live()
      assert(pcall(osmemlock.buffer, size) == false, tostring(size))
      assert(pcall(osmemlock.random, size) == false, tostring(size))
      assert(pcall(osmemlock.with, size, print) == false, tostring(size))
      assert.equal(before, support.live())
    end
    assert.is_false(pcall(osmemlock.buffer))
    assert.is_false(pcall(osmemlock.buffer, nil))
  end)

  it("that no memory has are refused one way or the other", function()
    for _, size in ipairs({ 2 ^ 53, math.maxinteger, math.maxinteger - 4096, 2 ^ 47, 2 ^ 62 }) do
      local before = support.live()
      local ok, b, message, code = pcall(osmemlock.buffer, size)
      if ok then
        assert(b == nil and type(message) == "string" and code ~= nil, tostring(size))
      end
      assert.equal(before, support.live())
    end
  end)

  it("of zero are sizes", function()
    local b = osmemlock.buffer(0)
    assert.equal(0, #b)
    assert.is_true(b == osmemlock.random(0))
    assert.is_true(b:close())
  end)

  it("may be written as floats with whole values", function()
    assert.equal(32, #osmemlock.buffer(32.0))
  end)
end)

describe("options", function()
  it("that do not exist are refused by name", function()
    for _, make in ipairs({ osmemlock.buffer, osmemlock.random }) do
      local message = support.misuse(function()
        return make(8, { gaurded = true })
      end)
      assert.truthy(message:find("gaurded", 1, true))
    end
    assert.is_false(pcall(osmemlock.from_file, "/dev/null", { trim = true }))
    assert.is_false(pcall(osmemlock.from_env, "PATH", { trim = true }))
    assert.is_false(pcall(osmemlock.from_fd, 0, { trim = true }))
    assert.is_false(pcall(osmemlock.from_credential, "x", { trim = true }))
    assert.is_false(pcall(osmemlock.prompt, "x", { trim = true }))
    assert.is_false(pcall(osmemlock.with, 8, { trim = true }, print))
    assert.is_false(pcall(osmemlock.buffer, 8, { "guarded" }))
  end)

  it("of a source mean nothing to a buffer", function()
    assert.is_false(pcall(osmemlock.buffer, 8, { max = 8 }))
    assert.is_false(pcall(osmemlock.buffer, 8, { trim_newline = true }))
    assert.is_false(pcall(osmemlock.prompt, "x", { trim_newline = true }))
  end)

  it("with wrong values are refused", function()
    local wrong = {
      { policy = "lax" }, { policy = 1 }, { policy = {} }, { fork = "copy" }, { fork = true }, { fork = 0 }, { guarded = "yes" },
      { guarded = 1 }, { secretmem = "yes" },
    }
    for _, options in ipairs(wrong) do
      local key, value = next(options)
      assert(pcall(osmemlock.buffer, 8, options) == false, key .. " = " .. tostring(value))
    end
    support.misuse(function()
      osmemlock.buffer(8, { fork = "copy" })
    end, "bad value for option 'fork': it must be 'wipe', 'keep' or 'nofork'")
    assert.equal(0, #osmemlock.from_file("/dev/null", { max = 2 ^ 62, allow_empty = true })) -- the largest
    for _, max in ipairs({ -1, 1.5, "x", {}, 0 / 0, -2 ^ 53, 2 ^ 63 }) do
      assert(pcall(osmemlock.from_file, "/dev/null", { max = max }) == false, tostring(max))
    end
    for _, options in ipairs({ 1, "guarded", true, io.stdout }) do
      assert(pcall(osmemlock.buffer, 8, options) == false, tostring(options))
    end
  end)

  it("are taken as they are meant", function()
    for _, options in ipairs({ {}, { policy = "strict" }, { policy = "best_effort" }, { fork = "wipe" }, { guarded = false } }) do
      assert(osmemlock.buffer(8, options)):close()
    end
    assert.is_true(osmemlock.buffer(8, { guarded = true }):info().protections.guarded)
    assert.is_true(osmemlock.buffer(8, { fork = "nofork" }):info().protections.nofork)
    assert.is_nil(osmemlock.buffer(8, { fork = "keep" }):info().protections.wipeonfork)
  end)
end)

describe("memfd_secret", function()
  it("is had, or refused where the kernel has none", function()
    local b, message, code = osmemlock.buffer(8, { secretmem = true, policy = "strict" })
    if osmemlock.info().supported_protections.secretmem then
      assert.is_true(b:info().protections.secretmem)
      assert.equal(1, b:set(1, 1):byte(1))
    else
      assert.is_nil(b)
      assert.equal("OSML_EUNSUPPORTED", code, message)
    end
  end)
end)

describe("what is no buffer", function()
  it("is refused by every method", function()
    for _, name in ipairs(methods()) do
      local method = SEALED[name]
      for kind, value in pairs(NO_BUFFERS) do
        assert(pcall(method, value, 1, 1) == false, name .. " of a " .. kind)
      end
      assert(pcall(method) == false, name)
      assert(pcall(method, nil) == false, name)
    end
  end)

  it("is refused by every metamethod", function()
    for name, method in pairs(debug.getmetatable(SEALED)) do
      if type(method) == "function" then
        for kind, value in pairs(NO_BUFFERS) do
          assert(pcall(method, value, value) == false or name == "__eq", name .. " of a " .. kind)
        end
      end
    end
  end)

  it("is refused as a second buffer", function()
    local b = osmemlock.buffer(4)
    for kind, value in pairs(NO_BUFFERS) do
      assert(pcall(b.copy, b, 1, value) == false, "copy from a " .. kind)
      assert(pcall(osmemlock.mlock, value) == false, "mlock of a " .. kind)
      assert(pcall(osmemlock.munlock, value) == false, "munlock of a " .. kind)
      assert(pcall(osmemlock.madvise_dontdump, value) == false, "madvise_dontdump of a " .. kind)
      if kind ~= "text" and kind ~= "number" then
        assert(pcall(b.equal, b, value) == false, "equal with a " .. kind)
      end
    end
    assert.is_false(pcall(b.equal, b))
  end)

  it("is no guard", function()
    local release = NO_BUFFERS.guard.release
    for kind, value in pairs(NO_BUFFERS) do
      assert(kind == "guard" or pcall(release, value) == false, kind)
    end
    assert.is_false(pcall(release, SEALED))
  end)
end)

describe("other arguments", function()
  it("are refused where they are missing or of the wrong type", function()
    local b = osmemlock.buffer(4)
    local calls = {
      { b.set, b }, { b.set, b, "x", 1 }, { b.set, b, 1, {} }, { b.write, b }, { b.write, b, 1 }, { b.write, b, 1, {} },
      { b.write, b, 1, b },
      { b.fill, b }, { b.fill, b, {} }, { b.copy, b, 1 }, { b.copy, b }, { b.write_fd, b }, { b.write_fd, b, "x" }, { b.write_fd, b, {} },
      { b.read_fd, b }, { b.read_fd, b, b }, { b.read_fd, b, 0, 0 }, { b.read_fd, b, 0, 6 }, { b.read_fd, b, 0, 1, 5 },
      { b.read_fd, b, 0, 1, -1 }, { b.read_fd, b, 0, 2, 4 }, { b.read_fd, b, 0, 1, 1, { max = 1 } },
      { b.write_fd, b, b }, { b.write_fd, b, 1.5 }, { b.protect, b }, { b.protect, b, "execute" }, { b.protect, b, 1 }, { b.expose, b },
      { osmemlock.from_fd }, { osmemlock.from_fd, "x" }, { osmemlock.from_fd, {} }, { osmemlock.from_fd, b }, { osmemlock.from_fd, 1.5 },
      { osmemlock.from_fd, 2 ^ 31 }, { osmemlock.from_fd, 2 ^ 53 }, { osmemlock.from_file }, { osmemlock.from_file, {} },
      { osmemlock.from_file, b }, { osmemlock.from_env }, { osmemlock.from_env, {} }, { osmemlock.from_credential },
      { osmemlock.from_credential, {} }, { osmemlock.prompt, {} }, { osmemlock.with }, { osmemlock.with, 8 }, { osmemlock.with, 8, {} },
      { osmemlock.with, 8, {}, 1 }, { osmemlock.with, "x", print }, { osmemlock.harden, "everything" }, { osmemlock.harden, {} },
      { osmemlock.harden_undo, "everything" }, { osmemlock.set_windows_error_mode }, { osmemlock.set_windows_error_mode, "x" },
      { osmemlock.set_windows_error_mode, -1 }, { osmemlock.set_windows_error_mode, 2 ^ 32 }, { osmemlock.set_windows_error_mode, 1.5 },
    }
    local before = support.live()
    for number, call in ipairs(calls) do
      assert(pcall(table.unpack(call)) == false, "call number " .. number)
    end
    assert.equal(before, support.live())
  end)

  it("that are names with a NUL inside are refused", function()
    assert.is_false(pcall(osmemlock.from_file, "/dev/null\0/etc/passwd") and osmemlock.from_file("/dev/null\0/etc/passwd") ~= nil)
    assert.is_false(pcall(osmemlock.from_env, "PATH\0X") and osmemlock.from_env("PATH\0X") ~= nil)
    assert.truthy(os.getenv("PATH"))
  end)

  -- Audit L12: what options inherit is seen by no loop over the table.
  it("that are options with a metatable are refused", function()
    local strict = setmetatable({}, { __index = { policy = "strict" } })
    local makers = { { osmemlock.buffer, 8 }, { osmemlock.random, 8 }, { osmemlock.from_file, "/dev/null" }, { osmemlock.join, {} } }
    for _, call in ipairs(makers) do
      support.misuse(function()
        return (call[1](call[2], strict))
      end, "metatable")
    end
  end)

  it("leave the module as it was: there is no way to change it from a buffer", function()
    assert.is_false(pcall(rawset, SEALED, "byte", print))
  end)
end)
