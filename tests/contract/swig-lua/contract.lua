-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The contract of ../README.md, told in Lua through SWIG. `contract.lua quota` is the child of scenario 24.
local osml = require "osmemlock_swig"
local LockedBuffer = osml.LockedBuffer

local scenarios = {}
local function scenario(name, told) scenarios[#scenarios + 1] = { name = name, told = told } end

-- The call must raise, with the code's name in front.
local function refused(code, f, ...)
    local ok, message = pcall(f, ...)
    assert(not ok, "was not refused")
    message = tostring(message)
    assert(message:sub(1, #code) == code, message)
    return message
end

local function live() return osml.info(osml.INFO_LIVE_BUFFERS) end
local function content(b) return b:read(0, b:size()) end

local function holding(text)
    local b = LockedBuffer(#text)
    b:write(0, text)
    return b
end

local function read_file(path)
    local file <close> = assert(io.open(path, "rb"))
    return file:read("a")
end

scenario("born zero", function()
    local b <close> = LockedBuffer(32)
    assert(b:size() == 32 and #b == 32 and math.type(#b) == "integer" and content(b) == ("\0"):rep(32))
    local none <close> = LockedBuffer(0)
    assert(none:size() == 0 and content(none) == "")
end)

scenario("bytes go in and out", function()
    local b <close> = LockedBuffer(32)
    b:write(5, "\0key\xff")
    assert(content(b) == ("\0"):rep(5) .. "\0key\xff" .. ("\0"):rep(22))
    b:set_byte(31, 200)
    assert(b:get_byte(9) == 255 and b:get_byte(31) == 200 and math.type(b:get_byte(31)) == "integer")
    b:fill(0, 7, 2)
    b:copy(2, b, 0, 2)
    assert(b:read(0, 5) == "\7\7\7\7\0")
end)

scenario("positions outside are refused", function()
    local b <close> = LockedBuffer(8)
    for _, position in ipairs { -1, 8, 2 ^ 31 | 0, math.maxinteger, math.mininteger } do
        refused("", b.get_byte, b, position)
        refused("", b.set_byte, b, position, 1)
        refused("", b.write, b, position, "x")
        refused("", b.read, b, position, 1)
    end
    for _, range in ipairs { { 7, 2 }, { 0, 9 }, { 8, 1 }, { 1, math.maxinteger }, { math.maxinteger, 2 } } do
        refused("OSML_ERANGE", b.read, b, range[1], range[2])
        refused("OSML_ERANGE", b.fill, b, range[1], 1, range[2])
    end
    refused("OSML_ERANGE", b.write, b, 4, "12345")
    refused("OSML_EINVAL", b.set_byte, b, 0, 256)
    assert(content(b) == ("\0"):rep(8))
end)

scenario("wrong arguments are refused", function()
    local start = live()
    for _, size in ipairs { -1, math.maxinteger, math.mininteger, 1.5, 1e300, 0 / 0, "8", {}, true } do refused("", LockedBuffer, size) end
    refused("", LockedBuffer, nil)
    refused("", LockedBuffer)
    refused("OSML_EINVAL", LockedBuffer, 8, 1 << 31)
    refused("OSML_EINVAL", LockedBuffer, 8, osml.DEFAULT_PROTECTIONS, 99)
    local b <close> = LockedBuffer(8)
    refused("OSML_EINVAL", b.read, nil, 0, 1)
    refused("", b.read, io.stdout, 0, 1)
    refused("", b.write, b, 0, nil)
    refused("", b.write, b, 0, 12)
    refused("OSML_EINVAL", b.equal, b, nil)
    refused("", b.equal, b, "text")
    assert(live() == start + 1)
end)

scenario("close wipes", function()
    local b = holding("key")
    local before = live()
    assert(not b:closed())
    b:close()
    assert(b:closed() and live() == before - 1)
end)

scenario("close twice", function()
    local b = LockedBuffer(8)
    b:close()
    b:close()
    assert(b:closed())
end)

scenario("closed is refused", function()
    local b, other <close> = LockedBuffer(8), LockedBuffer(8)
    b:close()
    local calls = {
        { b.write, b, 0, "x" }, { b.read, b, 0, 1 }, { b.get_byte, b, 0 }, { b.set_byte, b, 0, 1 }, { b.fill, b, 0, 1, 1 }, { b.random, b, 0, 8 },
        { b.copy, b, 0, other, 0, 1 }, { b.copy, other, 0, b, 0, 1 }, { b.wipe, b }, { b.equal, b, other }, { b.equal, other, b },
        { b.protect, b, osml.ACCESS_READ }, { b.protections, b }, { b.verify, b }, { b.decode, b, osml.HEX },
        { b.encode, b, osml.HEX }, { b.part, b, 0, 1 }, { b.joined, b, b }, { b.prefixed, b, "x" }, { b.suffixed, b, "x" }, { b.find, b, 0, "x" },
        { b.equal_bytes, b, "x" }, { b.write_fd, b, 1 }, { b.read_fd, b, 0, 1, 0 }, { b.piped, b, "cat", 9 },
    }
    for _, call in ipairs(calls) do refused("OSML_ECLOSED", table.unpack(call)) end
    assert(b:closed() and b:size() == 8)
end)

scenario("the scope closes", function()
    local kept
    do
        local b <close> = LockedBuffer(8)
        kept = b
    end
    assert(kept:closed())
    pcall(function()
        local b <close> = LockedBuffer(8)
        kept = b
        error("mine")
    end)
    assert(kept:closed())
end)

scenario("the user's error survives", function()
    local mine = {}
    local ok, caught = pcall(function()
        local b <close> = LockedBuffer(8)
        local guard <close> = osml.disable_core_dumps_with_guard()
        guard:release()
        b:close()
        error(mine)
    end)
    assert(not ok and caught == mine)
end)

scenario("dropped is collected", function()
    collectgarbage()
    local start = live()
    local dropped = {}
    for i = 1, 100 do dropped[i] = LockedBuffer(32) end
    assert(live() == start + 100)
    dropped = nil
    collectgarbage()
    assert(dropped == nil and live() == start)
end)

scenario("equal", function()
    local a <close> = holding("same bytes")
    local b <close> = holding("same bytes")
    local longer <close> = holding("same bytes!")
    assert(a:equal(b) and not a:equal(longer))
    b:set_byte(9, b:get_byte(9) ~ 1)
    assert(not a:equal(b))
    b:close()
    refused("OSML_ECLOSED", a.equal, a, b)
end)

scenario("random", function()
    local a <close> = LockedBuffer(32)
    local b <close> = LockedBuffer(32)
    a:random(0, 32)
    b:random(0, 32)
    assert(not a:equal(b) and content(a) ~= ("\0"):rep(32) and content(b) ~= ("\0"):rep(32))
end)

scenario("wipe", function()
    local b <close> = holding("key")
    b:wipe()
    assert(content(b) == "\0\0\0" and not b:closed())
end)

scenario("protections are true", function()
    local wanted = osml.LOCKED | osml.NODUMP | osml.WIPEONFORK | osml.CANARY
    local b <close> = LockedBuffer(32)
    assert(wanted == osml.DEFAULT_PROTECTIONS)
    assert(b:protections() & wanted == wanted and b:verify() & wanted == wanted)
end)

scenario("guarded buffers can be shut", function()
    local b <close> = LockedBuffer(8, osml.DEFAULT_PROTECTIONS | osml.GUARDED)
    b:protect(osml.ACCESS_READ)
    assert(b:get_byte(0) == 0)
    refused("OSML_EACCESS", b.write, b, 0, "x")
    b:protect(osml.ACCESS_NONE)
    refused("OSML_EACCESS", b.get_byte, b, 0)
    refused("OSML_EACCESS", b.write, b, 0, "x")
    b:protect(osml.ACCESS_READWRITE)
    b:write(0, "x")
    assert(b:read(0, 1) == "x")
    local plain <close> = LockedBuffer(8)
    refused("OSML_EUNSUPPORTED", plain.protect, plain, osml.ACCESS_READ)
end)

scenario("from a file", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write("the key\n")
    file:close()
    local whole <close> = LockedBuffer.from_file(path, 100)
    local trimmed <close> = LockedBuffer.from_file(path, 8, osml.TRIM_NEWLINE)
    assert(content(whole) == "the key\n" and content(trimmed) == "the key")
    refused("OSML_ETOOBIG", LockedBuffer.from_file, path, 7)
    refused("OSML_EEMPTY", LockedBuffer.from_file, "/dev/null", 7)
    os.remove(path)
    refused("ENOENT", LockedBuffer.from_file, path, 7)
    refused("ENOENT", LockedBuffer.from_credential, "no-such-credential", 7)
end)

-- The number of a descriptor of this process that refers to the open file, which Lua does not tell.
local function descriptor_of(path)
    for fd = 3, 255 do
        local link <close> = io.popen(("readlink /proc/%d/fd/%d"):format(read_file("/proc/self/stat"):match("^%d+"), fd))
        if link:read("l") == path then return fd end
    end
    error("no descriptor of " .. path)
end

scenario("from a descriptor, and out again", function()
    local path = os.tmpname()
    os.remove(path)
    assert(os.execute("mkfifo " .. path))
    local both = assert(io.open(path, "r+b")) -- waits for no other end, fifo(7)
    local into = descriptor_of(path)
    local reader = assert(io.open(path, "rb"))
    local b <close> = holding("\0through\0a pipe\0")
    b:write_fd(into)
    b:write_fd(into)
    both:close()
    local out = descriptor_of(path)
    local part <close> = LockedBuffer(20)
    assert(part:read_fd(2, 16, out) == 16 and content(part):sub(1, 4) == "\0\0\0t")
    refused("OSML_ERANGE", part.read_fd, part, 19, 2, out)
    local c <close> = LockedBuffer.from_fd(osml.fd_from_os_handle(out), 100)
    assert(b:equal(c))
    refused("OSML_EINVAL", osml.fd_from_os_handle, -1)
    reader:close()
    os.remove(path)
end)

scenario("from the environment", function()
    local name = "OSML_CONTRACT_SECRET"
    local value = assert(os.getenv(name))
    local b <close> = LockedBuffer.from_env(name, 100)
    assert(content(b) == value and os.getenv(name) == nil)
    refused("ENOENT", LockedBuffer.from_env, name, 100)
end)

scenario("decode", function()
    local hex <close> = holding("00ff6B")
    local base64 <close> = holding("AP9r/w==")
    local neither <close> = holding("neither!")
    local base32 <close> = holding("ad7w x7y\n")
    hex:decode(osml.HEX)
    base64:decode(osml.BASE64)
    base32:decode(osml.BASE32)
    assert(content(hex) == "\0\xffk" and content(base64) == "\0\xffk\xff" and content(base32) == "\0\xffk\xff")
    assert(refused("OSML_EFORMAT", neither.decode, neither, osml.HEX):find("Line 1", 1, true))
    refused("OSML_EFORMAT", neither.decode, neither, osml.BASE64)
    assert(content(neither) == "neither!")
end)

local function vmlck() return tonumber(read_file("/proc/self/status"):match("VmLck:%s+(%d+)")) end

scenario("locks by address", function()
    local own = ("x"):rep(1 << 20)
    local before = vmlck()
    osml.mlock(own)
    assert(vmlck() >= before + 1024)
    osml.munlock(own)
    assert(vmlck() == before)
    osml.madvise_dontdump(own)
    refused("", osml.mlock, 12)
    refused("", osml.mlock, nil)
end)

local function soft() return read_file("/proc/self/limits"):match("Max core file size%s+(%S+)") end

scenario("core dumps off and on", function()
    local before = soft()
    assert(before ~= "0", "the program must start with core dumps on")
    do
        local guard <close> = osml.disable_core_dumps_with_guard()
        assert(guard and soft() == "0")
    end
    assert(soft() == before)
    local first, second = osml.disable_core_dumps_with_guard(), osml.disable_core_dumps_with_guard()
    first:release()
    assert(soft() == "0")
    second:release()
    second:release()
    assert(soft() == before)
    osml.disable_core_dumps_for_process()
    assert(soft() == "0")
end)

scenario("Windows helpers", function()
    assert(osml.SEM_FAILCRITICALERRORS == 1 and osml.SEM_NOGPFAULTERRORBOX == 2 and osml.SEM_NOOPENFILEERRORBOX == 0x8000)
    refused("OSML_EUNSUPPORTED", osml.set_windows_error_mode, 1)
    refused("OSML_EUNSUPPORTED", osml.suppress_windows_error_dialogs_for_process)
end)

scenario("the report", function()
    collectgarbage()
    local page_size <close> = io.popen("getconf PAGESIZE")
    assert(osml.info(osml.INFO_PAGE_SIZE) == page_size:read("n"))
    assert(live() == 0)
    local b = LockedBuffer(8)
    assert(live() == 1)
    b:close()
    assert(live() == 0)
    assert(osml.version():match("^%d+%.%d+%.%d+[%w-]*$") and osml.error_name(-10001) == "OSML_EUNSUPPORTED")
    refused("OSML_EINVAL", osml.info, 999)
end)

scenario("the lock limit is explained", function()
    local child <close> = io.popen(('"%s" lua5.4 "%s" quota'):format(os.getenv("OSML_QUOTA"), arg[0]))
    local message = child:read("a")
    assert(message:find("^OSML_ELIMIT") and message:find("65536", 1, true) and message:find("ulimit -l", 1, true), message)
end)

scenario("purge closes everything", function()
    local one, other = holding("secret"), LockedBuffer(100000, osml.DEFAULT_PROTECTIONS | osml.GUARDED)
    osml.purge()
    assert(live() == 0 and one:closed() and other:closed())
    for _, b in ipairs { one, other } do
        refused("OSML_ECLOSED", b.get_byte, b, 0)
        b:close()
    end
    local b <close> = holding("new")
    assert(live() == 1 and content(b) == "new")
    osml.purge()
end)

scenario("trim gives idle memory back", function()
    local function figures() return osml.info(osml.INFO_IDLE_BYTES), osml.info(osml.INFO_LIBRARY_LOCKED_BYTES) end
    local stays <close>, made = holding("stays"), {}
    for i = 1, 100 do made[i] = LockedBuffer(1000) end
    for _, b in ipairs(made) do b:close() end
    local idle, locked = figures()
    osml.trim()
    local idle_now, locked_now = figures()
    assert(idle_now < idle and locked_now < locked and content(stays) == "stays")
end)

scenario("encode", function()
    local b <close> = holding("\0\xffk\xff")
    for coding, text in pairs { [osml.HEX] = "00ff6bff", [osml.BASE64] = "AP9r/w==", [osml.BASE64URL] = "AP9r_w", [osml.BASE32] = "AD7WX7Y=" } do
        local encoded <close> = b:encode(coding)
        assert(content(encoded) == text)
        encoded:decode(coding)
        assert(encoded:equal(b))
    end
    refused("OSML_EINVAL", b.encode, b, 0)
end)

scenario("words around a secret", function()
    local b <close> = holding("t0k3n")
    local before <close> = b:prefixed("Bearer ")
    local header <close> = before:suffixed("\r\n")
    local part <close>, twice <const> = header:part(7, 5), b:joined(b)
    assert(content(b) == "t0k3n" and content(header) == "Bearer t0k3n\r\n" and content(part) == "t0k3n" and content(twice) == "t0k3nt0k3n")
    assert(header:find(0, "t0k3n") == 7 and header:find(8, "t0k3n") == -1 and twice:find(1, "t0") == 5)
    assert(math.type(header:find(0, "x")) == "integer")
    assert(b:equal_bytes("t0k3n") and not b:equal_bytes("t0k3N") and not b:equal_bytes("t0k3"))
    refused("OSML_ERANGE", b.part, b, 1, 5)
    twice:close()
end)

scenario("used in place", function() return "SWIG's Lua has no views: C modules take the buffers of lua/" end)

scenario("from a command", function()
    local b <close> = LockedBuffer.from_command("printf\0%s\0$HOME; `id`", 100)
    assert(content(b) == "$HOME; `id`")
    local long <close> = LockedBuffer(300000)
    local same <close> = long:piped("cat\0", 300000)
    assert(long:equal(same))
    assert(refused("OSML_ECOMMAND", long.piped, long, "sh\0-c\0exit 3", 9):find("exit status was 3", 1, true))
    refused("OSML_ETOOBIG", LockedBuffer.from_command, "echo\0long", 3)
    refused("OSML_EEMPTY", LockedBuffer.from_command, "true", 3)
    refused("ENOENT", LockedBuffer.from_command, "/nonexistent/program", 3)
end)

if arg[1] == "quota" then
    print(refused("OSML_ELIMIT", LockedBuffer, 1 << 20))
    os.exit(0, true)
end
print("1.." .. #scenarios)
for number, one in ipairs(scenarios) do
    local ok, message = pcall(one.told)
    print(("%s %d - %s%s"):format(ok and "ok" or "not ok", number, one.name, ok and message and " # SKIP " .. message or ""))
    if not ok then print("# " .. tostring(message)) end
end
