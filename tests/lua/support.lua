-- SPDX-License-Identifier: MIT OR Apache-2.0
-- What the Lua tests share. For every Lua from 5.1 on.
local osmemlock = require "osmemlock"

local support = {}

-- Of the programs that run without a test framework, and print TAP.
local count, failed = 0, 0

function support.it(what, f)
  local ok, message = pcall(f)
  count = count + 1
  failed = failed + (ok and 0 or 1)
  print((ok and "ok " or "not ok ") .. count .. " - " .. what .. (ok and "" or ": " .. tostring(message)))
end

function support.done(what)
  print("1.." .. count)
  print(("# %s: %d passed, %d failed"):format(what, count - failed, failed))
  os.exit(failed == 0 and 0 or 1)
end

function support.live()
  return osmemlock.info().live_buffers
end

-- What the kernel says is locked, in KiB: no library is believed.
function support.locked()
  local file = assert(io.open("/proc/self/status"))
  local text = file:read("*a")
  file:close()
  return tonumber(text:match("VmLck:%s*(%d+) kB"))
end

-- Twice: the first round runs the finalizers, the second takes what they held.
function support.collect()
  collectgarbage()
  collectgarbage()
end

-- The program is wrong: f must raise a string, with the place of its caller in front and `pattern` in it.
function support.misuse(f, pattern)
  local ok, message = pcall(f)
  assert(not ok, "no error was raised")
  assert(type(message) == "string", "the error is a " .. type(message))
  assert(message:find("^[^:]+%.lua:%d+: "), "no place in: " .. message)
  assert(not pattern or message:find(pattern), "not what was expected: " .. message)
  return message
end

-- A runtime error: nil, a message, and `code`, an errno or a name. Returns the message.
function support.refused(code, ...)
  local result, message, told = ...
  assert(select("#", ...) >= 3 and result == nil, "was not refused")
  assert(type(message) == "string" and #message > 0, "no message")
  assert(told == code, "the code is " .. tostring(told))
  return message
end

-- All bytes of a buffer as one string. For tests only: this is the leak that the module is there to avoid.
function support.text(b)
  return b:expose(function(bytes)
    return bytes .. ""
  end)
end

-- Finds `text`, which must be a buffer's only, in the memory that is locked, and overwrites the byte behind it.
function support.overflow(text)
  local first, last, found
  local memory = assert(io.open("/proc/self/mem", "r+b"))
  for line in io.lines("/proc/self/smaps") do
    local from, to = line:match("^(%x+)%-(%x+) ")
    if from then
      first, last = tonumber(from, 16), tonumber(to, 16)
    elseif line:find("^VmFlags:.* lo") then
      memory:seek("set", first)
      local at = (memory:read(last - first) or ""):find(text, 1, true) -- memfd_secret(2) is locked and cannot be read here
      found = at and first + at - 1 + #text or found
    end
  end
  assert(found, "there is no such buffer")
  memory:seek("set", found)
  memory:write("!")
  memory:close()
end

-- A file with these bytes; its path.
function support.file(bytes)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
  return path
end

-- The exit code of a Lua program, run by this same interpreter. Lua 5.1 and LuaJIT's os.execute return the status of waitpid(2).
function support.run(code)
  local path = support.file(code)
  local result, how, number = os.execute(support.interpreter .. " " .. path)
  os.remove(path)
  if type(result) == "number" then
    return result >= 256 and result / 256 or -result
  end
  return how == "exit" and number or -number
end

-- A finalizer; of an object made in a coroutine, so that nothing is left of it on this stack.
function support.at_next_collection(f)
  coroutine.wrap(function()
    if newproxy then -- luacheck: ignore 113
      getmetatable(newproxy(true)).__gc = f -- luacheck: ignore 113
    else
      setmetatable({}, { __gc = f })
    end
  end)()
end

support.interpreter = os.getenv("OSML_LUA") or "lua5.4"

return support
