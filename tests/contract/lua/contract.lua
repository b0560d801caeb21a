-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The scenarios of ../README.md, told in Lua, for every Lua from 5.1 on and LuaJIT.
--   lua contract.lua            all of them, as TAP
--   lua contract.lua NUMBER     one of them, in this process; its output ends with "told" when it holds
local osmemlock = require "osmemlock"

local scenarios = {}

local function scenario(number, name, tell, preface)
    scenarios[number] = { name = name, tell = tell, preface = preface }
end

-- What is said of a refusal: MISUSE is an error, RUNTIME is nil, a message and a code (bindings/error.def).

local function misuse(f, ...)
    local ok, message = pcall(f, ...)
    assert(not ok, "it was not refused")
    assert(type(message) == "string" and #message > 0, "an error without a message")
    return message
end

local function world(code, f, ...)
    local nothing, message, told = f(...)
    assert(nothing == nil, "it was not refused")
    assert(type(message) == "string" and #message > 0, "a refusal without a message")
    assert(code == nil or told == code, "code " .. tostring(told) .. " instead of " .. tostring(code))
    return message
end

local function live()
    return osmemlock.info().live_buffers
end

local function collect()
    collectgarbage() -- finalizers run,
    collectgarbage() -- and what they released is free
end

local function same(b, ...)
    assert(b:equal(string.char(...)), "some bytes differ")
end

local function is_zero(b)
    return b:equal(("\0"):rep(#b))
end

local function first_line(command)
    local pipe = assert(io.popen(command))
    local line = pipe:read("*l")
    pipe:close()
    return line
end

local function figure(path, pattern)
    for line in io.lines(path) do
        local value = line:match(pattern)
        if value then
            return value
        end
    end
    error(path .. " does not tell " .. pattern)
end

local function locked_kib()
    return tonumber(figure("/proc/self/status", "^VmLck:%s+(%d+)"))
end

local function soft_core_limit()
    return figure("/proc/self/limits", "^Max core file size%s+(%S+)")
end

local function with_file(content, f)
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write(content)
    file:close()
    local ok, message = pcall(f, path)
    os.remove(path)
    assert(ok, message)
end

scenario(1, "born zero", function()
    local b = assert(osmemlock.buffer(32))
    assert(#b == 32 and is_zero(b))
    b:close()
    local empty = assert(osmemlock.buffer(0))
    assert(#empty == 0 and empty:close())
end)

scenario(2, "bytes go in and out", function()
    local b = assert(osmemlock.buffer(8))
    b:write(3, "\1\0\255"):set(-1, 7)
    same(b, 0, 0, 1, 0, 255, 0, 0, 7)
    assert(b:byte(5) == 255 and b:byte(-8) == 0)
    b:copy(1, b, 3, 5):fill(9, 6, 7)
    same(b, 1, 0, 255, 0, 255, 9, 9, 7)
end)

scenario(3, "positions outside are refused", function()
    local b = assert(osmemlock.buffer(8))
    for _, i in ipairs { 0, 9, -9, 2 ^ 53, -2 ^ 53, 1.5, 1 / 0, 0 / 0, "1" } do
        misuse(b.byte, b, i)
        misuse(b.set, b, i, 1)
        misuse(b.write, b, i, "x")
        misuse(b.fill, b, 1, i, i)
        misuse(b.copy, b, i, b, 1, 1)
    end
    misuse(b.byte, b, 1, 9)
    misuse(b.byte, b, 3, 1)
    misuse(b.set, b, 8, 1, 2)
    misuse(b.write, b, 7, "abc")
    misuse(b.fill, b, 1, 1, 9)
    misuse(b.copy, b, 2, b)
    misuse(b.copy, b, 1, b, 8, 9)
    misuse(b.random, b, 1, 9)
    assert(is_zero(b))
    b:close()
end)

scenario(4, "wrong arguments are refused", function()
    collect()
    local before = live()
    for _, size in ipairs { -1, 1.5, "32", {}, true, 1 / 0, 0 / 0, 2 ^ 63 } do
        misuse(osmemlock.buffer, size)
        misuse(osmemlock.random, size)
    end
    misuse(osmemlock.buffer)
    local fits, nothing = pcall(osmemlock.buffer, 2 ^ 53)
    assert(nothing == nil or not fits) -- where a size has 32 bits it is a wrong argument
    for _, options in ipairs { { policy = "lax" }, { colour = "red" }, "strict" } do misuse(osmemlock.buffer, 8, options) end
    misuse(osmemlock.from_file, {})
    misuse(osmemlock.from_file, "a\0b")
    misuse(osmemlock.from_fd, "stdin")
    local b = assert(osmemlock.buffer(2))
    for _, other in ipairs { io.stdout, {}, 1, "x", false } do
        misuse(b.close, other)
        misuse(b.byte, other, 1)
    end
    misuse(b.set, b, 1, 256)
    misuse(b.set, b, 1, 0, -1)
    misuse(b.write, b, 1, 42)
    misuse(b.protect, b, "some")
    misuse(function() b[1] = 1 end)
    misuse(function() return b .. "" end)
    assert(is_zero(b))
    b:close()
    collect()
    assert(live() == before)
end)

scenario(5, "close wipes", function()
    local b = assert(osmemlock.random(32))
    local before = live()
    assert(not b:closed() and not b:info().closed)
    assert(b:close() == true)
    assert(b:closed() and b:info().closed and b:info().size == 32)
    assert(tostring(b) == "osmemlock.buffer (closed)")
    assert(live() == before - 1)
end)

scenario(6, "close twice", function()
    local b = assert(osmemlock.buffer(32))
    local before = live()
    assert(b:close() and b:close() and b:close())
    assert(live() == before - 1)
end)

scenario(7, "closed is refused", function()
    local b, other = assert(osmemlock.buffer(32)), assert(osmemlock.buffer(32))
    b:close()
    local calls = {
        byte = { 1 }, set = { 1, 1 }, write = { 1, "x" }, fill = { 1 }, copy = { 1, other }, random = {}, wipe = {}, equal = { other },
        sub = {}, find = { "x" }, encode = { "hex" }, decode = { "hex" },
        write_fd = { 2 }, read_fd = { 0 }, protect = { "read" }, verify = {}, expose = { print },
    }
    local methods = debug.getmetatable(b).__index
    for name in pairs(methods) do
        if not (name == "close" or name == "closed" or name == "info") then
            local arguments = assert(calls[name], name .. " is not tried")
            assert(misuse(methods[name], b, (unpack or table.unpack)(arguments)):find("closed"), name)
        end
    end
    for _, name in ipairs { "mlock", "munlock", "madvise_dontdump" } do
        misuse(osmemlock[name], b)
    end
    misuse(osmemlock.with, b, print)
    misuse(other.equal, other, b)
    misuse(other.copy, other, 1, b)
    misuse(function() return #b end)
    other:close()
end)

-- Newer syntax must not stop older Luas from reading this file.
local scope = (loadstring or load) [[
    local b, f = ...
    local held <close> = b
    return f(held)
]]

scenario(8, "the scope closes", function()
    for _, leave in ipairs { osmemlock.with, scope } do
        local b = assert(osmemlock.buffer(8))
        assert(select("#", leave(b, function(held) assert(held == b) return 1, nil, nil end)) == 3)
        assert(b:closed())
        b = assert(osmemlock.buffer(8))
        assert(not pcall(leave, b, function() error("x") end) and b:closed())
    end
    local kept
    assert(osmemlock.with(8, { guarded = true }, function(b) kept = b return #b end) == 8 and kept:closed())
end)

scenario(9, "the user's error survives", function()
    for _, leave in ipairs { osmemlock.with, scope } do
        local mine = {}
        local ok, got = pcall(leave, assert(osmemlock.buffer(8)), function(b)
            b:close()
            error(mine)
        end)
        assert(not ok and got == mine)
    end
end)

scenario(10, "dropped is collected", function()
    collect()
    local before = live()
    for _ = 1, 100 do
        assert(osmemlock.buffer(32))
    end
    collect()
    assert(live() == before)
end)

scenario(11, "equal", function()
    local a, b, short = assert(osmemlock.random(32)), assert(osmemlock.buffer(32)), assert(osmemlock.buffer(31))
    b:copy(1, a)
    short:copy(1, a, 1, 31)
    assert(a == b and a:equal(b) and b == a)
    assert(a ~= short and not a:equal(short))
    local last = b:byte(32)
    b:set(32, last % 2 == 0 and last + 1 or last - 1)
    assert(a ~= b and not a:equal(b))
    b:fill(97)
    assert(b:equal(("a"):rep(32)) and not b:equal(("a"):rep(31)) and not b:equal(""))
    assert(a ~= io.stdout and a ~= "a")
    b:close()
    misuse(function() return a == b end)
end)

scenario(12, "random", function()
    local a, b = assert(osmemlock.random(32)), assert(osmemlock.buffer(32))
    assert(b:random() == b)
    assert(a ~= b and not is_zero(a) and not is_zero(b))
    b:wipe():random(17, 32)
    for i = 1, 16 do
        assert(b:byte(i) == 0)
    end
    assert(not is_zero(b))
end)

scenario(13, "wipe", function()
    local b = assert(osmemlock.random(32))
    b:wipe()
    assert(is_zero(b) and not b:closed())
    b:set(1, 1)
    assert(b:byte(1) == 1)
end)

scenario(14, "protections are true", function()
    local b = assert(osmemlock.random(32))
    local told, seen = b:info().protections, assert(b:verify())
    for _, name in ipairs { "locked", "nodump", "wipeonfork", "canary" } do
        assert(told[name] == true and seen[name] == true, name)
    end
    assert(not told.guarded and not seen.guarded)
end)

scenario(15, "guarded buffers can be shut", function()
    local b = assert(osmemlock.buffer(32, { guarded = true }))
    b:set(1, 5)
    assert(b:protect("read"):byte(1) == 5)
    misuse(b.set, b, 1, 6)
    assert(b:protect("none"))
    misuse(b.byte, b, 1)
    misuse(b.set, b, 1, 6)
    assert(b:protect("readwrite"):byte(1) == 5)
    b:set(1, 6)
    world("OSML_EUNSUPPORTED", b.protect, assert(osmemlock.buffer(32)), "read")
end)

scenario(16, "from a file", function()
    with_file("a\0b\r\n", function(path)
        same(assert(osmemlock.from_file(path)), 97, 0, 98, 13, 10)
        same(assert(osmemlock.from_file(path, { trim_newline = true })), 97, 0, 98)
        same(assert(osmemlock.from_file(path, { max = 5 })), 97, 0, 98, 13, 10)
        world("OSML_ETOOBIG", osmemlock.from_file, path, { max = 4 })
        world("OSML_EEMPTY", osmemlock.from_file, "/dev/null", { max = 4 })
    end)
    assert(world(2, osmemlock.from_file, "/nonexistent/secret"):find("/nonexistent/secret", 1, true))
    world(21, osmemlock.from_file, "/proc")
end)

-- Lua makes pipes with io.popen only: one takes the bytes to cat, the other brings them back.
scenario(17, "from a descriptor, and out again", function()
    with_file("", function(path)
        local b = assert(osmemlock.buffer(300))
        for i = 1, 300 do
            b:set(i, i % 256)
        end
        local out = assert(io.popen("cat >" .. path, "w"))
        assert(b:write_fd(out):write_fd(out) == b)
        out:close()
        local back = assert(io.popen("cat " .. path))
        local part = assert(osmemlock.buffer(300))
        assert(part:read_fd(back, 1, 10) == 10 and part:byte(10) == 10 and part:byte(11) == 0)
        assert(part:read_fd(back, 11) == 290 and part == b)
        misuse(part.read_fd, part, back, 300, 2)
        assert(assert(osmemlock.from_fd(back)) == b)
        assert(part:read_fd(back) == 0)
        back:close()
        misuse(osmemlock.from_fd, back)
        misuse(b.write_fd, b, out)
    end)
    world(9, osmemlock.from_fd, -1)
    assert(osmemlock.fd_from_os_handle(1) == 1)
    misuse(osmemlock.fd_from_os_handle, -1)
end)

scenario(18, "from the environment", function()
    assert(os.getenv("OSML_CONTRACT") == "abc")
    same(assert(osmemlock.from_env("OSML_CONTRACT")), 97, 98, 99)
    assert(os.getenv("OSML_CONTRACT") == nil)
    world(2, osmemlock.from_env, "OSML_CONTRACT")
    misuse(osmemlock.from_env, "A=B")
end, "OSML_CONTRACT=abc exec")

scenario(19, "decode", function()
    same(assert(osmemlock.buffer(6)):write(1, "00fF7f"):decode("hex"), 0, 255, 127)
    same(assert(osmemlock.buffer(4)):write(1, "AP9/"):decode("base64"), 0, 255, 127)
    same(assert(osmemlock.buffer(3)):write(1, "_-8"):decode("base64"), 255, 239)
    same(assert(osmemlock.buffer(9)):write(1, "ad7w x7y\n"):decode("base32"), 0, 255, 107, 255)
    local b = assert(osmemlock.buffer(3)):write(1, "!xy")
    world("OSML_EFORMAT", b.decode, b, "hex")
    world("OSML_EFORMAT", b.decode, b, "base64")
    same(b, 33, 120, 121)
end)

-- The only memory of Lua with an address that stays is the buffer, which is locked from the start: so it is unlocked first.
scenario(20, "locks by address", function()
    collect() -- so that no finalizer unlocks pages in between
    local b = assert(osmemlock.buffer(65536))
    local locked, pages = locked_kib(), 2 * osmemlock.info().page_size / 1024
    assert(osmemlock.munlock(b))
    assert(locked_kib() <= locked - 64, "munlock did not shrink VmLck")
    assert(not b:verify().locked)
    assert(osmemlock.mlock(b))
    assert(locked_kib() == locked, "mlock did not grow VmLck")
    assert(osmemlock.munlock(b, 8193, 8194))
    assert(locked_kib() < locked and locked_kib() >= locked - pages, "a region is a page or two")
    assert(osmemlock.mlock(b, 8193, 8194) and locked_kib() == locked)
    assert(osmemlock.madvise_dontdump(b) and osmemlock.madvise_dontdump(b, 5, 6))
    misuse(osmemlock.mlock, "text")
    misuse(osmemlock.mlock, b, 1, 65537)
    b:close()
end)

scenario(21, "core dumps off and on", function()
    local before = soft_core_limit()
    if before == "0" then
        return "the hard RLIMIT_CORE is 0"
    end
    local first, second = assert(osmemlock.disable_core_dumps_with_guard()), assert(osmemlock.disable_core_dumps_with_guard())
    assert(soft_core_limit() == "0")
    assert(first:release() and soft_core_limit() == "0")
    assert(second:release() and soft_core_limit() == before)
    assert(second:release() and soft_core_limit() == before)
    assert(osmemlock.harden("core_limit").core_limit and soft_core_limit() == "0")
    assert(osmemlock.harden_undo("core_limit").core_limit and soft_core_limit() == before)
    assert(osmemlock.disable_core_dumps_for_process() and soft_core_limit() == "0")
end, "ulimit -S -c $(ulimit -H -c); exec")

scenario(22, "Windows helpers", function()
    assert(osmemlock.SEM_FAILCRITICALERRORS == 1 and osmemlock.SEM_NOGPFAULTERRORBOX == 2 and osmemlock.SEM_NOOPENFILEERRORBOX == 0x8000)
    world("OSML_EUNSUPPORTED", osmemlock.set_windows_error_mode, 1)
    world("OSML_EUNSUPPORTED", osmemlock.suppress_windows_error_dialogs_for_process)
end)

scenario(23, "the report", function()
    assert(osmemlock.info().page_size == tonumber(first_line("getconf PAGESIZE")))
    collect()
    assert(live() == 0, live() .. " are still live")
    local b = assert(osmemlock.buffer(1))
    assert(live() == 1)
    b:close()
    assert(live() == 0)
    assert(osmemlock.info().supported_protections.locked and osmemlock.info().corruptions == 0 and osmemlock.info().double_frees == 0)
end)

-- Root loses CAP_IPC_LOCK by leaving it out of the bounding set; others do not have it.
local limited = "ulimit -l 64; [ $(id -u) != 0 ] || without=\"setpriv --bounding-set=-ipc_lock --inh-caps=-ipc_lock\"; exec $without"

scenario(24, "the lock limit is explained", function()
    assert(osmemlock.info().lock_limit_soft == 65536, "the limit is not 64 KiB")
    local message = world("OSML_ELIMIT", osmemlock.buffer, 1048576)
    assert(message:find("65536", 1, true) and message:find("ulimit -l", 1, true), message)
end, limited)

scenario(25, "purge closes everything", function()
    local one, other = assert(osmemlock.buffer(8)), assert(osmemlock.buffer(100000, { guarded = true }))
    assert(osmemlock.purge() == true)
    assert(live() == 0 and one:closed() and other:closed())
    for _, b in ipairs { one, other } do
        assert(misuse(b.byte, b, 1):find("closed", 1, true))
        b:close()
    end
    local b = assert(osmemlock.buffer(8)):write(1, "new")
    assert(live() == 1 and b:byte(1) == 110)
    b:close()
    assert(osmemlock.purge())
end)

scenario(26, "trim gives idle memory back", function()
    local stays, made = assert(osmemlock.buffer(5)):write(1, "stays"), {}
    for i = 1, 100 do made[i] = assert(osmemlock.buffer(1000)) end
    for i = 1, 100 do made[i]:close() end
    local before = osmemlock.info()
    assert(osmemlock.trim() == true)
    local now = osmemlock.info()
    assert(now.idle_bytes < before.idle_bytes and now.library_locked_bytes < before.library_locked_bytes)
    assert(stays:byte(1) == 115 and stays:byte(5) == 115)
    stays:close()
end)

scenario(27, "encode", function()
    local b = assert(osmemlock.buffer(4)):write(1, "\0\255k\255")
    for coding, text in pairs({ hex = "00ff6bff", base64 = "AP9r/w==", base64url = "AP9r_w", base32 = "AD7WX7Y=" }) do
        local encoded = assert(b:encode(coding))
        assert(encoded:equal(text))
        assert(encoded:decode(coding):equal(b))
    end
    misuse(b.encode, b, "rot13")
end)

scenario(28, "words around a secret", function()
    local b = assert(osmemlock.buffer(5)):write(1, "t0k3n")
    local header = assert(osmemlock.join({ "Bearer ", b, "\r\n" }))
    local twice = assert(osmemlock.join({ b, b }))
    assert(header:equal("Bearer t0k3n\r\n") and twice:equal("t0k3nt0k3n") and header:sub(8, 12):equal("t0k3n"))
    assert(header:find("t0k3n") == 8 and not header:find("t0k3n", 9) and twice:find("t0", 2) == 6)
    assert(b:equal("t0k3n") and not b:equal("t0k3N") and not b:equal("t0k3"))
    misuse(osmemlock.join, { b, false })
end)

scenario(29, "used in place", dofile((arg[0]:gsub("contract%.lua$", "in_place.lua"))))

scenario(30, "from a command", function()
    assert(assert(osmemlock.from_command({ "printf", "%s", "$HOME; `id`" })):equal("$HOME; `id`"))
    local long = assert(osmemlock.random(300000))
    assert(assert(osmemlock.from_command({ "cat" }, { input = long, max = 300000 })) == long)
    assert(world("OSML_ECOMMAND", osmemlock.from_command, { "sh", "-c", "exit 3" }):find("exit status was 3", 1, true))
    world("OSML_ETOOBIG", osmemlock.from_command, { "echo", "long" }, { max = 3 })
    world("OSML_EEMPTY", osmemlock.from_command, { "true" })
    world(2, osmemlock.from_command, { "/nonexistent/program" })
end)

local interpreter = first_line("readlink /proc/$PPID/exe")

-- A scenario that needs a process of its own: this program again, started by a shell that prepares it.
local function tell_in_child(number, preface)
    local pipe = assert(io.popen(preface .. " '" .. interpreter .. "' '" .. arg[0] .. "' " .. number .. " 2>&1"))
    local output = pipe:read("*a")
    pipe:close()
    local reason = output:match("^told: (.-)\n$")
    assert(reason or output == "told\n", output)
    return reason
end

if arg[1] then
    local reason = scenarios[tonumber(arg[1])].tell()
    return print(reason and "told: " .. reason or "told")
end

local failed = false
print("1.." .. #scenarios)
for number, told in ipairs(scenarios) do
    local ok, result
    if told.preface then
        ok, result = pcall(tell_in_child, number, told.preface)
    else
        ok, result = pcall(told.tell)
    end
    failed = failed or not ok
    print((ok and "ok " or "not ok ") .. number .. " - " .. told.name .. (ok and result and " # SKIP " .. result or ""))
    if not ok then
        print("# " .. tostring(result):gsub("\n", "\n# "))
    end
end
if failed then
    error("not every scenario holds", 0)
end
