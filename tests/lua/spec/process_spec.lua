-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The calls on the process, and locks by address. What changes the process for good is done in a child.
local helper = require "helper"
local osmemlock = require "osmemlock"
local support = require "support"

local function core_limit()
  for line in io.lines("/proc/self/limits") do
    local soft = line:match("^Max core file size%s+(%S+)")
    if soft then
      return soft
    end
  end
end

describe("core dumps", function()
  it("are off while a guard lives, in any order of release", function()
    assert.equal(0, helper.fork(function()
      local was = core_limit()
      local one = osmemlock.disable_core_dumps_with_guard()
      local two = osmemlock.disable_core_dumps_with_guard()
      assert(core_limit() == "0")
      assert(one:release())
      assert(core_limit() == "0")
      assert(two:release())
      assert(one:release() and two:release())
      return core_limit() == was
    end))
  end)

  it("are off until a dropped guard is collected", function()
    assert.equal(0, helper.fork(function()
      local was = core_limit()
      osmemlock.disable_core_dumps_with_guard()
      support.collect()
      return core_limit() == was
    end))
  end)

  it("are off for good when asked", function()
    assert.equal(0, helper.fork(function()
      assert(osmemlock.disable_core_dumps_for_process() == true)
      osmemlock.disable_core_dumps_with_guard():release()
      return core_limit() == "0"
    end))
  end)

  it("guards are sealed and tell nothing", function()
    local guard = osmemlock.disable_core_dumps_with_guard()
    assert.is_false(getmetatable(guard))
    assert.is_nil(tostring(guard):find("0x"))
    assert.is_false(pcall(function()
      guard.x = 1
    end))
    guard:release()
  end)
end)

describe("harden", function()
  it("tells which steps hold, and takes them back", function()
    assert.equal(0, helper.fork(function()
      local was = core_limit()
      local holds = assert(osmemlock.harden())
      assert(holds.core_limit == true and holds.undumpable == true)
      assert(core_limit() == "0")
      local undone = assert(osmemlock.harden_undo())
      assert(undone.core_limit == true and undone.undumpable == true)
      return core_limit() == was
    end))
  end)

  it("does only what is asked", function()
    assert.equal(0, helper.fork(function()
      local holds = assert(osmemlock.harden("core_limit"))
      assert(holds.core_limit == true and holds.undumpable == nil)
      local undone = assert(osmemlock.harden_undo("undumpable"))
      return undone.undumpable == false and undone.core_limit == nil
    end))
  end)
end)

describe("locks by address", function()
  it("show in VmLck", function()
    local b = osmemlock.buffer(64 * 1024)
    local locked = support.locked()
    assert.is_true(osmemlock.munlock(b))
    assert.is_true(support.locked() <= locked - 64)
    assert.is_true(osmemlock.mlock(b, 1, 4096))
    assert.is_true(osmemlock.mlock(b))
    assert.equal(locked, support.locked())
    assert.is_true(osmemlock.madvise_dontdump(b))
    b:close()
  end)

  it("of nothing succeed", function()
    local b = osmemlock.buffer(8)
    assert.is_true(osmemlock.mlock(b, 1, 0))
    assert.is_true(osmemlock.munlock(b, 1, 0))
    assert.is_true(osmemlock.madvise_dontdump(b, 1, 0))
  end)
end)

describe("Windows' error mode", function()
  it("is unsupported here, and its constants are Windows' own", function()
    support.refused("OSML_EUNSUPPORTED", osmemlock.set_windows_error_mode(osmemlock.SEM_FAILCRITICALERRORS))
    support.refused("OSML_EUNSUPPORTED", osmemlock.suppress_windows_error_dialogs_for_process())
    assert.equal(1, osmemlock.SEM_FAILCRITICALERRORS)
    assert.equal(2, osmemlock.SEM_NOGPFAULTERRORBOX)
    assert.equal(0x8000, osmemlock.SEM_NOOPENFILEERRORBOX)
  end)
end)

describe("the report", function()
  it("agrees with the system", function()
    local info = osmemlock.info()
    local pipe = assert(io.popen("getconf PAGE_SIZE"))
    assert.equal(pipe:read("n"), info.page_size)
    pipe:close()
    assert.equal(support.locked() * 1024, osmemlock.info().lock_used)
    assert.equal("integer", math.type(info.live_buffers))
    assert.is_true(info.offered.locked)
    assert.equal(0, info.corruptions)
    assert.equal(0, info.double_frees)
  end)

  it("is a new table each time", function()
    assert.is_false(rawequal(osmemlock.info(), osmemlock.info()))
  end)

  it("gives locked memory back when the buffers are closed, but for one spare arena", function()
    support.collect()
    local many, most = {}, 0
    local function round()
      for i = 1, 5000 do
        many[i] = osmemlock.buffer(1000)
      end
      most = support.locked()
      for _, b in ipairs(many) do
        b:close()
      end
      return support.locked()
    end
    local left = round()
    assert.is_true(left < most / 2)
    assert.is_true(round() <= left)
  end)
end)
