-- SPDX-License-Identifier: MIT OR Apache-2.0
--
-- The types and the manual of osmemlock.crypto, a module of its own over OpenSSL 3. The code is in ../../crypto; nothing here is run.
--
-- * Keys, passwords and plaintexts are buffers, and a string in their place is an error. So is what was closed, also while a function
--   worked on it (`purge` by another thread): no result that was computed from zeros is given out.
-- * What may be public, a tag or a signature, is a string in a form: "raw" bytes, "hex", "base64" or "base64url".
-- * Messages, salts, nonces and additional data are strings or buffers.
-- * Buffers that are made here have the default protections; `b:sub(1, -1, options)` is a copy with others.
-- * What libcrypto allocates meanwhile, such as round keys, is on the ordinary heap, and wiped before it returns. See `lock_allocations`.
-- * libcrypto's failures are `nil, message, "OPENSSL"`. Its queue of errors, which hosts look at, is left as it was.

---@meta osmemlock.crypto

---@alias osmemlock.crypto.digest '"sha1"' | '"sha256"' | '"sha384"' | '"sha512"'
---@alias osmemlock.crypto.cipher '"aes-gcm"' | '"chacha20-poly1305"'
---@alias osmemlock.crypto.form '"raw"' | '"hex"' | '"base64"' | '"base64url"'
---@alias osmemlock.crypto.algorithm
---| '"EdDSA"' # Ed25519, Ed448
---| '"ES256"' # ECDSA with P-256 and SHA-256; both numbers one behind the other, as in a JWT
---| '"ES384"'
---| '"ES512"' # P-521
---| '"RS256"' # RSA, PKCS #1 v1.5
---| '"RS384"'
---| '"RS512"'
---| '"PS256"' # RSA-PSS, with a salt as long as the digest
---| '"PS384"'
---| '"PS512"'

---@class osmemlock.crypto
local crypto = {}

-- SHA-1 or SHA-2. Without a form the result is a buffer.
---@param digest osmemlock.crypto.digest
---@param message string|osmemlock.buffer
---@param form? osmemlock.crypto.form
---@return osmemlock.buffer|string|nil
---@return string? message
---@return osmemlock.code? code
function crypto.digest(digest, message, form) end

-- HMAC. Without a form the result is a buffer, for a MAC that is a key in its turn.
---@param digest osmemlock.crypto.digest
---@param key osmemlock.buffer
---@param message string|osmemlock.buffer
---@param form? osmemlock.crypto.form
---@return osmemlock.buffer|string|nil
---@return string? message
---@return osmemlock.code? code
function crypto.hmac(digest, key, message, form) end

-- Whether `tag`, in that form (default "raw"), is the HMAC of the message, whole. It is compared in constant time. What cannot be a tag is
-- false.
---@param digest osmemlock.crypto.digest
---@param key osmemlock.buffer
---@param message string|osmemlock.buffer
---@param tag string|osmemlock.buffer
---@param form? osmemlock.crypto.form
---@return boolean|nil
---@return string? message
---@return osmemlock.code? code
function crypto.hmac_verify(digest, key, message, tag, form) end

-- A buffer of `length` bytes by HKDF (RFC 5869), from a key that is random already. At most 255 digests.
---@param digest osmemlock.crypto.digest
---@param key osmemlock.buffer
---@param length integer
---@param salt? string|osmemlock.buffer
---@param info? string|osmemlock.buffer
---@return osmemlock.buffer|nil
---@return string? message
---@return osmemlock.code? code
function crypto.hkdf(digest, key, length, salt, info) end

-- A buffer of `length` bytes by PBKDF2 (RFC 8018), from a password.
---@param digest osmemlock.crypto.digest
---@param password osmemlock.buffer
---@param salt string|osmemlock.buffer
---@param iterations integer
---@param length integer at most 1 MiB
---@return osmemlock.buffer|nil
---@return string? message
---@return osmemlock.code? code
function crypto.pbkdf2(digest, password, salt, iterations, length) end

-- The ciphertext with its tag of 16 bytes behind it, and the nonce. A nonce has 12 bytes; for nil a random one is made. No key may ever see
-- the same nonce twice; with random ones it is good for four thousand million messages. The length of an AES key, 16, 24 or 32, tells
-- which AES it is.
---@param cipher osmemlock.crypto.cipher
---@param key osmemlock.buffer
---@param nonce string|osmemlock.buffer|nil
---@param plaintext osmemlock.buffer
---@param aad? string|osmemlock.buffer additional data: not sealed, and needed to open
---@return string|nil sealed
---@return string nonce or message
---@return osmemlock.code? code
function crypto.seal(cipher, key, nonce, plaintext, aad) end

-- The plaintext. `nil, message, "FORGED"` when it was not sealed so, or has been changed since.
---@param cipher osmemlock.crypto.cipher
---@param key osmemlock.buffer
---@param nonce string|osmemlock.buffer
---@param sealed string|osmemlock.buffer
---@param aad? string|osmemlock.buffer
---@return osmemlock.buffer|nil
---@return string? message
---@return osmemlock.code? code
function crypto.open(cipher, key, nonce, sealed, aad) end

-- The signature by a private key: a PEM of PKCS #8, SEC 1 or PKCS #1 that is not encrypted. It is read at each call. With ECDSA there is
-- the form "der", too.
---@param algorithm osmemlock.crypto.algorithm
---@param pem osmemlock.buffer
---@param message string|osmemlock.buffer
---@param form? osmemlock.crypto.form | '"der"'
---@return string|nil
---@return string? message
---@return osmemlock.code? code
function crypto.sign(algorithm, pem, message, form) end

-- Puts all that libcrypto allocates, in the whole process and until its end, into locked memory, wiped when it is freed: 0.5 MiB or more.
-- `nil, message, "OSML_EUNSUPPORTED"` once anything has used libcrypto; so in HAProxy and nginx, which do before Lua starts.
---@return true|nil
---@return string? message
---@return osmemlock.code? code
function crypto.lock_allocations() end

return crypto
