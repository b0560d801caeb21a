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
  return assert(osmemlock.from_fd(SECRET_FD)):decode("hex")
end

kinds["decode-base64"] = function()
  return assert(osmemlock.from_fd(SECRET_FD)):decode("base64")
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
  assert(b ~= half and b:equal(b) and not b:equal(("x"):rep(#b)))
  assert(b:verify() and b:write_fd(null) and #client.hmac(b, "message") == 64)
  osmemlock.with(half, tostring)
  null:close()
  return b
end

-- Cryptography: the secret as key, as password and as plaintext. All that comes of it goes with the collector.
local function crypto_kind(use)
  return function()
    local b, crypto = assert(osmemlock.from_fd(SECRET_FD)), require "osmemlock.crypto"
    for _ = 1, 3 do
      use(crypto, b)
    end
    return { b, close = function() b:close() collectgarbage() collectgarbage() end }
  end
end

kinds["crypto-hmac"] = crypto_kind(function(crypto, b)
  assert(crypto.hmac_verify("sha256", b, "message", crypto.hmac("sha256", b, "message", "hex"), "hex"))
  assert(crypto.hmac("sha512", b:sub(1, 32), b))
end)

kinds["crypto-derive"] = crypto_kind(function(crypto, b)
  assert(crypto.hkdf("sha256", b, 64, "salt"))
  assert(crypto.pbkdf2("sha256", b, "salt", 1000, 32))
end)

for _, cipher in ipairs({ "aes-gcm", "chacha20-poly1305" }) do
  kinds["crypto-" .. cipher] = crypto_kind(function(crypto, b)
    local sealed, nonce = crypto.seal(cipher, b:sub(1, 32), nil, b)
    assert(crypto.open(cipher, b:sub(1, 32), nonce, sealed) == b)
  end)
end

-- The secret's first half is a key of Ed25519 (RFC 8410, 7), and backwards, which is how libcrypto holds numbers, one of P-256.
local function signed(crypto, algorithm, prefix, key)
  local der = osmemlock.join { prefix, key }
  local pem = osmemlock.join { "-----BEGIN PRIVATE KEY-----\n", der:encode("base64"), "\n-----END PRIVATE KEY-----\n" }
  assert(#assert(crypto.sign(algorithm, pem, "message")) == 64)
end

kinds["crypto-sign"] = crypto_kind(function(crypto, b)
  local backwards = osmemlock.buffer(32)
  for i = 1, 32 do
    backwards:set(i, b:byte(33 - i))
  end
  signed(crypto, "EdDSA", "\48\46\2\1\0\48\5\6\3\43\101\112\4\34\4\32", b:sub(1, 32))
  signed(crypto, "ES256", "\48\65\2\1\0\48\19\6\7\42\134\72\206\61\2\1\6\8\42\134\72\206\61\3\1\7\4\39\48\37\2\1\1\4\32", backwards)
end)

kinds["crypto-file"] = crypto_kind(function(_, b)
  local sealed_file, path = dofile(os.getenv("OSML_EXAMPLES") .. "/sealed_file.lua"), os.tmpname()
  local from = assert(io.open(path .. ".from", "wb"))
  assert(b:write_fd(from) and from:close())
  sealed_file.seal(b:sub(1, 32), path .. ".from", path)
  assert(assert(sealed_file.open(b:sub(1, 32), path)) == b)
  assert(select(3, sealed_file.open(b:sub(2, 33), path)) == "FORGED")
  os.remove(path .. ".from")
  os.remove(path)
end)

-- Controls: careless programs.
kinds["io-read"] = function()
  return assert(io.open("secret", "rb")):read("*a")
end

kinds["getenv"] = function()
  return assert(os.getenv("OSML_PROOF_SECRET"))
end

-- A script that knows nothing of buffers.
local function careless()
  local file = assert(io.open("secret", "rb"))
  file:setvbuf("no")
  local text = file:read("*a")
  file:close()
  local header = "Authorization: Bearer " .. text
  local found = header:match("^Authorization: Bearer (.*)$")
  return { text, header, found, table.concat({ text, ":", found }), (header:gsub("Bearer", "Token")), { [text] = #text } }
end

kinds["careless"] = careless

kinds["locked-heap"] = function()
  return osmemlock.locked_heap(careless)
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
