-- SPDX-License-Identifier: MIT OR Apache-2.0
-- A file that is sealed with AES-GCM. Key and contents are never outside locked memory; the sealed file is 28 bytes longer.
--
--   lua5.4 sealed_file.lua seal KEY-FILE FILE SEALED-FILE     the key has 16, 24 or 32 bytes
--   lua5.4 sealed_file.lua open KEY-FILE SEALED-FILE FILE
local osmemlock = require "osmemlock"
local crypto = require "osmemlock.crypto"

local NONCE = 12
local sealed_file = {}

local function write(path, bytes)
  local file = assert(io.open(path, "wb"))
  file:setvbuf("no")
  if type(bytes) == "string" then
    assert(file:write(bytes))
  else
    assert(bytes:write_fd(file))
  end
  assert(file:close())
end

function sealed_file.seal(key, from, to)
  local contents = assert(osmemlock.from_file(from, { max = 2 ^ 20, allow_empty = true }))
  local sealed, nonce = crypto.seal("aes-gcm", key, nil, contents)
  contents:close()
  write(to, assert(nonce) .. assert(sealed))
end

-- The contents, as a buffer.
function sealed_file.open(key, from)
  local file = assert(io.open(from, "rb"))
  local bytes = file:read("*a")
  file:close()
  return crypto.open("aes-gcm", key, bytes:sub(1, NONCE) .. ("\0"):rep(NONCE - #bytes), bytes:sub(NONCE + 1))
end

local function main(verb, key_file, from, to)
  if not to or not sealed_file[verb] then
    io.stderr:write("usage: sealed_file.lua seal|open KEY-FILE FROM TO\n")
    os.exit(2)
  end
  local key = assert(osmemlock.from_file(key_file))
  if verb == "seal" then
    sealed_file.seal(key, from, to)
  else
    local contents = assert(sealed_file.open(key, from))
    write(to, contents)
    contents:close()
  end
  key:close()
end

if arg and arg[0]:find("sealed_file%.lua$") then
  main(arg[1], arg[2], arg[3], arg[4])
end
return sealed_file
