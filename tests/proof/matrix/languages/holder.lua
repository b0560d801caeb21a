-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Holds a secret that comes on descriptor 3: holder.lua KIND. Prints "ready PID", and obeys the commands of ../c/commands.c that it has.
local kinds, held, others = {}, nil, {}

local function process_id()
  local file = assert(io.open("/proc/self/stat"))
  local pid = file:read("*n")
  file:close()
  return pid
end

function kinds.string()
  local file = assert(io.open("/dev/fd/3", "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

function kinds.ours()
  return assert(require("osmemlock").from_fd(3))
end

kinds["ours-env"] = function()
  return assert(require("osmemlock").from_env("OSML_PROOF_SECRET"))
end

local commands = {}

function commands.collect()
  held = nil
  collectgarbage()
  collectgarbage()
  return 0
end

function commands.release()
  if type(held) == "string" then
    return commands.collect()
  end
  held:close()
  return 0
end

function commands.use()
  local sum = 0
  for i = 1, #held do
    sum = (sum + held:byte(i)) % 256
  end
  return sum
end

commands["raise"] = function()
  if type(held) == "string" then
    pcall(error, held)
    return commands.release()
  end
  pcall(require("osmemlock").with, held, error)
  return 0
end

function commands.exec()
  return io.popen("echo $$; exec cat"):read("n")
end

local function more(most)
  local other = require("osmemlock").from_fd(4, {max = most})
  others[#others + 1] = other
  return other and "held" or "refused"
end

function commands.refuse()
  return more(32)
end

function commands.more()
  return more(4096)
end

function commands.fill(count)
  while #others < tonumber(count) do
    local other = require("osmemlock").buffer(64)
    if not other then
      break
    end
    others[#others + 1] = other
  end
  return #others
end

held = kinds[arg[1]]()
io.write("ready ", process_id(), "\n")
io.flush()
for line in io.lines() do
  local command, word = line:match("^(%S+) ?(%S*)")
  if command == "exit" then
    os.exit(0, word == "0")
  end
  io.write("ready ", commands[command](word), "\n")
  io.flush()
end
