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

test("use_after_close", function()
    local b = LockedBuffer(8)
    b:close()
    b:close()
    for _, method in ipairs { b.wipe, b.verify, b.protections, b.decode_hex } do refused("OSML_ECLOSED", method, b) end
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
    getmetatable(b).__gc(b)
    refused("OSML_EINVAL", b.wipe, b)
    b = nil
    collectgarbage()
    assert(b == nil and osml.info(osml.INFO_LIVE_BUFFERS) == 0)
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
    for _, object in ipairs { b, guard } do getmetatable(object).__gc(object) end
    local fresh = {}
    for i = 1, 100 do fresh[i] = LockedBuffer(8) end
    refused("OSML_EINVAL", b.close, b)
    refused("OSML_EINVAL", guard.release, guard)
    for _, object in ipairs { b, guard } do getmetatable(object).__gc(object) end
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

test("no_globals_of_swig", function() assert(swig_type == nil and swig_equals == nil) end)

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
assert(not os.execute("kill -SEGV $$"), "the control: a crash of a child must be seen")
local failed = 0
for _, name in ipairs(order) do
    local ok = os.execute(('lua5.4 "%s" %s'):format(arg[0], name))
    print((ok and "ok   " or "FAILED ") .. name)
    failed = failed + (ok and 0 or 1)
end
print(#order .. " tests, " .. failed .. " failed")
os.exit(failed == 0, true)
