-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Holds a secret and waits to be searched: INTERPRETER residue.lua KIND THEN. It gets the secret from KIND, prints "ready PID", waits for a
-- line, does THEN, prints "ready PID" again and waits for the end of stdin. tests/proof/lib.sh speaks the other side.
local client = require "client"
local helper = require "helper"
local osmemlock = require "osmemlock"

local SECRET_FD = 3

local function ready()
  io.write("ready ", helper.pid(), "\n")
  io.flush()
  return io.read("*l")
end

-- How the secret comes into the process.
local kinds = {}

kinds["from-fd"] = function()
  return assert(osmemlock.from_fd(SECRET_FD))
end

kinds["from-fd-guarded"] = function()
  return assert(osmemlock.from_fd(SECRET_FD, { guarded = true }))
end

kinds["from-fd-handle"] = function()
  local file = assert(io.open("secret", "rb"))
  local b = assert(osmemlock.from_fd(file))
  file:close()
  return b
end

kinds["from-fd-handle-half"] = function()
  local file = assert(io.open("line-and-secret", "rb"))
  file:setvbuf("no") -- otherwise the line brings the secret into the buffer of stdio, which is the user's doing
  assert(file:read("*l") == "line")
  local b = assert(osmemlock.from_fd(file))
  file:close()
  return b
end

kinds["from-file"] = function()
  return assert(osmemlock.from_file("secret"))
end

kinds["from-credential"] = function()
  return assert(osmemlock.from_credential("secret"))
end

kinds["from-env"] = function()
  return assert(osmemlock.from_env("OSML_PROOF_SECRET"))
end

kinds["prompt"] = function()
  return assert(osmemlock.prompt("secret: "))
end

kinds["decode-hex"] = function()
  return assert(osmemlock.from_fd(SECRET_FD)):decode_hex()
end

kinds["decode-base64"] = function()
  return assert(osmemlock.from_fd(SECRET_FD)):decode_base64()
end

kinds["too-big"] = function()
  assert(select(3, osmemlock.from_file("secret", { max = 60 })) == "OSML_ETOOBIG")
  return osmemlock.buffer(1)
end

-- Everything that may be done with a secret, but for `expose`.
kinds["used"] = function()
  local b = assert(osmemlock.from_fd(SECRET_FD))
  local half = osmemlock.buffer(#b):copy(1, b):fill(0, 1, 48)
  local null = assert(io.open("/dev/null", "wb"))
  for i = 1, #b do
    b:set(i, b:byte(i))
  end
  assert(b ~= half and b:equals(b) and not b:equals(("x"):rep(#b)))
  assert(b:verify() and b:write_fd(null) and #client.hmac(b, "message") == 64)
  osmemlock.with(half, tostring)
  null:close()
  return b
end

-- Controls: careless programs.
kinds["io-read"] = function()
  return assert(io.open("secret", "rb")):read("*a")
end

kinds["getenv"] = function()
  return assert(os.getenv("OSML_PROOF_SECRET"))
end

kinds["expose"] = function()
  local b = assert(osmemlock.from_fd(SECRET_FD))
  local text = b:expose(function(secret)
    return secret
  end)
  b:close()
  return text
end

if arg[2]:find("^exit") then
  assert(helper.wait_at_exit())
end
local held = kinds[arg[1]]()

local function collect()
  held = nil
  collectgarbage()
  collectgarbage()
end

-- How it goes.
local ends = { collect = collect }

function ends.close()
  held:close()
end

ends["with-error"] = function()
  assert(not pcall(osmemlock.with, held, error))
end

ends["close-error"] = function()
  local load = loadstring or load -- luacheck: ignore 113
  local f = assert(load("local b <close> = ... error('enough')"))
  assert(not pcall(f, held))
end

-- What belonged to a state goes with the state. The secret is read once more, in there.
ends["state"] = function()
  held:close()
  assert(helper.state([[
    local osmemlock = require "osmemlock"
    held = assert(osmemlock.from_file("secret"))
    thread = coroutine.create(function()
      local b = assert(osmemlock.from_file("secret"))
      coroutine.yield(b:byte(1))
    end)
    coroutine.resume(thread)
  ]]) == nil)
end

-- The end of the program, without a word to the buffer. The second "ready" comes from helper.wait_at_exit().
function ends.exit()
  os.exit(0)
end

ends["exit-close"] = function()
  os.exit(0, true)
end

ends["exit-abandoned"] = function()
  local load = loadstring or load -- luacheck: ignore 113
  local thread = coroutine.create(assert(load("local b <close> = ... coroutine.yield()")))
  assert(coroutine.resume(thread, held))
  os.exit(0)
end

ready()
ends[arg[2]]()
ready()
