-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The calls on the process, and locks by address. What changes the process for good is done in a child.
local client = require "client"
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

  it("tell when the limit of before cannot come back", function()
    assert.equal(0, helper.fork(function()
      support.collect() -- guards that other tests dropped: the last one of all restores
      local set = "prlimit --pid " .. helper.pid() .. " --core="
      os.execute(set .. "4096:4096")
      if core_limit() ~= "4096" then
        return true -- a hard limit below that: nothing could be lost
      end
      support.collect() -- guards that others dropped
      local guard, other = osmemlock.disable_core_dumps_with_guard(), osmemlock.disable_core_dumps_with_guard()
      os.execute(set .. "0:0")
      assert(other:release() == true)
      support.refused(1, guard:release()) -- EPERM
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

describe("purge", function()
  it("closes every buffer, also one that is pinned, and new ones can be made", function()
    assert.equal(0, helper.fork(function()
      local key, other = osmemlock.buffer(4):write(1, "Jefe"), osmemlock.buffer(100000, { guarded = true })
      local seen, answer = client.pinned(key, osmemlock.purge)
      assert(seen == "\0\0\0\0" and answer == -10005)
      assert(osmemlock.purge() == true and key:closed() and other:closed() and support.live() == 0)
      key:close()
      return support.text(osmemlock.buffer(3):write(1, "new")) == "new"
    end))
  end)

  it("makes a call that had the key meanwhile fail", function()
    assert.equal(0, helper.fork(function()
      local key = osmemlock.buffer(4):write(1, "Jefe")
      osmemlock.purge()
      local ok, message = pcall(client.hmac, key, "x")
      return not ok and message:find("closed", 1, true) ~= nil
    end))
  end)
end)

describe("trim", function()
  it("gives back what closed buffers left, and no page of one that is open", function()
    local key, made = osmemlock.buffer(4):write(1, "Jefe"), {}
    support.collect()
    for i = 1, 100 do made[i] = osmemlock.buffer(1000) end
    for i = 1, 100 do made[i]:close() end
    assert.is_true(osmemlock.info().idle_bytes > 0)
    local locked = support.locked()
    assert.is_true(osmemlock.trim())
    assert.is_true(support.locked() < locked)
    assert.equal(0, osmemlock.info().idle_bytes)
    assert.is_true(key:verify().locked)
    assert.equal("Jefe", support.text(key))
    key:close()
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
    local told = support.refused("OSML_EUNSUPPORTED", osmemlock.set_windows_error_mode(osmemlock.SEM_FAILCRITICALERRORS))
    assert.equal("only Windows has an error mode", told)
    support.refused("OSML_EUNSUPPORTED", osmemlock.set_windows_error_mode(0))
    support.refused("OSML_EUNSUPPORTED", osmemlock.set_windows_error_mode(2 ^ 32 - 1))
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
    assert.equal(support.locked() * 1024, osmemlock.info().process_locked_bytes)
    assert.equal("integer", math.type(info.live_buffers))
    assert.is_true(info.supported_protections.locked)
    assert.equal("integer", math.type(info.corruptions)) -- other tests corrupt some buffers on purpose
    assert.equal(0, info.double_frees)
  end)

  it("is a new table each time", function()
    assert.is_false(rawequal(osmemlock.info(), osmemlock.info()))
  end)

  it("gives locked memory back when the buffers are closed, within a bound", function()
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
    for _ = 1, 3 do
      assert.is_true(round() < most / 2)
    end
  end)
end)
