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
    for _, bytes in ipairs({ "x", "sesame\n", "a\0b\r\n", ("0123456789abcdef"):rep(4096) }) do
      with_file(bytes, function(path)
        assert.equal(bytes, support.text(osmemlock.from_file(path)))
      end)
    end
  end)

  it("drops one newline when asked", function()
    local trimmed = { ["a\n"] = "a", ["a\r\n"] = "a", ["a\n\n"] = "a\n", ["a\r"] = "a\r", ["a"] = "a" }
    for bytes, wanted in pairs(trimmed) do
      with_file(bytes, function(path)
        assert.equal(wanted, support.text(osmemlock.from_file(path, { trim_newline = true })))
        assert.equal(#osmemlock.from_file(path), #osmemlock.from_file(path, { trim_newline = false }))
      end)
    end
  end)

  it("makes of text what its options say", function()
    local cases = {
      { "abc \r\n\0", { trim_space = true }, "abc" },
      { "abc\nuser: me\n", { first_line = true }, "abc" },
      { "\239\187\191abc\r\n", { trim_newline = true, max = 3 }, "abc" },
      { "", { allow_empty = true }, "" },
      { "abc\n\n", { trim_space = true }, "abc" },
      { "abc\r", { trim_space = true }, "abc" },
      { "abc  \n", { trim_newline = true }, "abc  " },
      { "abc\r\nold\r\n", { first_line = true }, "abc" },
      { "a\0b\n", { trim_newline = true }, "a\0b" },
    }
    for _, case in ipairs(cases) do
      with_file(case[1], function(path) assert.equal(case[3], support.text(osmemlock.from_file(path, case[2]))) end)
    end
    with_file("\255\254a\0", function(path) support.refused("OSML_EFORMAT", osmemlock.from_file(path, { trim_newline = true })) end)
    with_file("\n", function(path) support.refused("OSML_EEMPTY", osmemlock.from_file(path, { trim_newline = true })) end)
  end)

  it("refuses a file that others can read when it should be private", function()
    with_file("abc", function(path)
      assert(os.execute("chmod 640 " .. path))
      support.refused("OSML_EEXPOSED", osmemlock.from_file(path, { private = true }))
      assert.truthy(select(2, osmemlock.from_file(path, { private = true })):find("0640", 1, true))
      assert(os.execute("chmod 600 " .. path))
      assert.equal("abc", support.text(osmemlock.from_file(path, { private = true })))
    end)
    assert.is_false(pcall(osmemlock.from_env, "HOME", { private = true }))
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
      local b = osmemlock.from_file(path, { guarded = true, fork = "nofork" })
      assert.is_true(b:info().protections.guarded)
      assert.is_true(b:info().protections.nofork)
    end)
  end)
end)

