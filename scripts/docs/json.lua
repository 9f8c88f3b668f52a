-- SPDX-License-Identifier: Apache-2.0
-- Reads JSON: what the program prints for scripts. It comes from ourselves, so a fault is an error and no message.
local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }
local value

local function skip(text, at) return string.find(text, "%S", at) or #text + 1 end

local function fail(at, what) error("JSON, byte " .. at .. ": " .. what, 0) end

local function read_string(text, at)
  local parts, from = {}, at + 1
  while true do
    local stop = string.find(text, '["\\]', from)
    if not stop then fail(at, "a text is not closed") end
    parts[#parts + 1] = string.sub(text, from, stop - 1)
    if string.byte(text, stop) == 34 then return table.concat(parts), stop + 1 end
    local letter = string.sub(text, stop + 1, stop + 1)
    if letter == "u" then
      parts[#parts + 1] = utf8.char(tonumber(string.sub(text, stop + 2, stop + 5), 16))
      from = stop + 6
    else
      parts[#parts + 1] = escapes[letter] or fail(stop, "an unknown escape")
      from = stop + 2
    end
  end
end

local function read_list(text, at)
  local list = {}
  at = skip(text, at + 1)
  if string.sub(text, at, at) == "]" then return list, at + 1 end
  while true do
    list[#list + 1], at = value(text, at)
    at = skip(text, at)
    local mark = string.sub(text, at, at)
    if mark == "]" then return list, at + 1 end
    if mark ~= "," then fail(at, "a list is not closed") end
    at = skip(text, at + 1)
  end
end

local function read_object(text, at)
  local object = {}
  at = skip(text, at + 1)
  if string.sub(text, at, at) == "}" then return object, at + 1 end
  while true do
    local key
    key, at = read_string(text, at)
    at = skip(text, skip(text, at) + 1) -- past the colon
    object[key], at = value(text, at)
    at = skip(text, at)
    local mark = string.sub(text, at, at)
    if mark == "}" then return object, at + 1 end
    if mark ~= "," then fail(at, "an object is not closed") end
    at = skip(text, at + 1)
  end
end

-- null is nil: a list with nulls is not what this is for.
function value(text, at)
  local mark = string.sub(text, at, at)
  if mark == "{" then return read_object(text, at) end
  if mark == "[" then return read_list(text, at) end
  if mark == '"' then return read_string(text, at) end
  local word = string.match(text, "^[%w+.-]+", at) or fail(at, "no value")
  if word == "true" then return true, at + 4 end
  if word == "false" then return false, at + 5 end
  if word == "null" then return nil, at + 4 end
  return tonumber(word) or fail(at, "no number"), at + #word
end

return { read = function(text) return (value(text, skip(text, 1))) end }
