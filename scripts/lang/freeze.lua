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

-- What stands in place of a value; `file`, `line`: of the function that holds it.
local function settle(value, file, line)
  local text = type(value) == "userdata" and host.money(value)
  if not text then return value end
  local minor = host.minor(text, places)
  if not minor then
    problems.add("bad_unit", file, line, 'money "' .. text .. '", which this function uses, is finer than the currency,'
      .. " which has " .. places .. " decimals")
  end
  return minor or value
end

-- Values yet to be looked at, with the function that holds them: a list, because tables may be nested without end.
local waiting = {}

local function wait_for(value, file, line)
  local kind = type(value)
  if (kind == "table" or kind == "function") and not done[value] then
    done[value] = true
    waiting[#waiting + 1] = { value = value, file = file, line = line }
  end
end

local function freeze_table(t, file, line)
  if debug.getmetatable(t) ~= nil then return end -- the host's
  local content = {}
  for key, item in next, t do content[key] = settle(item, file, line) end
  for key in next, content do t[key] = nil end
  debug.setmetatable(t, { __index = content, __frozen = content, __len = function() return #content end,
    __newindex = read_only, __metatable = false })
  for key, item in next, content do
    wait_for(key, file, line)
    wait_for(item, file, line)
  end
end

local function freeze_function(fn)
  local info = debug.getinfo(fn, "S")
  local file, line = string.match(info.source, "^@(.*)"), info.linedefined
  if not file then return end -- a function of the host
  local assigned = refuse(file, line .. ":" .. info.lastlinedefined)
  for i = 1, 255 do
    local name, value = debug.getupvalue(fn, i)
    if not name then break end
    if assigned and assigned[name] then
      problems.add("outer_assignment", file, line, 'the function assigns "' .. name
        .. '", a variable of the function that made it: a rule keeps nothing between calls',
        "use a local inside the function, or a tag, a trait, a score or a measure")
    end
    local settled = settle(value, file, line)
    if settled ~= value then debug.setupvalue(fn, i, settled) end
    wait_for(settled, file, line)
  end
end

-- `functions` and `tables`: the roots. `assigned_in(file, lines)`: see parse.lua. `money_places`: of the currency.
local function freeze(functions, tables, assigned_in, money_places)
  refuse, places = assigned_in, money_places
  for _, fn in ipairs(functions) do wait_for(fn) end
  for _, t in ipairs(tables) do wait_for(t, "", 0) end
  while #waiting > 0 do
    local one = table.remove(waiting)
    if type(one.value) == "table" then
      freeze_table(one.value, one.file, one.line)
    else
      freeze_function(one.value)
    end
  end
end

return { freeze = freeze }
