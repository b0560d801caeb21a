-- SPDX-License-Identifier: MIT OR Apache-2.0
-- From the source into the buffer, and what happens when there is none.
local helper = require "helper"
local osmemlock = require "osmemlock"
local support = require "support"

local ENOENT, EBADF, EISDIR, EACCES, ENXIO = 2, 9, 21, 13, 6

-- A descriptor from which these bytes come, and then the end.
local function pipe_with(bytes)
  local from, to = helper.pipe()
  helper.write(to, bytes)
  helper.close(to)
  return from
end

local function with_file(bytes, f)
  local path = support.file(bytes)
  f(path)
  os.remove(path)
end

describe("from_file", function()
  it("gives the bytes of the file, NULs and all", function()
    for _, bytes in ipairs({ "", "x", "sesame\n", "a\0b\r\n", ("0123456789abcdef"):rep(4096) }) do
      with_file(bytes, function(path)
        assert.equal(bytes, support.text(osmemlock.from_file(path)))
      end)
    end
  end)

  it("drops one newline when asked", function()
    local trimmed = { ["a\n"] = "a", ["a\r\n"] = "a", ["a\n\n"] = "a\n", ["\n"] = "", ["a\r"] = "a\r", ["a"] = "a", [""] = "" }
    for bytes, wanted in pairs(trimmed) do
      with_file(bytes, function(path)
        assert.equal(wanted, support.text(osmemlock.from_file(path, { trim_newline = true })))
      end)
    end
  end)

  it("refuses what is longer than max", function()
    with_file("12345678", function(path)
      local before = support.live()
      support.refused("OSML_ETOOBIG", osmemlock.from_file(path, { max = 7 }))
      support.refused("OSML_ETOOBIG", osmemlock.from_file(path, { max = 0 }))
      assert.equal(before, support.live())
      assert.equal(8, #osmemlock.from_file(path, { max = 8 }))
    end)
    support.refused("OSML_ETOOBIG", osmemlock.from_file("/dev/zero"))
  end)

  it("takes 65536 bytes unless told", function()
    with_file(("x"):rep(65536), function(path)
      assert.equal(65536, #osmemlock.from_file(path))
    end)
    with_file(("x"):rep(65537), function(path)
      support.refused("OSML_ETOOBIG", osmemlock.from_file(path))
      assert.equal(65537, #osmemlock.from_file(path, { max = 65537 }))
    end)
  end)

  it("says what the system said", function()
    local before = support.live()
    support.refused(ENOENT, osmemlock.from_file("/no/such/file"))
    support.refused(ENOENT, osmemlock.from_file(""))
    support.refused(EISDIR, osmemlock.from_file("/"))
    assert.equal(before, support.live())
  end)

  it("gives the same number as the io library", function()
    local _, _, wanted = io.open("/no/such/file")
    support.refused(wanted, osmemlock.from_file("/no/such/file"))
  end)

  it("takes the options of a buffer", function()
    with_file("sesame", function(path)
      local b = osmemlock.from_file(path, { guarded = true, fork = "absent" })
      assert.is_true(b:info().protections.guarded)
      assert.is_true(b:info().protections.nofork)
    end)
  end)
end)

describe("from_fd", function()
  it("reads a descriptor to its end and leaves it open", function()
    local from = pipe_with("a\0b\n")
    assert.equal("a\0b\n", support.text(osmemlock.from_fd(from)))
    assert.equal("", support.text(osmemlock.from_fd(from)))
    assert.is_true(helper.close(from))
  end)

  it("says what the system said", function()
    support.refused(EBADF, osmemlock.from_fd(987654))
    assert.is_false(pcall(osmemlock.from_fd, -1) and osmemlock.from_fd(-1) ~= nil)
  end)

  it("refuses what is longer than max", function()
    local from = pipe_with("12345678")
    support.refused("OSML_ETOOBIG", osmemlock.from_fd(from, { max = 4 }))
    helper.close(from)
  end)

  it("reads a Lua file from its own position on, and leaves it open", function()
    with_file("first line\nsesame\n", function(path)
      local file = assert(io.open(path, "rb"))
      assert.equal("first line", file:read("l"))
      assert.equal("sesame", support.text(osmemlock.from_fd(file, { trim_newline = true })))
      assert.equal("file", io.type(file))
      file:close()
    end)
  end)

  it("reads a pipe that io.popen opened", function()
    local file = assert(io.popen("echo sesame", "r"))
    assert.equal("sesame", support.text(osmemlock.from_fd(file, { trim_newline = true })))
    file:close()
  end)

  it("refuses a pipe of which Lua holds bytes back", function()
    local file = assert(io.popen("printf 'one\\ntwo\\n'", "r"))
    assert.equal("one", file:read("l"))
    assert.is_false(pcall(osmemlock.from_fd, file))
    file:close()
  end)

  it("refuses a closed file", function()
    local file = assert(io.open("/dev/null"))
    file:close()
    support.misuse(function()
      return osmemlock.from_fd(file)
    end, "closed")
  end)

  it("says what the system said of a file that is only written", function()
    with_file("", function(path)
      local file = assert(io.open(path, "w"))
      support.refused(EBADF, osmemlock.from_fd(file))
      file:close()
    end)
  end)
end)

describe("write_fd", function()
  it("gives a pipe all the bytes", function()
    local from, to = helper.pipe()
    local b = osmemlock.buffer(4):write(1, "a\0b\n")
    assert.equal(b, b:write_fd(to))
    assert.equal("a\0b\n", helper.read(from))
    helper.close(from)
    helper.close(to)
  end)

  it("writes to a Lua file after what it holds back", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write("user:")
    osmemlock.buffer(6):write(1, "sesame"):write_fd(file)
    file:write("\n")
    file:close()
    assert.equal("user:sesame", io.lines(path)())
    os.remove(path)
  end)

  it("says what the system said", function()
    support.refused(EBADF, osmemlock.buffer(4):write_fd(987654))
    local full = assert(io.open("/dev/full", "w"))
    support.refused(28, osmemlock.buffer(4):write_fd(full))
    full:close()
  end)

  it("refuses a closed file", function()
    local file = assert(io.open("/dev/null", "w"))
    file:close()
    support.misuse(function()
      return osmemlock.buffer(4):write_fd(file)
    end, "closed")
  end)
end)

describe("from_env", function()
  it("takes the variable away", function()
    helper.setenv("OSML_LUA_SECRET", "sesame")
    assert.equal("sesame", support.text(osmemlock.from_env("OSML_LUA_SECRET")))
    assert.is_nil(os.getenv("OSML_LUA_SECRET"))
    support.refused(ENOENT, osmemlock.from_env("OSML_LUA_SECRET"))
  end)

  it("leaves the variable alone when it is refused", function()
    helper.setenv("OSML_LUA_SECRET", "sesame")
    support.refused("OSML_ETOOBIG", osmemlock.from_env("OSML_LUA_SECRET", { max = 3 }))
    assert.equal("sesame", os.getenv("OSML_LUA_SECRET"))
  end)

  it("raises an error for what can be no name", function()
    for _, name in ipairs({ "", "A=B", "=" }) do
      assert(pcall(osmemlock.from_env, name) == false, name)
    end
  end)
end)

describe("from_credential", function()
  it("reads from the directory that the service manager names", function()
    local path = support.file("sesame\n")
    local folder, name = path:match("(.*)/(.*)")
    helper.setenv("CREDENTIALS_DIRECTORY", folder)
    assert.equal("sesame", support.text(osmemlock.from_credential(name, { trim_newline = true })))
    support.refused(ENOENT, osmemlock.from_credential("no-such-credential"))
    os.remove(path)
  end)

  it("takes no path for a name", function()
    helper.setenv("CREDENTIALS_DIRECTORY", "/etc")
    for _, name in ipairs({ "../etc/passwd", "/etc/passwd", "..", "", "a/b" }) do
      local ok, b = pcall(osmemlock.from_credential, name)
      assert(not ok or b == nil, name)
    end
  end)
end)

describe("prompt", function()
  it("says so where there is no terminal", function()
    local code = 'local _, _, code = require("osmemlock").prompt("secret? ") os.exit(code == ' .. ENXIO .. " and 0 or 1)"
    local path = support.file(code)
    assert.is_true((os.execute("setsid -w " .. support.interpreter .. " " .. path)))
    os.remove(path)
  end)
end)

describe("a file that may not be read", function()
  it("is the system's error", function()
    local path = support.file("sesame")
    os.execute("chmod 0 " .. path)
    assert.equal(0, helper.fork(function()
      assert(helper.become_nobody())
      support.refused(EACCES, osmemlock.from_file(path))
      return true
    end))
    os.remove(path)
  end)
end)
