-- SPDX-License-Identifier: MIT OR Apache-2.0
-- osmemlock.crypto on any Lua: known vectors, wrong arguments, signatures that the openssl command judges. LUA crypto.lua. Prints TAP.
local client = require "client"
local crypto = require "osmemlock.crypto"
local osmemlock = require "osmemlock"
local support = require "support"

local it = support.it

local function unhex(text)
  return (text:gsub("%x%x", function(two) return string.char(tonumber(two, 16)) end))
end

local function hex(b)
  return support.text(b:encode("hex"))
end

local function buffer(bytes)
  return osmemlock.buffer(#bytes):write(1, bytes)
end

local function same(got, wanted)
  assert(got == wanted, ("%s, not %s"):format(tostring(got), tostring(wanted)))
end

it("digest: FIPS 180-4, of strings and buffers", function()
  same(crypto.digest("sha256", "abc", "hex"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
  same(hex(crypto.digest("sha1", buffer("abc"))), "a9993e364706816aba3e25717850c26c9cd0d89d")
  same(crypto.digest("sha256", "", "hex"), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  same(#crypto.digest("sha384", "", "raw"), 48)
  same(#crypto.digest("sha512", osmemlock.buffer(0)), 64)
end)

local KEY20, JEFE = ("\11"):rep(20), "what do ya want for nothing?"
local LONG = "Test Using Larger Than Block-Size Key - Hash Key First"
local MACS = { -- RFC 2202 and 4231
  { "sha1", KEY20, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00" },
  { "sha256", KEY20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
  { "sha384", KEY20, "Hi There",
    "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6" },
  { "sha512", KEY20, "Hi There", "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4"
    .. "be9d914eeb61f1702e696c203a126854" },
  { "sha256", "Jefe", JEFE, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
  { "sha256", ("\170"):rep(131), LONG, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
}

it("hmac: RFC 2202 and 4231, as a buffer and as text", function()
  for _, case in ipairs(MACS) do
    local digest, key, message, wanted = case[1], buffer(case[2]), case[3], case[4]
    same(hex(crypto.hmac(digest, key, message)), wanted)
    same(crypto.hmac(digest, key, message, "hex"), wanted)
    same(crypto.hmac(digest, key, message, "raw"), unhex(wanted))
    same(crypto.hmac(digest, key, buffer(message), "hex"), wanted)
    for _, coding in ipairs({ "base64", "base64url" }) do
      same(crypto.hmac(digest, key, message, coding), support.text(buffer(unhex(wanted)):encode(coding)))
    end
  end
end)

it("hmac: an empty key and an empty message", function()
  same(crypto.hmac("sha256", osmemlock.buffer(0), "", "hex"), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
end)

it("hmac_verify: the right tag in every form, and no other", function()
  local key = buffer("Jefe")
  for _, form in ipairs({ "raw", "hex", "base64", "base64url" }) do
    local tag = crypto.hmac("sha256", key, JEFE, form)
    same(crypto.hmac_verify("sha256", key, JEFE, tag, form), true)
    same(crypto.hmac_verify("sha256", key, JEFE, buffer(tag), form), true)
    same(crypto.hmac_verify("sha256", key, JEFE .. "!", tag, form), false)
    same(crypto.hmac_verify("sha512", key, JEFE, tag, form), false)
    same(crypto.hmac_verify("sha256", buffer("jefe"), JEFE, tag, form), false)
    for _, wrong in ipairs({ "", "\0", tag .. "\0", tag .. "A", tag:sub(1, -3), tag:sub(2), tag .. tag, ("?"):rep(5000) }) do
      same(crypto.hmac_verify("sha256", key, JEFE, wrong, form), false)
    end
    for i = 1, form == "raw" and #tag or 0 do
      local changed = tag:sub(1, i - 1) .. string.char((tag:byte(i) + 1) % 256) .. tag:sub(i + 1)
      same(crypto.hmac_verify("sha256", key, JEFE, changed, form), false)
    end
  end
  same(crypto.hmac_verify("sha256", key, JEFE, crypto.hmac("sha256", key, JEFE, "hex"):upper(), "hex"), true)
end)

it("hmac: JWT of RFC 7515, A.1", function()
  local key = buffer("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"):decode("base64url")
  local signed = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"
    .. "LmNvbS9pc19yb290Ijp0cnVlfQ"
  same(crypto.hmac("sha256", key, signed, "base64url"), "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
end)

it("hkdf: RFC 5869", function()
  same(hex(crypto.hkdf("sha256", buffer(("\11"):rep(22)), 42, unhex("000102030405060708090a0b0c"), unhex("f0f1f2f3f4f5f6f7f8f9"))),
    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
  same(hex(crypto.hkdf("sha256", buffer(("\11"):rep(22)), 42)),
    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
  same(hex(crypto.hkdf("sha256", buffer(("\11"):rep(22)), 42, "", osmemlock.buffer(0))),
    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
  same(#crypto.hkdf("sha256", buffer("x"), 255 * 32), 255 * 32)
end)

it("pbkdf2: RFC 6070 and 7914", function()
  same(hex(crypto.pbkdf2("sha1", buffer("password"), "salt", 1, 20)), "0c60c80f961f0e71f3a9b524af6012062fe037a6")
  same(hex(crypto.pbkdf2("sha1", buffer("password"), "salt", 4096, 20)), "4b007901b765489abead49d926f721d065a429c1")
  same(hex(crypto.pbkdf2("sha256", buffer("passwd"), buffer("salt"), 1, 64)), "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57"
    .. "c20dacbc49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783")
end)

local POEM = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
local NIST = unhex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
  .. "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
local HALF, AAD, NONCE = "feffe9928665731c6d6a8f9467308308", "feedfacedeadbeeffeedfacedeadbeefabaddad2", "cafebabefacedbaddecaf888"
local SEALED = { -- cipher, key, nonce, plaintext, additional data, sealed: RFC 8439, 2.8.2; the cases 4, 16 and 13 of the GCM specification
  { "chacha20-poly1305", "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", "070000004041424344454647", POEM,
    "50515253c0c1c2c3c4c5c6c7", "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b1a71de"
    .. "0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc3ff4def08e4b7a9de576d26586cec64b6116"
    .. "1ae10b594f09e26a7e902ecbd0600691" },
  { "aes-gcm", HALF, NONCE, NIST, AAD, "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84"
    .. "aa051ba30b396a0aac973d58e0915bc94fbc3221a5db94fae95ae7121a47" },
  { "aes-gcm", HALF .. HALF, NONCE, NIST, AAD, "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b"
    .. "1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b" },
  { "aes-gcm", ("00"):rep(32), ("00"):rep(12), "", "", "530f8afbc74536b9a963b4f1c4cb738b" },
}

it("seal and open: RFC 8439, and the GCM specification", function()
  for _, case in ipairs(SEALED) do
    local cipher, key, nonce, plain, aad, wanted = case[1], buffer(unhex(case[2])), unhex(case[3]), case[4], unhex(case[5]), unhex(case[6])
    local sealed, used = crypto.seal(cipher, key, nonce, buffer(plain), aad)
    same(sealed, wanted)
    same(used, nonce)
    local opened = assert(crypto.open(cipher, key, nonce, sealed, aad))
    same(support.text(opened), plain)
    assert(opened:verify().locked)
    same(support.text(assert(crypto.open(cipher, key, buffer(nonce), buffer(sealed), buffer(aad)))), plain)
  end
end)

it("open: what was changed anywhere is forged, and nothing of it is given out", function()
  local key, plain = osmemlock.random(32), buffer("attack at dawn")
  for _, cipher in ipairs({ "aes-gcm", "chacha20-poly1305" }) do
    local sealed, nonce = crypto.seal(cipher, key, nil, plain, "aad")
    assert(crypto.open(cipher, key, nonce, sealed, "aad"))
    for i = 1, #sealed do
      local changed = sealed:sub(1, i - 1) .. string.char((sealed:byte(i) + 1) % 256) .. sealed:sub(i + 1)
      support.refused("FORGED", crypto.open(cipher, key, nonce, changed, "aad"))
    end
    support.refused("FORGED", crypto.open(cipher, key, nonce, sealed))
    support.refused("FORGED", crypto.open(cipher, key, nonce, sealed, "Aad"))
    support.refused("FORGED", crypto.open(cipher, key, ("\0"):rep(12), sealed, "aad"))
    support.refused("FORGED", crypto.open(cipher, osmemlock.random(32), nonce, sealed, "aad"))
    for n = 0, #sealed - 1 do
      support.refused("FORGED", crypto.open(cipher, key, nonce, sealed:sub(1, n), "aad"))
    end
  end
end)

it("seal: nonces that it makes are new each time", function()
  local key, plain, seen = osmemlock.random(16), osmemlock.random(8), {}
  for _ = 1, 1000 do
    local _, nonce = crypto.seal("aes-gcm", key, nil, plain)
    assert(#nonce == 12 and not seen[nonce])
    seen[nonce] = true
  end
end)

local PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIMWqjfQ/n4N77bdELzHct7Fm04U1B28JS4XOOi4LRFj3\n-----END PRIVATE KEY-----\n"

it("sign: Ed25519 of RFC 8032", function()
  same(crypto.sign("EdDSA", buffer(PEM), "\175\130", "hex"), "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d1"
    .. "6f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")
end)

-- Of the collector; that of Lua 5.5 cannot be told so.
local function pace(pause, stepmul, stepsize)
  if _VERSION == "Lua 5.4" then
    collectgarbage("incremental", pause, math.min(stepmul, 1000), stepsize)
  elseif _VERSION ~= "Lua 5.5" then
    collectgarbage("setpause", pause)
    collectgarbage("setstepmul", stepmul)
  end
end

local garbage -- luacheck: ignore 231

-- Whether that many bytes more start a collection, and whether f() on a new buffer of that text found in its middle that a finalizer
-- had shortened it.
local function shortened(text, f, bytes)
  local given, early = buffer(text), false
  collectgarbage()
  support.at_next_collection(function()
    early = true
    pcall(given.decode, given, "hex")
  end)
  garbage = ("x"):rep(bytes % 64)
  for i = 1, bytes / 64 do
    garbage = { i }
  end
  local before = early
  local ok, message = pcall(f, given)
  given:close()
  return before, not ok and tostring(message):find("changes while it is used", 1, true) ~= nil
end

-- A finalizer runs where Lua allocates: also between the checks of a call and its work. So with so many bytes that the collection just
-- does not start, and then with fewer.
local function refused_when_shortened(text, f)
  local few, many, refused = 0, 50000, false
  pace(104, 100000, 25) -- a whole collection in one step
  shortened(text, f, many) -- the first may still go by the old pause
  while many - few > 1 do
    local bytes = math.floor((few + many) / 2)
    if shortened(text, f, bytes) then
      many = bytes
    else
      few = bytes
    end
  end
  while few > 0 and not refused do
    few, refused = few - 1, select(2, shortened(text, f, few))
  end
  pace(200, 200, 13)
  return refused or _VERSION == "Lua 5.5"
end

it("seal, open: a finalizer of the caller's that shortens what is used is an error, and no byte past its end is touched", function()
  local key, nonce = osmemlock.random(32), ("n"):rep(12)
  assert(refused_when_shortened(("00"):rep(10), function(sealed)
    local opened, _, code = crypto.open("aes-gcm", key, nonce, sealed)
    assert(opened == nil and code == "FORGED")
  end))
  assert(refused_when_shortened(("00"):rep(16), function(short)
    local opened, _, code = crypto.open("aes-gcm", short, nonce, ("x"):rep(20))
    assert(opened == nil and code == "FORGED")
  end))
end)

-- The openssl command judges what is signed here.
local function run(command)
  local ok = os.execute(command .. " >/dev/null 2>&1")
  return ok == true or ok == 0
end

local function put(path, bytes)
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
end

local function der_integer(bytes)
  bytes = bytes:gsub("^%z+", "")
  bytes = (bytes:byte() or 128) >= 128 and "\0" .. bytes or bytes
  return "\2" .. string.char(#bytes) .. bytes
end

local function der(raw)
  local body = der_integer(raw:sub(1, #raw / 2)) .. der_integer(raw:sub(#raw / 2 + 1))
  return "\48" .. (#body >= 128 and "\129" or "") .. string.char(#body) .. body
end

local KINDS = {
  { "RS256", "-algorithm RSA -pkeyopt rsa_keygen_bits:2048", "-sha256", 256 },
  { "RS512", nil, "-sha512", 256 },
  { "PS256", nil, "-sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32", 256 },
  { "PS384", nil, "-sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48", 256 },
  { "ES256", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256", "-sha256", 64 },
  { "ES384", "-algorithm EC -pkeyopt ec_paramgen_curve:P-384", "-sha384", 96 },
  { "ES512", "-algorithm EC -pkeyopt ec_paramgen_curve:P-521", "-sha512", 132 },
}

it("sign: the openssl command finds each kind right, and a changed message wrong", function()
  local path = os.tmpname()
  for _, kind in ipairs(KINDS) do
    local name, generate, how, len = kind[1], kind[2], kind[3], kind[4]
    assert(not generate or run(("openssl genpkey %s -out %s"):format(generate, path)), "genpkey")
    assert(run(("openssl pkey -in %s -pubout -out %s.pub"):format(path, path)), "pkey")
    local pem = assert(osmemlock.from_file(path))
    for _ = 1, 4 do
      local signature = assert(crypto.sign(name, pem, "message"))
      same(#signature, len)
      put(path .. ".sig", name:find("^ES") and der(signature) or signature)
      local verify = ("printf %%%%s %%s | openssl dgst %s -verify %s.pub -signature %s.sig"):format(how, path, path)
      assert(run(verify:format("message")), name)
      assert(not run(verify:format("Message")), name .. ": the control")
    end
    if name:find("^ES") then
      put(path .. ".sig", crypto.sign(name, pem, buffer("message"), "der"))
      assert(run(("printf message | openssl dgst %s -verify %s.pub -signature %s.sig"):format(how, path, path)), name .. ", der")
    end
  end
  os.remove(path)
  os.remove(path .. ".pub")
  os.remove(path .. ".sig")
end)

-- Without the header and its end.
local function der_of(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return buffer((text:gsub("%-%-%-%-%-[^\n]*\n", ""))):decode("base64")
end

-- libcrypto would sign with them.
it("sign: numbers that are no private key of the curve are refused: 0, its order, more", function()
  local order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
  local function signed(number)
    local key = buffer(unhex("30310201010420" .. number .. "a00a06082a8648ce3d030107"))
    local pem = { "-----BEGIN EC PRIVATE KEY-----\n", key:encode("base64"), "\n-----END EC PRIVATE KEY-----\n" }
    return crypto.sign("ES256", osmemlock.join(pem), "x")
  end
  assert(#signed(("00"):rep(31) .. "01") == 64 and #signed(order:sub(1, 63) .. "0") == 64)
  for _, number in ipairs({ ("00"):rep(32), order, ("ff"):rep(32) }) do
    support.refused("OPENSSL", signed(number))
  end
end)

it("sign: PEMs of SEC 1 and PKCS #1, as older tools write them, and text around a PEM", function()
  local path = os.tmpname()
  assert(run("openssl ecparam -name prime256v1 -genkey -out " .. path)) -- with "EC PARAMETERS" in front
  same(#assert(crypto.sign("ES256", assert(osmemlock.from_file(path)), "x")), 64)
  assert(run("openssl genrsa -traditional -out " .. path .. " 2048"))
  local old = assert(osmemlock.from_file(path))
  assert(old:find("BEGIN RSA PRIVATE KEY"))
  assert(run(("openssl pkcs8 -topk8 -nocrypt -in %s -out %s.new"):format(path, path)))
  same(crypto.sign("RS256", old, "x"), crypto.sign("RS256", assert(osmemlock.from_file(path .. ".new")), "x"))
  same(crypto.sign("EdDSA", buffer("Subject: mine\n" .. PEM .. "more\n"), "x"), crypto.sign("EdDSA", buffer(PEM), "x"))
  os.remove(path)
  os.remove(path .. ".new")
end)

it("sign: keys with any byte changed, or cut short, are refused or sign something else, and crash nothing", function()
  local path = os.tmpname()
  local hows = { ES256 = "EC -pkeyopt ec_paramgen_curve:P-256", RS256 = "RSA -pkeyopt rsa_keygen_bits:512", EdDSA = "ED25519" }
  for algorithm, how in pairs(hows) do
    assert(run(("openssl genpkey -algorithm %s -out %s"):format(how, path)))
    local whole = der_of(path)
    for at = 1, #whole do
      for _, changed in ipairs({ whole:sub():set(at, (whole:byte(at) + 128) % 256), whole:sub():set(at, 255), whole:sub(1, at - 1) }) do
        crypto.sign(algorithm, osmemlock.join { "-----BEGIN PRIVATE KEY-----", changed:encode("base64"), "-----END PRIVATE KEY-----" }, "x")
      end
    end
  end
  os.remove(path)
end)

it("sign: what is no key, or one of another kind, is refused, and never asked for on a terminal", function()
  support.refused("OPENSSL", crypto.sign("EdDSA", buffer(""), "x"))
  support.refused("OPENSSL", crypto.sign("EdDSA", buffer("x"), "x"))
  support.refused("OPENSSL", crypto.sign("EdDSA", buffer(PEM:sub(1, 60)), "x"))
  support.refused("OPENSSL", crypto.sign("ES256", buffer(PEM), "x"))
  support.refused("OPENSSL", crypto.sign("RS256", buffer(PEM), "x"))
  local path = os.tmpname()
  assert(run("openssl genpkey -algorithm ED25519 -aes256 -pass pass:word -out " .. path))
  support.refused("OPENSSL", crypto.sign("EdDSA", assert(osmemlock.from_file(path)), "x"))
  os.remove(path)
end)

it("keys, passwords and plaintexts are buffers, and nothing else", function()
  for _, wrong in ipairs({ "text", 1, {}, true, print, io.stdout, client.bit_copy(buffer("copy")) }) do
    for _, call in ipairs({
      function() return (crypto.hmac("sha256", wrong, "x")) end,
      function() return (crypto.hmac_verify("sha256", wrong, "x", "x")) end,
      function() return (crypto.hkdf("sha256", wrong, 8)) end,
      function() return (crypto.pbkdf2("sha256", wrong, "salt", 1, 8)) end,
      function() return (crypto.seal("aes-gcm", wrong, nil, buffer("x"))) end,
      function() return (crypto.seal("aes-gcm", osmemlock.buffer(16), nil, wrong)) end,
      function() return (crypto.open("aes-gcm", wrong, ("n"):rep(12), ("x"):rep(20))) end,
      function() return (crypto.sign("EdDSA", wrong, "x")) end,
    }) do
      support.misuse(call)
    end
  end
end)

it("a buffer that is closed, or may not be read, is refused, and nothing stays pinned", function()
  support.collect()
  local before = support.live()
  local shut = osmemlock.buffer(16, { guarded = true }):protect("none")
  local closed = buffer("closed")
  closed:close()
  for _, wrong in ipairs({ shut, closed }) do
    support.misuse(function() return (crypto.hmac("sha256", wrong, "x")) end)
    support.misuse(function() return (crypto.hmac("sha256", buffer("k"), wrong)) end)
    support.misuse(function() return (crypto.hmac_verify("sha256", buffer("k"), "x", wrong)) end)
    support.misuse(function() return (crypto.hkdf("sha256", buffer("k"), 8, "salt", wrong)) end)
    support.misuse(function() return (crypto.pbkdf2("sha256", wrong, "salt", 1, 8)) end)
    support.misuse(function() return (crypto.seal("aes-gcm", wrong, nil, buffer("x"))) end)
    support.misuse(function() return (crypto.open("aes-gcm", osmemlock.buffer(16), ("n"):rep(12), wrong)) end)
    support.misuse(function() return (crypto.sign("EdDSA", wrong, "x")) end)
  end
  shut:close()
  support.collect()
  assert(support.live() == before)
end)

it("other arguments are refused where they are wrong", function()
  local key = osmemlock.buffer(16)
  for number, call in ipairs({
    { crypto.digest, "md5", "x" }, { crypto.digest, "sha256" }, { crypto.digest, "sha256", "x", "der" },
    { crypto.hmac }, { crypto.hmac, "md5", key, "x" }, { crypto.hmac, "sha256", key }, { crypto.hmac, "sha256", key, 5 },
    { crypto.hmac, "sha256", key, "x", "der" }, { crypto.hmac, "sha256", key, "x", "octal" }, { crypto.hmac_verify, "sha256", key, "x" },
    { crypto.hmac_verify, "sha256", key, "x", "x", "der" }, { crypto.hkdf, "sha256", key }, { crypto.hkdf, "sha256", key, 0 },
    { crypto.hkdf, "sha256", key, 255 * 32 + 1 }, { crypto.hkdf, "sha256", key, 1.5 }, { crypto.hkdf, "sha256", key, 8, {} },
    { crypto.hkdf, "sha256", key, "8" }, { crypto.pbkdf2, "sha256", key, "salt", 0, 8 },
    { crypto.pbkdf2, "sha256", key, "salt", 2 ^ 31, 8 }, { crypto.pbkdf2, "sha256", key, "salt", 1, 2 ^ 40 },
    { crypto.pbkdf2, "sha256", key, nil, 1, 8 }, { crypto.seal, "rot13", key, nil, key },
    { crypto.seal, "aes-gcm", osmemlock.buffer(15), nil, key }, { crypto.seal, "chacha20-poly1305", key, nil, key },
    { crypto.seal, "aes-gcm", key, "short", key }, { crypto.seal, "aes-gcm", key, nil, key, 5 }, { crypto.open, "aes-gcm", key, nil, "x" },
    { crypto.open, "aes-gcm", key, ("n"):rep(13), ("x"):rep(20) }, { crypto.sign, "none", key, "x" }, { crypto.sign, "EdDSA", key },
    { crypto.sign, "EdDSA", buffer(PEM), "x", "der" }, { crypto.digest, "sha256\0x", "x" }, { crypto.digest, "sha256", "x", "hex\0" },
    { crypto.seal, "aes-gcm\0", key, nil, key }, { crypto.sign, "EdDSA\0x", buffer(PEM), "x" },
  }) do
    local f = call[1]
    assert(not pcall(f, call[2], call[3], call[4], call[5], call[6]), "call number " .. number)
  end
end)

it("one buffer may be all arguments", function()
  local b = osmemlock.buffer(16)
  same(hex(crypto.hmac("sha256", b, b)), crypto.hmac("sha256", b, ("\0"):rep(16), "hex"))
  local sealed, nonce = crypto.seal("aes-gcm", b, nil, b, b)
  same(support.text(assert(crypto.open("aes-gcm", b, nonce, sealed, b))), ("\0"):rep(16))
end)

it("libcrypto's queue of errors is as before: the host's stay, and none is added", function()
  local before = client.queued_errors()
  client.queue_error()
  same(client.queued_errors(), before + 1)
  assert(not crypto.sign("EdDSA", buffer("x"), "x"))
  assert(not crypto.open("aes-gcm", osmemlock.buffer(16), ("n"):rep(12), ("x"):rep(20)))
  assert(crypto.hmac("sha256", buffer("x"), "x"))
  assert(not pcall(crypto.hmac, "sha256", "x", "x"))
  same(client.queued_errors(), before + 1)
end)

it("nothing is left open", function()
  support.collect()
  local before = support.live()
  for _ = 1, 100 do
    crypto.hmac("sha256", buffer("k"), "x"):close()
    crypto.open("aes-gcm", osmemlock.buffer(16), ("n"):rep(12), ("x"):rep(20))
  end
  support.collect()
  same(support.live(), before)
end)

it("the example that seals files opens them again, and no others", function()
  local path = os.tmpname()
  local program = ("%s examples/lua/sealed_file.lua %%s %s.key %s.%%s %s.%%s"):format(arg[-1], path, path, path)
  put(path .. ".key", ("k"):rep(32))
  put(path .. ".plain", "attack at dawn\n")
  assert(run(program:format("seal", "plain", "sealed")) and run(program:format("open", "sealed", "again")))
  assert(run(("cmp %s.plain %s.again"):format(path, path)))
  assert(not run(program:format("open", "plain", "again")))
  for _, name in ipairs({ ".key", ".plain", ".sealed", ".again", "" }) do
    os.remove(path .. name)
  end
end)

-- In a process of its own: in this one libcrypto has been used.
it("lock_allocations puts what libcrypto allocates on the locked heap, until the process ends", function()
  local program = [[
    local osmemlock, crypto = require "osmemlock", require "osmemlock.crypto"
    assert(crypto.lock_allocations() and crypto.lock_allocations())
    local key = osmemlock.random(32)
    local sealed, nonce = crypto.seal("aes-gcm", key, nil, key)
    assert(crypto.open("aes-gcm", key, nonce, sealed) == key)
    assert(osmemlock.info().heap_blocks > 1000)
  ]]
  local path = os.tmpname()
  put(path, program)
  assert(run(arg[-1] .. " " .. path))
  put(path, (program:gsub("assert%(crypto.lock[^\n]*", "")))
  assert(not run(arg[-1] .. " " .. path), "the control")
  os.remove(path)
end)

it("lock_allocations comes too late once libcrypto was used", function()
  support.refused("OSML_EUNSUPPORTED", crypto.lock_allocations())
end)

it("is not loaded over another thing that has the name osmemlock", function()
  local path = os.tmpname()
  put(path, [[
    package.loaded.osmemlock = {}
    for _, name in ipairs(jit and { "osmemlock.crypto", "osmemlock.ffi" } or { "osmemlock.crypto" }) do
      local ok, message = pcall(require, name)
      assert(not ok and message:find("is not the module osmemlock"), message)
    end
  ]])
  assert(run(arg[-1] .. " " .. path))
  os.remove(path)
end)

support.done("osmemlock.crypto, " .. _VERSION)
