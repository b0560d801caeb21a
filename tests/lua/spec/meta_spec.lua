-- SPDX-License-Identifier: MIT OR Apache-2.0
-- lua/meta/osmemlock.lua, which editors read, names what there is: no more and no less.
local osmemlock = require "osmemlock"

local META = "lua/meta/osmemlock.lua"
local META_OF_CRYPTO = "lua/meta/osmemlock/crypto.lua"

-- { osmemlock = { buffer = true, ... }, buffer = { byte = true, ... }, guard = ... } from the lines `function NAME` of the file.
local function functions_told(meta)
  local told = { osmemlock = {}, buffer = {}, guard = {}, crypto = {} }
  for line in io.lines(meta) do
    local object, name = line:match("^function ([%w_]+)[.:]([%w_]+)%(")
    if object then
      told[object][name] = true
    end
  end
  return told
end

-- The `---@field` lines of one `---@class`.
local function fields_told(class)
  local told, inside = {}, false
  for line in io.lines(META) do
    if line:match("^%-%-%-@class") then
      inside = line:match("^%-%-%-@class ([%w_.]+)") == class
    end
    local name = inside and line:match("^%-%-%-@field ([%w_]+)")
    if name then
      told[name] = true
    end
  end
  return told
end

-- The names in an `---@alias` of quoted words.
local function words_told(alias)
  local told, inside = {}, false
  for line in io.lines(META) do
    if line:match("^%-%-%-@alias") then
      inside = line:match("^%-%-%-@alias ([%w_.]+)") == alias
    elseif not line:match("^%-%-%-|") then
      inside = false
    end
    if inside then
      for word in line:gmatch("'\"([%w_]+)\"'") do
        told[word] = true
      end
    end
  end
  return told
end

local function names(t, kind)
  local set = {}
  for name, value in pairs(t) do
    if not kind or type(value) == kind then
      set[name] = true
    end
  end
  return set
end

local function without(t, kind)
  local set = {}
  for name, value in pairs(t) do
    if type(value) ~= kind then
      set[name] = true
    end
  end
  return set
end

describe("the types for editors", function()
  it("know every function of the module and of its objects", function()
    local told = functions_told(META)
    assert.truthy(next(told.osmemlock) and next(told.buffer) and next(told.guard))
    assert.same(told.osmemlock, names(osmemlock, "function"))
    assert.same(told.buffer, names(debug.getmetatable(osmemlock.buffer(1)).__index))
    assert.same(told.guard, names(debug.getmetatable(osmemlock.disable_core_dumps_with_guard()).__index))
  end)

  it("know every function of osmemlock.crypto", function()
    local told = functions_told(META_OF_CRYPTO).crypto
    assert.truthy(next(told))
    assert.same(told, names((require "osmemlock.crypto")))
    assert.truthy(loadfile(META_OF_CRYPTO))
    assert.truthy(loadfile("lua/meta/osmemlock/ffi.lua"))
  end)

  it("know every constant", function()
    assert.same(fields_told("osmemlock"), without(osmemlock, "function"))
  end)

  it("know what info() tells", function()
    assert.same(fields_told("osmemlock.process_info"), names(osmemlock.info()))
    assert.same(fields_told("osmemlock.buffer_info"), names(osmemlock.buffer(1):info()))
  end)

  it("know the options and their values", function()
    for policy in pairs(words_told("osmemlock.policy")) do
      assert.truthy(osmemlock.buffer(1, { policy = policy }), policy)
    end
    for fork in pairs(words_told("osmemlock.fork")) do
      assert.truthy(osmemlock.buffer(1, { fork = fork }), fork)
    end
    local b = osmemlock.buffer(1, { guarded = true })
    for access in pairs(words_told("osmemlock.access")) do
      assert.truthy(b:protect(access), access)
    end
    assert.same({ policy = true, guarded = true, secretmem = true, fork = true }, fields_told("osmemlock.options"))
  end)

  it("know the names of the protections", function()
    local told = words_told("osmemlock.protection")
    for name in pairs(osmemlock.info().supported_protections) do
      assert(told[name], name)
    end
    for _, options in ipairs({ {}, { guarded = true }, { fork = "nofork" } }) do
      for name in pairs(osmemlock.buffer(1, options):info().protections) do
        assert(told[name], name)
      end
    end
  end)

  it("are a program that Lua accepts", function()
    assert.truthy(loadfile(META))
  end)
end)
