-- SPDX-License-Identifier: Apache-2.0
-- Lua values as JSON text, the way a channel sends them: keys in order of their bytes, whole numbers without a
-- point, an empty table as a list (`tessera.null` is null, `tessera.list {}` says that a table is a list).
local M = {}

M.null = setmetatable({}, { __tostring = function() return "null" end })

local lists = {}
function M.list(items) return setmetatable(items or {}, lists) end

local escapes = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function escape(c) return escapes[c] or string.format("\\u%04x", c:byte()) end

local function quoted(text)
  if text:find '[%c"\\]' then text = text:gsub('[%c"\\]', escape) end
  return '"' .. text .. '"'
end

local function number(value)
  if math.type(value) == "integer" then return tostring(value) end
  if value ~= value or value == math.huge or value == -math.huge then error("a number that is not finite", 0) end
  local text = string.format("%.15g", value)
  if tonumber(text) ~= value then text = string.format("%.17g", value) end
  return text
end

local encode

local function object(value, depth)
  local keys, parts = {}, {}
  for key in pairs(value) do
    if type(key) ~= "string" then error("a table with both a list and named fields", 0) end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  for i = 1, #keys do parts[i] = quoted(keys[i]) .. ":" .. encode(value[keys[i]], depth + 1) end
  return "{" .. table.concat(parts, ",") .. "}"
end

function encode(value, depth)
  local kind = type(value)
  if kind == "string" then return quoted(value) end
  if kind == "number" then return number(value) end
  if kind == "boolean" then return tostring(value) end
  if value == M.null then return "null" end
  if kind ~= "table" then error("a " .. kind .. " where a value should be", 0) end
  if depth > 40 then error("tables that are nested too deep", 0) end
  if getmetatable(value) ~= lists and next(value) ~= nil and #value == 0 then return object(value, depth) end
  local parts = {}
  local n, keys = #value, 0
  for i = 1, n do parts[i] = encode(value[i], depth + 1) end
  for _ in next, value do keys = keys + 1 end
  if keys ~= n then error("a table with both a list and named fields", 0) end
  return "[" .. table.concat(parts, ",") .. "]"
end

function M.encode(value) return encode(value, 0) end

-- An object even when it is empty.
function M.object(value) return object(value, 0) end

return M
