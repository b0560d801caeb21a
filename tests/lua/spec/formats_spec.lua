-- SPDX-License-Identifier: MIT OR Apache-2.0
-- tests/formats/formats.tsv: each file of a secret gives it, or is refused with a reason (audit P9).
local osmemlock = require "osmemlock"

local FLAGS = { trim_newline = true, trim_space = true, first_line = true, allow_empty = true }
local LETTERS = { n = "\n", r = "\r", t = "\t", ["\\"] = "\\" }

-- The two-digit escapes and the letters in one pass, since a backslash may come of one.
local function unescape(text)
  return (text:gsub("\\(.)(%x?%x?)", function(letter, digits)
    if letter == "x" then
      return string.char(tonumber(digits, 16))
    end
    return LETTERS[letter] .. digits
  end))
end

local function content_of(field)
  local count, what = field:match("^(%d+)%*(.+)$")
  return count and unescape(what):rep(tonumber(count)) or unescape(field)
end

local function without(key, text)
  local at = key:find(text)
  while at do
    key = osmemlock.join({ key:sub(1, at - 1), key:sub(at + #text) })
    at = key:find(text, at)
  end
  return key
end

local function done(key, step)
  local verb, text = step:match("^(%a+):(.*)$")
  if verb == "decode" then
    return key:decode(text)
  end
  text = unescape(text)
  if verb == "without" then
    return without(key, text)
  end
  local first, last = assert(key:find(text))
  return verb == "before" and key:sub(1, first - 1) or key:sub(verb == "after" and last + 1 or first)
end

local function load(path, steps)
  local options, left = { max = 1048576 }, {}
  for step in steps:gmatch("%S+") do
    if FLAGS[step] then
      options[step] = true
    else
      left[#left + 1] = step
    end
  end
  local key, message, code = osmemlock.from_file(path, options)
  for _, step in ipairs(left) do
    if key then
      key, message, code = done(key, step)
    end
  end
  return key, message, code
end

describe("a file of a secret", function()
  local rows = 0
  for line in io.lines("tests/formats/formats.tsv") do
    local name, content, steps, secret = line:match("^([^#\t][^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$")
    if name then
      rows = rows + 1
      it(name, function()
        local path, bytes = os.tmpname(), content_of(content)
        local file = assert(io.open(path, "wb"))
        file:write(bytes)
        file:close()
        local key, message, code = load(path, steps)
        os.remove(path)
        local refusal, reason = secret:match("^!(%S+) (.*)$")
        if refusal then
          assert.is_nil(key)
          assert.equal(refusal, code)
          assert.is_truthy(message:find(reason, 1, true))
        else
          assert.is_true(assert(key, message):equal(secret == "=" and bytes or unescape(secret)))
        end
      end)
    end
  end

  it("is there for each of the 63 samples", function()
    assert.is_true(rows >= 63)
  end)
end)
