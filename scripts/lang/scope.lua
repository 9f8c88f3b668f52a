-- SPDX-License-Identifier: Apache-2.0
-- What the parser (parse.lua) notes about names while it reads: which local a name is, which names are global, which
-- names are assigned that are not local to a function, and how many constants a function has.
local problems = use "problems"

-- Lua 5.4.4 miscompiles bitwise operators with constants in a function of more than 256 constants.
local constants_max = 200

-- `report`: { globals, assigned } are filled in. `file`: for problems; nil: none are reported.
local function new(file, report)
  local S = {}
  local active = {}   -- name -> variable
  local undo = {}     -- { name, the variable it hid or false }, for closing scopes
  local fn            -- of the function that is read

  local function problem(code, line, message, suggestion)
    if file then problems.add(code, file, line, message, suggestion) end
  end

  function S.mark() return #undo end

  function S.close(mark)
    for i = #undo, mark + 1, -2 do
      active[undo[i - 1]] = undo[i] or nil
      undo[i], undo[i - 1] = nil, nil
    end
  end

  -- A variable: { name, fn, assigned = after its declaration, const }.
  function S.declare(name)
    local var = { name = name, fn = fn }
    local n = #undo
    undo[n + 1], undo[n + 2] = name, active[name] or false
    active[name] = var
    return var
  end

  function S.find(name) return active[name] end

  function S.constant(value)
    local constants = fn.constants
    if not constants[value] then
      constants[value] = true
      fn.constants_n = fn.constants_n + 1
    end
  end

  function S.bitwise(line) fn.bitwise = fn.bitwise or line end

  function S.depth() return fn.depth end

  function S.open_function(line)
    fn = { outer = fn, depth = fn and fn.depth + 1 or 0, line = line, constants = {}, constants_n = 0 }
    return fn
  end

  function S.close_function(last)
    if fn.bitwise and fn.constants_n > constants_max then
      problem("limit", fn.bitwise, "bitwise operators in a function with more than " .. constants_max
        .. " different constants are not computed right by Lua 5.4", "move the data into a table outside the function")
    end
    if fn.assigned then
      local key = fn.line .. ":" .. last
      local record = report.assigned[key] or {}
      for name in next, fn.assigned do record[name] = true end
      report.assigned[key] = record
    end
    fn.constants = nil
    fn = fn.outer
  end

  -- The variable that a name reads, or nil for a global.
  function S.use(name, line)
    if name == "_ENV" then
      problem("global", line, "_ENV is not available to rules")
      return nil
    end
    local var = active[name]
    if var then return var end
    S.constant(name)
    local uses = report.globals
    uses[#uses + 1] = { name = name, line = line, inside = fn.depth > 0 and fn or nil }
  end

  function S.assign(name, line)
    local var = active[name]
    if name == "_ENV" then
      problem("global", line, "_ENV is not available to rules")
    elseif not var then
      problem("global", line, '"' .. name .. '" is assigned but not local: rules share no variables',
        'write "local ' .. name .. ' = ..."')
    elseif var.fn.depth == 0 and fn.depth > 0 then
      problem("outer_assignment", line, '"' .. name
        .. '" is a variable outside the function: a rule keeps nothing between calls',
        "use a local inside the function, or a tag, a trait, a score or a measure")
    else
      local f = fn
      while f ~= var.fn do -- they would keep it between calls if they lived on after the file has run
        f.assigned = f.assigned or {}
        f.assigned[name] = true
        f = f.outer
      end
    end
    if var then var.assigned = true end
    return var
  end

  return S
end

return { new = new }