describe("from_fd", function()
  it("reads a descriptor to its end and leaves it open", function()
    local from = pipe_with("a\0b\n")
    assert.equal("a\0b\n", support.text(osmemlock.from_fd(from)))
    assert.equal("", support.text(osmemlock.from_fd(from, { allow_empty = true })))
    support.refused("OSML_EEMPTY", osmemlock.from_fd(from))
    assert.is_true(helper.close(from))
  end)

  it("gives up when nothing comes in time", function()
    local from, to = helper.pipe()
    local ETIMEDOUT = 110
    support.refused(ETIMEDOUT, osmemlock.from_fd(from, { timeout = 0.1 }))
    support.refused(ETIMEDOUT, osmemlock.from_fd(from, { timeout = 0 }))
    assert.is_true(helper.close(to))
    support.refused("OSML_EEMPTY", osmemlock.from_fd(from, { timeout = 10 }))
    assert.is_true(helper.close(from))
    for _, timeout in ipairs({ -1, 0 / 0, "1", true }) do
      assert.is_false(pcall(osmemlock.from_fd, 0, { timeout = timeout }))
    end
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

describe("from_command", function()
  it("takes what a program writes, and there is no shell", function()
    assert.is_true(assert(osmemlock.from_command({ "printf", "%s", "$HOME; `id`" })):equal("$HOME; `id`"))
    assert.is_true(assert(osmemlock.from_command({ "printf", "a\\nb" }, { first_line = true, max = 1 })):equal("a"))
  end)

  it("gives it a buffer to read, and both may be long", function()
    local long = osmemlock.random(300000)
    assert.equal(long, assert(osmemlock.from_command({ "cat" }, { input = long, max = 300000 })))
    assert.equal(0, #assert(osmemlock.from_command({ "true" }, { input = long, allow_empty = true })))
  end)

  it("says how a program failed", function()
    local _, message, code = osmemlock.from_command({ "sh", "-c", "echo secret; exit 3" })
    assert.equal("sh: The command failed: its exit status was 3.", message)
    assert.equal("OSML_ECOMMAND", code)
    _, message = osmemlock.from_command({ "sh", "-c", "kill -9 $$" })
    assert.is_truthy(message:find("killed by signal 9", 1, true))
    support.refused(2, osmemlock.from_command({ "/nonexistent/program" }))
    support.refused("OSML_EEMPTY", osmemlock.from_command({ "true" }))
    support.refused("OSML_ETOOBIG", osmemlock.from_command({ "echo", "long" }, { max = 3 }))
  end)

  it("runs it where it is told, and with the environment that it is given", function()
    local script = { "/bin/sh", "-c", "echo \"[$ONLY][$EMPTY][$HOME]\"; pwd" }
    local told = assert(osmemlock.from_command(script, { env = { ONLY = "a=b c", EMPTY = "" }, cwd = "/usr", trim_newline = true }))
    assert.equal("[a=b c][][]\n/usr", support.text(told))
    local home = os.getenv("HOME") or ""
    assert.is_true(assert(osmemlock.from_command({ "printenv", "PATH" }, { trim_newline = true })):equal(os.getenv("PATH"))) -- control
    assert.equal(("[][][%s]\n/"):format(home), support.text(assert(osmemlock.from_command(script, { cwd = "/", trim_newline = true }))))
    assert.equal(0, #assert(osmemlock.from_command({ "env" }, { env = {}, allow_empty = true })))
    local message = support.refused(2, osmemlock.from_command({ "true" }, { cwd = "/nonexistent" }))
    assert.is_truthy(message:find("true in /nonexistent: ", 1, true))
  end)

  it("ends at its deadline, whatever the program does", function()
    for _, script in ipairs({ "exec sleep 30", "exec >&-; exec sleep 30", "sleep 3 & exit 0" }) do
      support.refused(110, osmemlock.from_command({ "sh", "-c", script }, { timeout = 0.3 }))
    end
  end)

  it("advises in words of Lua", function() -- audit P6
    for words, message in pairs({
      ["allow_empty = true"] = select(2, osmemlock.from_command({ "true" })),
      ["max = "] = select(2, osmemlock.from_command({ "echo", "long" }, { max = 3 })),
      ["guarded = true"] = select(2, osmemlock.buffer(1):protect("read")),
    }) do
      assert.is_truthy(message:find(words, 1, true))
    end
  end)

  it("refuses what is no command", function()
    local closed = osmemlock.buffer(1)
    closed:close()
    for _, argv in ipairs({ 1, "echo", {}, { 1 }, { "a", true }, { "a\0b" } }) do
      assert.is_false(pcall(osmemlock.from_command, argv))
    end
    assert.is_false(pcall(osmemlock.from_command))
    for _, options in ipairs({ { input = "x" }, { input = closed }, { private = true }, { timeout = -1 }, { cwd = 1 }, { cwd = "/\0" } }) do
      assert.is_false(pcall(osmemlock.from_command, { "cat" }, options))
    end
    for message, env in pairs({
      ["bad value for option 'env'"] = 1,
      ["a name in 'env' is no string, or contains zeros"] = { "A=1" },
      ["no string, or contains zeros"] = { ["A\0"] = "secret" },
      ["no variable can have"] = { ["A=B"] = "secret" },
      ["can have: empty"] = { [""] = "secret" },
      ["the value of 'A' in 'env' is no string, or contains zeros"] = { A = 1 },
      ["the value of 'B' in 'env'"] = { B = "secret\0" },
      ["option 'env'"] = setmetatable({}, {}),
    }) do
      local told = support.misuse(function()
        osmemlock.from_command({ "cat" }, { env = env })
      end)
      assert.is_truthy(told:find(message, 1, true))
      assert.is_nil(told:find("secret", 1, true))
    end
  end)
end)

describe("read_fd", function()
  it("takes what it is asked for and leaves the rest", function()
    local from, to = helper.pipe()
    osmemlock.buffer(9):write(1, "4abcdrest"):write_fd(to)
    local b = osmemlock.buffer(6)
    assert.equal(1, b:read_fd(from, 6, 1))
    assert.equal(4, b:read_fd(from, 2, 4))
    assert.is_true(b:equal("\0abcd4"))
    assert.equal("rest", helper.read(from))
    helper.close(from)
    helper.close(to)
  end)

  it("takes less only at the end, and nothing behind that", function()
    local from, to = helper.pipe()
    osmemlock.buffer(2):write(1, "ab"):write_fd(to)
    helper.close(to)
    local b = osmemlock.buffer(6)
    assert.equal(2, b:read_fd(from))
    assert.equal(0, b:read_fd(from, 7))
    assert.equal(0, b:read_fd(from))
    assert.is_true(b:equal("ab\0\0\0\0"))
    helper.close(from)
  end)

  it("tells after a deadline how much there is", function()
    local from, to = helper.pipe()
    osmemlock.buffer(2):write(1, "ab"):write_fd(to)
    local nothing, message, code, got = osmemlock.buffer(6):read_fd(from, 1, 6, { timeout = 0 })
    assert.is_nil(nothing)
    assert.equal("no secret came in time", message)
    assert.equal(110, code)
    assert.equal(2, got)
    helper.close(from)
    helper.close(to)
  end)

  it("goes past no Lua file's buffer", function()
    local b = osmemlock.buffer(4)
    local file = assert(io.popen("printf 'word\nrest'"))
    assert.equal("word", file:read("*l"))
    support.misuse(function()
      return b:read_fd(file)
    end, "read ahead")
    file:close()
    assert.is_true(b:equal("\0\0\0\0"))
  end)

  it("says what the system said", function()
    support.refused(EBADF, osmemlock.buffer(4):read_fd(987654))
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
      local told = support.misuse(function()
        osmemlock.from_env(name)
      end)
      assert.is_truthy(told:find("no variable can have this name: it is empty, or has \"=\"", 1, true))
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
