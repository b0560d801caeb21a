-- SPDX-License-Identifier: MIT OR Apache-2.0
-- An action that lets a request in when its header X-Mac is the HMAC of its path by the key. Lua 5.3.
local osmemlock = require "osmemlock"
local client = require "client"

local key_file = os.getenv("OSML_HOST_KEY")
-- The master reads the configuration and the worker, its child, answers: the key must outlive the fork.
local key = assert(osmemlock.from_file(key_file, { fork = "keep" }))

core.register_action("check_mac", { "http-req" }, function(txn)
  local told = txn.http:req_get_headers()["x-mac"]
  local path = txn.f:path()
  txn:set_var("txn.welcome", told ~= nil and told[0] == client.hmac(key, path))
end)

-- The control: what the scan must find.
core.register_action("careless", { "http-req" }, function()
  local file = assert(io.open(key_file, "rb"))
  careless_copy = file:read("a") -- luacheck: ignore 111
  file:close()
end)
