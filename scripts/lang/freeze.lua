-- SPDX-License-Identifier: Apache-2.0
-- When all is read, what the functions of a rule set hold from outside is made read-only: tables are frozen in place
-- (they stay the same value, so cycles and sharing keep), and amounts of money become minor units. A function that
-- survived loading and assigns a variable of the function that made it would keep something between calls: it is
-- refused.
local problems = use "problems"

local done = {}
local refuse, places -- set by freeze

-- What lives on as a metamethod must not hold on to all of the trusted half by its environment.
local error = error

local function read_only()
  error("a table outside the function is read-only: make a local copy inside the function", 2)
end

local walk_function

-- What stands in place of a value; `file`, `line`: of the function that holds it.
local function settle(value, file, line)
  local text = type(value) == "userdata" and host.money(value)
  if not text then return value end
  local minor = host.minor(text, places)
  if not minor then
    problems.add("bad_unit", file, line, 'money "' .. text
      .. '", which this function uses, is finer than the currency, which has '
      .. places .. " decimals")
  end
  return minor or value
end

local function walk(value, file, line)
  local kind = type(value)
  if kind == "function" then return walk_function(value) end
  if kind ~= "table" or done[value] or debug.getmetatable(value) ~= nil then return end
  done[value] = true
  local content = {}
  for key, item in next, value do content[key] = settle(item, file, line) end
  for key in next, content do value[key] = nil end
  debug.setmetatable(value, { __index = content, __frozen = content, __len = function() return #content end,
    __newindex = read_only, __metatable = false })
  for key, item in next, content do
    walk(key, file, line)
    walk(item, file, line)
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
    local settled = settle(value, file, info.linedefined)
    if settled ~= value then debug.setupvalue(fn, i, settled) end
    walk(settled, file, info.linedefined)
  end
end

-- `functions` and `tables`: the roots. `assigned_in(file, lines)`: see scan.lua. `money_places`: of the currency.
local function freeze(functions, tables, assigned_in, money_places)
  refuse, places = assigned_in, money_places
  for _, fn in ipairs(functions) do walk_function(fn) end
  for _, t in ipairs(tables) do walk(t, "", 0) end
end

return { freeze = freeze }
