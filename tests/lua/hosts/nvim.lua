-- SPDX-License-Identifier: MIT OR Apache-2.0
-- Read by Neovim when it starts; nvim.sh asks the global `host` over Neovim's pipe. LuaJIT.
package.cpath = os.getenv("OSML_HOST_MODULES") .. "/?.so;" .. package.cpath
local osmemlock = require "osmemlock"
local client = require "client"

host = {}
local key_file = os.getenv("OSML_HOST_KEY")
local key = assert(osmemlock.from_file(key_file))

function host.mac(message)
  return client.hmac(key, message)
end

-- The control: what the scan must find.
function host.careless()
  local file = assert(io.open(key_file, "rb"))
  host.copy = file:read("*a")
  file:close()
  return #host.copy
end

function host.close()
  key:close()
  return osmemlock.info().live_buffers
end
