-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The scenario "used in place", which LuaJIT can tell.
local osmemlock = require "osmemlock"

local function misuse(f, ...)
    local ok, message = pcall(f, ...)
    assert(not ok and type(message) == "string", "it was not refused")
    return message
end

return function()
    if type(rawget(_G, "jit")) ~= "table" then
        return "a string of Lua's cannot be taken back: C modules pin, by osmemlock_lua.h"
    end
    local view, ffi = require("osmemlock.ffi").view, require("ffi")
    local b = assert(osmemlock.buffer(5)):write(1, "t0k3n")
    local kept
    local text, length = view(b, function(v)
        kept = v
        return ffi.string(v.data, #v), #v
    end)
    assert(text == "t0k3n" and length == 5 and kept.data == nil and #kept == 0)
    local thrown = {}
    local ok, caught = pcall(view, b, function() error(thrown) end)
    assert(not ok and rawequal(caught, thrown))
    assert(misuse(view, b, function(v)
        b:close()
        return v.data[0]
    end):find("closed"))
    misuse(view, b, function() error("it has begun") end)
end
