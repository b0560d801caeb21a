-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Loaded by init_by_lua, before the workers are forked. LuaJIT.
local osmemlock = require "osmemlock"
local client = require "client"

local host = {}
local key_file = os.getenv("OSML_HOST_KEY")
local key = assert(osmemlock.from_file(key_file, { fork = "keep" }))
local wiped = assert(osmemlock.from_file(key_file))

-- Says who answers, whether the request's X-Mac is the HMAC of its path by the key, and how the buffer without fork = "keep" answers.
function host.answer()
  local welcome = ngx.var.http_x_mac == client.hmac(key, ngx.var.uri)
  local ok = pcall(wiped.byte, wiped, 1)
  ngx.say(ngx.worker.pid(), " ", welcome and "welcome" or "stranger", " ", ok and "readable" or "forked")
end

-- The control: what the scan must find.
function host.careless()
  local file = assert(io.open(key_file, "rb"))
  host.copy = file:read("*a")
  file:close()
  ngx.say(ngx.worker.pid())
end

return host
