-- SPDX-License-Identifier: Apache-2.0
-- How the kit speaks to the author of a spec: an error points at the line of the spec, not of the kit, and a name
-- that does not exist comes with the nearest one that does.
local M = {}

-- The first function on the stack that is neither the kit's nor luassert's nor C: the spec.
local function caller()
  for level = 3, 60 do
    local info = debug.getinfo(level, "Sl")
    if not info then return nil end
    local source = info.source
    local ours = source:find "/tessera/test[/.]" or source:find "/luassert/" or source:find "/busted/"
    if info.what ~= "C" and source:sub(1, 1) == "@" and not ours then return source:sub(2), info.currentline end
  end
end

-- The folder of the spec file that is calling.
function M.folder()
  local file = caller()
  return file and file:match "^(.*)/[^/]*$" or "."
end

function M.fail(text, ...)
  if select("#", ...) > 0 then text = string.format(text, ...) end
  local file, line = caller()
  if file then text = file .. ":" .. line .. ": " .. text end
  error(text, 0)
end

-- ---- names ----------------------------------------------------------------------------------------------------------

local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal
    diagonal, row[0] = row[0], i
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      diagonal, row[j] = row[j], math.min(row[j] + 1, row[j - 1] + 1, diagonal + cost)
    end
  end
  return row[#b]
end

function M.sorted(names)
  local list = {}
  for name in pairs(names) do list[#list + 1] = name end
  table.sort(list)
  return list
end

function M.nearest(name, names)
  local best, found = math.max(2, #name // 3) + 1, nil
  for _, known in ipairs(M.sorted(names)) do
    local d = distance(name:lower(), known:lower())
    if d < best then best, found = d, known end
  end
  return found
end

local plural = { points = true, tiers = true }

-- `names`: a table whose keys are what is known.
function M.unknown(what, name, names)
  local list = M.sorted(names)
  if name == nil then M.fail("the name of the %s is missing; there are: %s", what, table.concat(list, ", ")) end
  local near = type(name) == "string" and M.nearest(name, names)
  local hint = near and '; did you mean "' .. near .. '"?' or ""
  if not near and #list > 0 and #list <= 12 then hint = "; there are: " .. table.concat(list, ", ") end
  M.fail("there %s no %s %s%s", plural[what] and "are" or "is", what, M.value(name), hint)
end

-- The options of a verb: a table, with nothing in it that the verb does not know. Gives a table in any case.
function M.options(verb, options, known)
  if options == nil then return {} end
  if type(options) ~= "table" then
    M.fail('the options of %s are a table, as { %s = ... }, not %s', verb, M.sorted(known)[1], M.value(options))
  end
  for key in pairs(options) do
    if not known[key] then M.unknown("option of " .. verb, key, known) end
  end
  return options
end

-- shop.close() in the place of shop:close() is told so.
function M.methods(class, what, example)
  for name in pairs(class.verbs) do
    local run = class[name]
    class[name] = function(self, ...)
      if not class.is(self) then M.fail("write %s:%s(...), with a colon: it is the verb of %s", example, name, what) end
      return run(self, ...)
    end
  end
end

-- A value as a person would write it.
function M.value(value)
  if type(value) == "string" then return (string.format("%q", value):gsub("\\\n", "\\n")) end
  if type(value) == "table" and not (getmetatable(value) or {}).__tostring then return "a table" end
  return tostring(value)
end

function M.later(word)
  M.fail('"%s" belongs to a later version of Tessera', word)
end

return M
