-- SPDX-License-Identifier: Apache-2.0
-- When all is read, what the functions of a rule set hold from outside is made read-only: tables are frozen in place (they stay the
-- same value, so cycles and sharing keep), and amounts of money become minor units. A function that survived loading and
-- assigns a variable of the function that made it would keep something between calls: it is refused.
local problems = use "problems"

local done = {}
local refuse, places -- set by freeze

local function read_only()
  error("a table outside the function is read-only: make a local copy inside the function", 2)
end

local walk_function

local function settle(value) -- what stands in place of a value
  local kind = type(value)
  if kind == "userdata" then
    local text = host.money(value)
    return text and host.minor(text, places) or value
  end
  return value
end

local function walk(value)
  local kind = type(value)
  if kind == "function" then return walk_function(value) end
  if kind ~= "table" or done[value] or debug.getmetatable(value) ~= nil then return end
  done[value] = true
  local content = {}
  for key, item in next, value do content[key] = settle(item) end
  for key in next, content do value[key] = nil end
  debug.setmetatable(value, { __index = content, __frozen = content, __len = function() return #content end,
    __newindex = read_only, __metatable = false })
  for key, item in next, content do
    walk(key)
    walk(item)
  end
end

function walk_function(fn)
  if done[fn] then return end
  done[fn] = true
  local info = debug.getinfo(fn, "S")
  local file = string.match(info.source, "^@(.*)")
  if not file then return end -- a function of the host
  local assigned = refuse(file, info.linedefined .. ":" .. info.lastlinedefined)
  for i = 1, 255 do
    local name, value = debug.getupvalue(fn, i)
    if not name then break end
    if assigned and assigned[name] then
      problems.add("outer_assignment", file, info.linedefined, 'the function assigns "' .. name
        .. '", a variable of the function that made it: a rule keeps nothing between calls',
        "use a local inside the function, or a tag, a trait, a score or a measure")
    end
    local settled = settle(value)
    if settled ~= value then debug.setupvalue(fn, i, settled) end
    walk(settled)
  end
end

-- `functions` and `tables`: the roots. `assigned_in(file, lines)`: see scan.lua. `money_places`: of the currency.
local function freeze(functions, tables, assigned_in, money_places)
  refuse, places = assigned_in, money_places
  for _, fn in ipairs(functions) do walk_function(fn) end
  for _, t in ipairs(tables) do walk(t) end
end

return { freeze = freeze }
