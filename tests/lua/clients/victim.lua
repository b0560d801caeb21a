-- SPDX-License-Identifier: MIT OR Apache-2.0
-- The process that is searched: LUA victim.lua CLIENT SEED SEED SOCKET PATH. What it says is told in tests/python/clients/victim.py. What
-- a client does is here; which result it must have, and what may be left of it, is in clients.py.
local osmemlock = require "osmemlock"

local MESSAGE, SALT, NONCE = "a message that everybody may read", "sixteen byte salt", "twelve bytes"
local name, locked_seed, ordinary_seed, socket, path = arg[1], arg[2], arg[3], tonumber(arg[4]), arg[5]
local alive = {} -- what a client wants to be alive while its process is searched

local function say(text)
  io.write(text, "\n")
  io.flush()
  return io.read("l")
end

-- As tests/python/clients/control.py. From the decimal text: a seed has 64 bits, and Lua reads what is above 2^63 as a float.
local function control_bytes(seed)
  local state, bytes = 0, {}
  for digit in seed:gmatch("%d") do
    state = state * 10 + math.tointeger(digit)
  end
  for i = 1, 32 do
    state = state * 6364136223846793005 + 1442695040888963407
    bytes[i] = state >> 56
  end
  return bytes
end

-- For one scope: a string for libraries that take no buffer.
local function exposed(use)
  return function(key)
    return key:expose(use)
  end
end

local clients = {}

-- ---- In: the buffer that is given is closed, and the secret comes from elsewhere.

clients["osmemlock.from_fd"] = function() return assert(osmemlock.from_fd(socket)) end
clients["osmemlock.from_file"] = function() return assert(osmemlock.from_file(path)) end

clients["osmemlock.from_fd(io.popen(command))"] = function()
  local command = assert(io.popen("cat " .. path))
  local b = assert(osmemlock.from_fd(command))
  assert(command:close())
  return b
end

clients["io.open(path):read('a')"] = function()
  local file = assert(io.open(path, "rb"))
  alive[1] = file:read("a")
  file:close()
  return osmemlock.buffer(32):write(1, alive[1])
end

clients["io.popen(command):read('a')"] = function()
  local command = assert(io.popen("cat " .. path))
  alive[1] = command:read("a")
  command:close()
  return osmemlock.buffer(32):write(1, alive[1])
end

-- ---- Computing

local function crypto()
  return require "osmemlock.crypto"
end

clients["crypto.hmac"] = function(key) return crypto().hmac("sha256", key, MESSAGE, "raw") end

clients["crypto.hmac_verify"] = function(key)
  return tostring(crypto().hmac_verify("sha256", key, MESSAGE, crypto().hmac("sha256", key, MESSAGE, "hex"), "hex"))
end

clients["crypto.digest"] = function(key) return crypto().digest("sha256", key, "raw") end
clients["crypto.hkdf"] = function(key) return crypto().hkdf("sha256", key, 32, SALT) end
clients["crypto.pbkdf2"] = function(key) return crypto().pbkdf2("sha256", key, SALT, 1000, 32) end
clients["crypto.seal (AES-GCM), as key"] = function(key)
  return (crypto().seal("aes-gcm", key, NONCE, osmemlock.buffer(5):write(1, "hello")))
end

clients["crypto.seal (ChaCha20-Poly1305), as plaintext"] = function(key)
  return (crypto().seal("chacha20-poly1305", osmemlock.buffer(32), NONCE, key))
end

clients["crypto.open (AES-GCM)"] = function(key)
  local sealed = crypto().seal("aes-gcm", osmemlock.buffer(16), NONCE, key)
  return assert(crypto().open("aes-gcm", osmemlock.buffer(16), NONCE, sealed))
end

clients["b == other, b:equal(other)"] = function(key)
  return tostring(key == osmemlock.buffer(32):copy(1, key) and not key:equal(("x"):rep(32)))
end

clients["osmemlock.join, b:sub, b:find"] = function(key)
  local header = osmemlock.join { "Authorization: Bearer ", key }
  return header:sub(header:find(key))
end

clients["b:encode, b:decode"] = function(key) return key:encode("base64"):decode("base64") end

clients["b:byte(i), each"] = function(key)
  local sum = 0
  for i = 1, #key do
    sum = (sum * 31 + key:byte(i)) % 4294967296
  end
  return tostring(sum)
end

clients["luaossl hmac.new(s)"] = exposed(function(s)
  return require("openssl.hmac").new(s, "sha256"):final(MESSAGE)
end)

clients["luaossl cipher.new('aes-256-ctr'):encrypt(s)"] = exposed(function(s)
  return require("openssl.cipher").new("aes-256-ctr"):encrypt(s, ("\0"):rep(16)):final("hello")
end)

clients["cjson.encode{s}"] = exposed(function(s) return require("cjson").encode({ s }) end)
clients["dkjson.encode{s}"] = exposed(function(s) return require("dkjson").encode({ s }) end)
clients["luasocket mime.b64(s)"] = exposed(function(s) return (require("mime").b64(s)) end)

clients["luasql sqlite3, s in a statement"] = exposed(function(s)
  local connection = assert(require("luasql.sqlite3").sqlite3():connect(":memory:"))
  local cursor = assert(connection:execute(("SELECT upper('%s')"):format(s)))
  local answer = cursor:fetch()
  cursor:close()
  connection:close()
  return answer
end)

clients["('Bearer ' .. s):upper():match(...)"] = exposed(function(s)
  return (("Bearer " .. s):upper():match("^BEARER (.*)$"))
end)

-- ---- Out: what comes of it is read at the other end of the socket.

clients["b:write_fd(fd)"] = function(key) assert(key:write_fd(socket)) end

clients["io.open(...):write(s)"] = exposed(function(s)
  local file = assert(io.open("/dev/null", "wb"))
  file:write(s)
  file:close()
  return s
end)

-- ---- For contrast

clients["expose, and the string is kept"] = exposed(function(s)
  alive[1] = s
  return s
end)

clients["table.concat of b:byte(...)"] = function(key)
  return string.char(key:byte(1, -1))
end

local function text_of(result)
  if type(result) ~= "userdata" then
    return result
  end
  return require("osmemlock.crypto").hmac("sha256", result, "fingerprint", "raw") -- tells what it holds without telling it
end

local function hex(text)
  return (text:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

local function run(key)
  local result = text_of(clients[name](key))
  return result and " " .. hex(result) or " "
end

-- What the search must find: one pattern in locked memory, one elsewhere.
local locked = osmemlock.buffer(32):set(1, table.unpack(control_bytes(locked_seed)))
local ordinary = string.char(table.unpack(control_bytes(ordinary_seed)))
local in_the_heap = name:find(" in the heap$")
name = name:gsub(" in the heap$", "")
local reads = name:find("^osmemlock%.from") or name:find("^io%.%w+%(.*read")
local key = reads and osmemlock.buffer(0) or assert(osmemlock.from_fd(socket))
local answer = in_the_heap and osmemlock.locked_heap(run, key) or run(key)
collectgarbage()
collectgarbage()
say("used" .. answer)
alive, answer = {}, nil -- luacheck: ignore 311
collectgarbage()
collectgarbage()
key:close()
say("closed")
locked:close()
assert(#ordinary == 32) -- until here
