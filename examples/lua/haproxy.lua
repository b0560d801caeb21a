-- SPDX-License-Identifier: MIT OR Apache-2.0
-- HAProxy: who has signed a request may come in. The key stays in locked memory, whatever is checked with it.
--
--   global    lua-prepend-path "/usr/local/lib/lua/5.3/?.so" cpath
--             lua-load-per-thread /etc/haproxy/haproxy.lua        (the key's file is in the variable SIGNING_KEY)
--   frontend  option http-buffer-request
--             http-request lua.check_webhook if { path /webhook } (the header X-Hub-Signature-256, of the body)
--             http-request lua.check_token if { path_beg /api/ }  (a JSON Web Token, HS256)
--             http-request deny unless { var(txn.signed) -m bool }
local osmemlock = require "osmemlock"
local crypto = require "osmemlock.crypto"

-- The master reads the configuration and the worker, its child, answers: the key must outlive the fork.
local key = assert(osmemlock.from_file(os.getenv("SIGNING_KEY"), { fork = "keep" }))

local function header(txn, name)
  local values = txn.http:req_get_headers()[name]
  return values and values[0] or ""
end

core.register_action("check_webhook", { "http-req" }, function(txn)
  local tag = header(txn, "x-hub-signature-256"):match("^sha256=(%x+)$")
  txn:set_var("txn.signed", tag ~= nil and crypto.hmac_verify("sha256", key, txn.f:req_body() or "", tag, "hex"))
end)

-- The algorithm must be ours, whatever the token says; "exp" must be there, and be to come.
local function is_valid(txn, token)
  local head, claims, tag = token:match("^([%w_-]+)%.([%w_-]+)%.([%w_-]+)$")
  if not head or not crypto.hmac_verify("sha256", key, head .. "." .. claims, tag, "base64url") then
    return false
  end
  local expires = tonumber((txn.c:ub64dec(claims) or ""):match('"exp"%s*:%s*(%d+)'))
  return (txn.c:ub64dec(head) or ""):find('"alg"%s*:%s*"HS256"') ~= nil and expires ~= nil and expires > os.time()
end

core.register_action("check_token", { "http-req" }, function(txn)
  txn:set_var("txn.signed", is_valid(txn, header(txn, "authorization"):match("^Bearer (.*)$") or ""))
end)
