-- SPDX-License-Identifier: MIT OR Apache-2.0
-- nginx: signs what it passes on to a service of AWS (Signature Version 4). Secret and chain of keys stay in locked memory.
--
--   http      lua_package_path "/etc/nginx/?.lua;;";  lua_package_cpath "/usr/local/lib/lua/5.1/?.so;;";
--             init_by_lua_block { sigv4 = require("sigv4").new("AKIDEXAMPLE", os.getenv("SECRET_KEY"), "eu-central-1", "s3") }
--   location  access_by_lua_block { sigv4:sign(ngx) }
--             proxy_pass https://bucket.s3.eu-central-1.amazonaws.com;
local osmemlock = require "osmemlock"
local crypto = require "osmemlock.crypto"

local EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" -- SHA-256 of no body

local sigv4 = {}
sigv4.__index = sigv4

-- Called before the workers are forked, so the secret is kept over the fork.
function sigv4.new(id, path, region, service)
  local secret = assert(osmemlock.from_file(path, { fork = "keep", trim_newline = true }))
  return setmetatable({ id = id, region = region, service = service, secret = secret }, sigv4)
end

-- Each key is the HMAC of the next word by the one before.
function sigv4:key(date)
  local key = assert(osmemlock.join { "AWS4", self.secret })
  for _, word in ipairs { date, self.region, self.service, "aws4_request" } do
    local next_key = assert(crypto.hmac("sha256", key, word))
    key:close()
    key = next_key
  end
  return key
end

-- The header Authorization for a GET of a path without a query, at a time such as "20150830T123600Z".
function sigv4:authorization(host, path, time)
  local signed = "host;x-amz-content-sha256;x-amz-date"
  local lines = { "GET", path, "", "host:" .. host, "x-amz-content-sha256:" .. EMPTY, "x-amz-date:" .. time, "", signed, EMPTY }
  local scope = table.concat({ time:sub(1, 8), self.region, self.service, "aws4_request" }, "/")
  local text = table.concat({ "AWS4-HMAC-SHA256", time, scope, crypto.digest("sha256", table.concat(lines, "\n"), "hex") }, "\n")
  local key = self:key(time:sub(1, 8))
  local signature = assert(crypto.hmac("sha256", key, text, "hex"))
  key:close()
  return ("AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"):format(self.id, scope, signed, signature)
end

function sigv4:sign(ngx)
  local time = os.date("!%Y%m%dT%H%M%SZ")
  local host = ("%s.amazonaws.com"):format(self.service)
  ngx.req.set_header("Host", host)
  ngx.req.set_header("X-Amz-Date", time)
  ngx.req.set_header("X-Amz-Content-Sha256", EMPTY)
  ngx.req.set_header("Authorization", self:authorization(host, ngx.var.uri, time))
end

return sigv4
