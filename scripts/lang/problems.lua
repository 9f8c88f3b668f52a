-- SPDX-License-Identifier: Apache-2.0
-- The list of what is wrong with a rule set. Nothing stops at the first problem: whoever finds one adds it here and
-- goes on, and at the end they are shown in order of file and line. Also the search for the nearest known name.
local codes = use "codes"

local M = { codes = codes }

local list_max = 500 -- nobody reads more at a time
local list, seen, errors = {}, {}, 0
local comparisons_left = 50000 -- of names, about 50 ms: a file of thousands of unknown names gets fewer suggestions

-- Values that stand for something that was reported already: nothing more is said of them.
M.reported = setmetatable({}, { __mode = "k" })

-- Codes are those of `tessera check`. `suggestion` may be nil; `mark`: what on that line is meant, where it is known.
function M.add(code, file, line, message, suggestion, warning, mark)
  if not codes[code] then error("no such code of a problem: " .. code) end
  local key = table.concat({ code, file, line, message }, "\0")
  if seen[key] then return end
  if not warning then errors = errors + 1 end
  if #list == list_max then return end
  seen[key] = true
  list[#list + 1] = { code = code, file = file, line = line, message = message, suggestion = suggestion or "",
    warning = warning or false, mark = mark or "" }
end

-- Is there a problem of that code on that line already, or (without a line) about that name?
function M.has(code, file, line, name)
  local begin = name and '"' .. name .. '" '
  for _, p in ipairs(list) do
    if p.code == code and p.file == file and (line and p.line == line or name
      and string.find(p.message, begin, 1, true) == 1)
    then
      return true
    end
  end
  return false
end

function M.none() return errors == 0 end

-- In order of file and line; and how many are errors.
function M.sorted()
  table.sort(list, function(a, b)
    if a.file ~= b.file then return host.less(a.file, b.file) end
    if a.line ~= b.line then return a.line < b.line end
    if a.code ~= b.code then return host.less(a.code, b.code) end
    return host.less(a.message, b.message) -- not the order of finding, which follows that of Lua's tables
  end)
  return list, errors
end

-- The candidate (a key of one of the given tables) that is nearest to `name`, or nil when none is near.
function M.nearest(name, ...)
  local best, best_distance
  local most = math.min(3, #name // 3) -- of two letters nothing is near but the same in other case
  local small = string.lower(name)
  for _, candidates in ipairs { ... } do
    for candidate in next, candidates do
      if type(candidate) == "string" and comparisons_left > 0 then
        comparisons_left = comparisons_left - 1
        local distance = string.lower(candidate) == small and 0 or host.distance(name, candidate, most + 1)
        local nearer = distance <= most and (not best or distance < best_distance
          or (distance == best_distance and host.less(candidate, best)))
        if nearer then best, best_distance = candidate, distance end
      end
    end
  end
  return best
end

function M.did_you_mean(name, ...)
  local best = M.nearest(name, ...)
  return best and ('did you mean "' .. best .. '"?') or nil
end

-- A value as people would write it, for messages.
function M.show(value)
  local kind = type(value)
  if kind == "string" then
    if #value > 60 then value = string.sub(value, 1, 57) .. "..." end
    return '"' .. value .. '"'
  elseif kind == "number" then
    return host.number(value)
  elseif kind == "boolean" then
    return tostring(value)
  elseif kind == "nil" then
    return "nothing"
  elseif host.money(value) then
    return 'money "' .. host.money(value) .. '"'
  end
  return "a " .. kind
end

-- Names of a set in byte order.
function M.names(set)
  local names = {}
  for name in next, set do
    if type(name) == "string" then names[#names + 1] = name end
  end
  table.sort(names, host.less)
  return names
end

-- `"a", "b" or "c"`.
function M.one_of(names)
  local shown = {}
  for i, name in ipairs(names) do shown[i] = '"' .. name .. '"' end
  if #shown < 2 then return shown[1] or "" end
  return table.concat(shown, ", ", 1, #shown - 1) .. " or " .. shown[#shown]
end

return M
