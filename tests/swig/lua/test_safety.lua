-- SPDX-License-Identifier: MIT OR Apache-2.0
-- What must never crash: each runs in a child, whose exit status is looked at. test_safety.lua [NAME]: NAME is what the child runs.
local osml = require "osmemlock_swig"
local LockedBuffer = osml.LockedBuffer

local tests, order = {}, {}
local function test(name, run)
    tests[name] = run
    order[#order + 1] = name
end

local function refused(code, f, ...)
    local ok, message = pcall(f, ...)
    assert(not ok and tostring(message):sub(1, #code) == code, message)
end

-- As the collector does it; scripts get no metatable without the debug library.
local function finalize(object) debug.getmetatable(object).__gc(object) end

test("use_after_close", function()
    local b = LockedBuffer(8)
    b:close()
    b:close()
    for _, method in ipairs { b.wipe, b.verify, b.protections } do refused("OSML_ECLOSED", method, b) end
end)

test("nil_and_foreign_objects", function()
    local b = LockedBuffer(8)
    refused("OSML_EINVAL", b.close, nil)
    refused("OSML_EINVAL", b.copy, b, 0, nil, 0, 1)
    refused("OSML_EINVAL", LockedBuffer.from_file, nil, 9)
    refused("bad argument #1", LockedBuffer.from_file, "/dev/null\0", 9)
    refused("bad argument #1", LockedBuffer.from_file, 12, 9)
    local guard = osml.disable_core_dumps_with_guard()
    refused("OSML_EINVAL", guard.release, nil)
    for _, foreign in ipairs { io.stdout, {}, "text", 12, print, coroutine.create(print), guard } do
        refused("", b.close, foreign)
        refused("", b.equal, b, foreign)
        refused("", b.get_byte, b, type(foreign) == "number" and {} or foreign)
    end
    guard:release()
end)

test("closed_by_the_collector", function()
    local b = LockedBuffer(8)
    finalize(b)
    refused("OSML_EINVAL", b.wipe, b)
    b = nil
    collectgarbage()
    assert(b == nil and osml.info(osml.INFO_LIVE_BUFFERS) == 0)
end)

test("metatables_are_out_of_reach", function()
    for _, holder in ipairs { osml, LockedBuffer, osml.CoreDumpsGuard, LockedBuffer(8), osml.disable_core_dumps_with_guard() } do
        assert(getmetatable(holder) == false)
        if type(holder) == "table" then refused("cannot change a protected metatable", setmetatable, holder, {}) end
    end
end)

test("finalizers_take_their_own_objects_alone", function()
    local b, guard = LockedBuffer(8), osml.disable_core_dumps_with_guard()
    local finalizers = { [b] = debug.getmetatable(b).__gc, [guard] = debug.getmetatable(guard).__gc }
    for own, finalizer in pairs(finalizers) do
        refused("bad argument #1", finalizer)
        refused("bad argument #1", finalizer, nil)
        for _, foreign in ipairs { 12, "text", {}, print, io.stdout, coroutine.create(print), own == b and guard or b } do
            refused("bad argument #1", finalizer, foreign)
        end
    end
    assert(b:size() == 8 and not b:closed() and io.type(io.stdout) == "file")
end)

-- SWIG's own wrote into whatever userdata it was given.
test("nothing_can_be_disowned", function()
    local b, guard = LockedBuffer(8), osml.disable_core_dumps_with_guard()
    local file = assert(io.tmpfile())
    for _, disown in pairs { b.__disown, guard.__disown } do disown(file) end
    assert(b.__disown == nil and guard.__disown == nil)
    file:close()
end)

-- SWIG's own compared what lies in the userdata, a foreign one's too.
test("an_object_equals_itself_alone", function()
    local a, b, guard = LockedBuffer(8), LockedBuffer(8), osml.disable_core_dumps_with_guard()
    for _, foreign in ipairs { b, guard, io.stdout, {}, "text", 12, false } do assert(a ~= foreign and foreign ~= a) end
    finalize(a)
    finalize(b)
    assert(a == a and a ~= b)
end)

-- 0 to 7 times the same argument, of every kind; what it answers is not of interest, only that it lives on.
local function try_with_everything(f, ...)
    for _, value in ipairs { false, -1, "text", {}, type, io.stdout, coroutine.create(type), ... } do
        local arguments = {}
        for n = 0, 7 do
            arguments[n] = value or nil
            pcall(f, table.unpack(arguments, 1, n))
        end
    end
end

test("methods_with_foreign_arguments", function()
    local collected, guard = LockedBuffer(8), osml.disable_core_dumps_with_guard()
    finalize(collected)
    local names = "__close __len __tostring close closed copy decode encode equal equal_bytes fill find get_byte protect protections random " ..
        "read set_byte size verify wipe write write_fd"
    for name in names:gmatch "%S+" do
        local b = LockedBuffer(8)
        try_with_everything(b[name], guard, collected)
        assert(not b:closed())
        try_with_everything(function(...) return b[name](b, ...) end, guard, collected)
    end
    try_with_everything(guard.release, LockedBuffer(8))
    try_with_everything(guard.__close, LockedBuffer(8))
    try_with_everything(guard.__tostring, LockedBuffer(8))
    guard:release()
end)

test("functions_with_foreign_arguments", function()
    local b, guard = LockedBuffer(8), osml.disable_core_dumps_with_guard()
    for _, namespace in ipairs { osml, LockedBuffer } do
        for _, f in pairs(namespace) do
            if type(f) ~= "number" and f ~= osml.purge then try_with_everything(f, b, guard) end
        end
    end
    assert(not b:closed())
end)

test("operators_and_libraries_with_objects", function()
    local b, collected, guard = LockedBuffer(8), LockedBuffer(8), osml.disable_core_dumps_with_guard()
    finalize(collected)
    for _, object in ipairs { b, collected, guard, osml, LockedBuffer, osml.CoreDumpsGuard } do
        for _, key in ipairs { 1, "text", {}, b, ".fn", ".get", ".set", ".instance", ".static", "__gc", "__index", "__metatable" } do
            assert(object[key] == nil)
        end
        refused("", function() object[nil] = 1 end)
        for _, f in ipairs { table.concat, table.insert, table.move, table.sort, table.unpack, tostring, ipairs, next, rawget, rawset } do
            try_with_everything(f, object)
            try_with_everything(function(...) return f(object, ...) end)
        end
        for _, operation in ipairs { "#a", "-a", "~a", "a .. b", "a + b", "a < b", "a <= b", "a == b", "a(b)", "a[b]" } do
            local operate = load("local a, b = ...; return " .. operation)
            try_with_everything(operate, object)
            try_with_everything(function(other) return operate(object, other) end, b, guard)
        end
    end
    assert(not b:closed())
end)

test("resurrected_in_a_finalizer", function()
    local kept
    do
        local holder = setmetatable({ buffer = LockedBuffer(8) }, { __gc = function(self) kept = self.buffer end })
        holder = nil
        assert(holder == nil)
    end
    collectgarbage()
    pcall(kept.wipe, kept)
    collectgarbage()
end)

test("used_by_a_later_finalizer", function()
    local b, guard = LockedBuffer(8), osml.disable_core_dumps_with_guard()
    for _, object in ipairs { b, guard } do finalize(object) end
    local fresh = {}
    for i = 1, 100 do fresh[i] = LockedBuffer(8) end
    refused("OSML_EINVAL", b.close, b)
    refused("OSML_EINVAL", guard.release, guard)
    for _, object in ipairs { b, guard } do finalize(object) end
    for i = 1, 100 do assert(not fresh[i]:closed()) end
end)

test("used_by_a_finalizer_at_the_end", function()
    Later = setmetatable({}, {
        __gc = function()
            local ok, message = pcall(Guard.release, Guard)
            if ok or message:sub(1, 11) ~= "OSML_EINVAL" then os.exit(1, false) end
        end
    })
    Guard = osml.disable_core_dumps_with_guard() -- made later, so collected first
end)

test("no_addresses", function()
    assert(tostring(LockedBuffer(8)) == "LockedBuffer" and tostring(osml.disable_core_dumps_with_guard()) == "CoreDumpsGuard")
end)

test("no_globals_of_swig", function() assert(swig_type == nil and swig_equals == nil) end)

-- The collector runs when the string has been made, while the buffer is pinned.
test("closed_while_it_is_read", function()
    local b = LockedBuffer(4096)
    local read, closed, ok, answer = b.read, b.closed, nil, nil
    setmetatable({}, { __gc = function() b:close() end })
    repeat
        ok, answer = pcall(read, b, 0, 4096)
        assert(ok ~= closed(b))
    until not ok
    assert(answer:find("^OSML_ECLOSED"), answer)
end)

test("no_memory_for_a_string", function()
    local size = 128 * 1024 * 1024
    if not os.getenv("OSML_NO_MEMORY") then
        assert(os.execute(('ulimit -v 220000 && OSML_NO_MEMORY=1 lua5.4 "%s" no_memory_for_a_string'):format(arg[0])))
        return
    end
    local b = LockedBuffer(size, osml.GUARDED, osml.POLICY_BEST_EFFORT)
    assert(#b:read(0, 8) == 8)
    refused("not enough memory", b.read, b, 0, size)
    b:protect(osml.ACCESS_NONE) -- refused while it is pinned
end)

local function soft_core_limit() return io.open("/proc/self/limits"):read("a"):match("Max core file size +(%S+)") end

-- Every allocation of Lua's fails once. What the core has made by then is released.
test("no_memory_for_an_object", function()
    local helper, before = require "helper", soft_core_limit()
    local function from_file() LockedBuffer.from_file("/proc/sys/kernel/ostype", 9) end
    for _, make in ipairs { function() LockedBuffer(8) end, from_file, function() osml.disable_core_dumps_with_guard() end } do
        local allocations = -1
        repeat
            allocations = allocations + 1
            local refusal = helper.starve(allocations, make)
            if not refusal then collectgarbage() end
            assert(osml.info(osml.INFO_LIVE_BUFFERS) == 0 and soft_core_limit() == before)
        until not refusal
        assert(allocations > 0)
    end
end)

test("abandoned_coroutine", function()
    local abandoned = coroutine.create(function()
        local b <close> = LockedBuffer(8)
        coroutine.yield(b:size())
    end)
    coroutine.resume(abandoned)
    abandoned = nil
    collectgarbage()
    assert(abandoned == nil and osml.info(osml.INFO_LIVE_BUFFERS) == 0)
end)

test("live_at_exit", function()
    Leaked = { LockedBuffer(32), LockedBuffer(100000), osml.disable_core_dumps_with_guard() }
    os.exit(0, false) -- runs no __gc; the core wipes
end)

test("live_at_end", function() Leaked = { LockedBuffer(32), LockedBuffer(100000), osml.disable_core_dumps_with_guard() } end)

test("garbage_holds_the_quota", function()
    if not os.getenv("OSML_QUOTA_SET") then
        assert(os.execute(('OSML_QUOTA_SET=1 "%s" lua5.4 "%s" garbage_holds_the_quota'):format(os.getenv("OSML_QUOTA"), arg[0])))
        return
    end
    collectgarbage("stop")
    for _ = 1, 10 do LockedBuffer(40000) end
end)

if arg[1] then
    tests[arg[1]]()
    return
end
assert(not os.execute("kill -KILL $$"), "the control: a crash of a child must be seen")
local failed = 0
for _, name in ipairs(order) do
    local ok = os.execute(('lua5.4 "%s" %s'):format(arg[0], name))
    print((ok and "ok   " or "FAILED ") .. name)
    failed = failed + (ok and 0 or 1)
end
print(#order .. " tests, " .. failed .. " failed")
os.exit(failed == 0, true)
