-- SPDX-License-Identifier: MIT OR Apache-2.0
-- A credential helper: it knows accounts, one in each line "HOST USER PASSWORD", and is asked for a host. The answer is the header to send there.
local accounts = {}
local digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local function base64(text)
  local encoded = text:gsub("..?.?", function(group)
    local a, b, c = group:byte(1, 3)
    local bits = a * 65536 + (b or 0) * 256 + (c or 0)
    local four = ""
    for place = 0, #group do
      local digit = math.floor(bits / 64 ^ (3 - place)) % 64 + 1
      four = four .. digits:sub(digit, digit)
    end
    return four .. ("="):rep(3 - #group)
  end)
  return encoded
end

local function answer(host)
  local account = accounts[host]
  if not account then
    return "nothing is known of " .. host .. "\n"
  end
  return "Authorization: Basic " .. base64(account.user .. ":" .. account.password) .. "\n"
end

return function(secret)
  for line in secret:gmatch("[^\n]+") do
    local host, user, password = line:match("^(%S+) (%S+) (%S+)$")
    if not host then
      error("a line is not HOST USER PASSWORD")
    end
    accounts[host] = { user = user, password = password }
  end
  return answer
end
