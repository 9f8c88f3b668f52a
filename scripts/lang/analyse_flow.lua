-- SPDX-License-Identifier: Apache-2.0
-- Follows values through a function as its text has them, statement by statement and without running it: into locals,
-- through and/or, into functions that it calls. A variable that is assigned again is not known any more. The work is
-- bounded: past the budget nothing more is looked at, and nothing more is said.
local C = use "analyse_calls"
local K = use "known"
local N = use "analyse_names"
local O = use "analyse_ops"
local V = use "value"
local problems = use "problems"
local words = use "words"

local F = {}

local calls_max = 8       -- functions in functions
local depth_max = 220     -- expressions in expressions
local steps_of_one = 20000 -- nodes looked at for one function of a declaration
local steps_of_all = 800000

local report, tree_of -- set by F.begin
local left = steps_of_all
local run -- the function of a declaration that is looked at: { role, steps, calls, depth, pending, node }

local evaluate, block

-- ---- what is there when all files are read --------------------------------------------------------------------------

-- money "-19.90": `minus` is what it should be, for messages.
local function amount(text)
  local positive = string.match(text, "^%-(.+)$")
  return { b = V.NUMBER, unit = "money", minus = positive and 'money "' .. positive .. '"' or false,
    shown = 'money "' .. text .. '"' }
end

-- A value of a file's own, as it stands now that the file has run.
local function of_lua(value)
  local kind = type(value)
  if kind == "function" then
    return host.is_rule(value) and { b = V.FUNCTION, k = "lua", fn = value } or V.unknown
  elseif kind == "table" then
    return debug.getmetatable(value) == nil and { b = V.TABLE, k = "data", data = value } or V.unknown
  elseif kind == "userdata" then
    return host.money(value) and amount(host.money(value)) or V.unknown
  end
  return V.constant(value)
end

local upvalues = setmetatable({}, { __mode = "k" }) -- function -> name -> value

local function upvalues_of(fn)
  local found = upvalues[fn]
  if not found then
    found = {}
    for i = 1, 255 do
      local name, value = debug.getupvalue(fn, i)
      if not name then break end
      found[name] = of_lua(value)
    end
    upvalues[fn] = found
  end
  return found
end

-- ---- variables ------------------------------------------------------------------------------------------------------

local literals = { ["string"] = true, ["number"] = true, ["true"] = true, ["false"] = true, ["nil"] = true }

local function variable(frame, var)
  local f = frame
  while f do
    local value = f.values[var]
    if value then return var.assigned and V.unknown or value end
    if f.concrete then
      local found = upvalues_of(f.concrete)[var.name]
      if found then return var.assigned and var.fn.depth > 0 and V.unknown or found end
      return var.const and literals[var.const.t] and evaluate(var.const, f) or V.unknown
    end
    f = f.outer
  end
  return V.unknown
end

local usable = { money = true, program = true }
local globals = { now = { b = V.OTHER, k = "time", name = "now" },
  program = { b = V.OTHER, k = "program", name = "program" } }

-- Words of the language, which functions cannot use when they run.
local function declares(name) return words.words[name] and not usable[name] end

local function hint_of_word(name)
  if name == "event" then return "name it among the parameters: function(member, event)" end
  local row = host.bindings.member[name] or host.bindings.member[name .. "s"]
  if not row then return nil end
  if string.sub(row, 1, 1) == "(" then return "did you mean member:" .. name .. "(...)?" end
  return "did you mean member." .. name .. "s?"
end

local function global(name)
  local value = globals[name]
  if not value then
    value = { b = V.UNKNOWN, k = "global", name = name }
    globals[name] = value
  end
  return value
end

-- ---- functions ------------------------------------------------------------------------------------------------------

local gives = { tostring = V.text, type = V.text, ipairs = V.unknown, money = V.number,
  ["math.floor"] = V.number, ["math.ceil"] = V.number, ["math.abs"] = V.number, ["math.max"] = V.number,
  ["math.min"] = V.number, ["math.random"] = V.number, ["math.sqrt"] = V.number, ["string.format"] = V.text,
  ["string.upper"] = V.text, ["string.lower"] = V.text, ["string.sub"] = V.text, ["string.rep"] = V.text,
  ["string.len"] = V.number, ["table.concat"] = V.text, ["math.pi"] = V.number, ["math.huge"] = V.number }

-- The body of a function with these arguments: the value that it gives, and whether its end can be reached.
local function enter(node, frame, args)
  if run.calls >= calls_max or run.active[node] then return V.unknown end
  run.calls = run.calls + 1
  run.active[node] = true
  local inside = run.inside
  if frame.concrete and frame.concrete ~= run.fn then run.inside = false end
  local outer_results = run.results
  run.results = {}
  for i, var in ipairs(node.params) do frame.values[var] = args[i] or (args.all and V.nothing) or V.unknown end
  local ended = block(node.body, frame)
  local results = run.results
  run.results, run.inside, run.active[node] = outer_results, inside, nil
  run.calls = run.calls - 1
  return results, ended
end

local function result_of(results, ended)
  if not ended then return V.unknown end -- it may give nothing; a caller that knows why need not hear of it
  local value = results[1] and results[1].value
  for i = 2, #results do value = V.join(value, results[i].value) end
  return value or V.nothing
end

local function call_value(fn, args)
  if fn.k == "closure" then
    fn.called = true
    local results, ended = enter(fn.node, { values = {}, outer = fn.frame }, args)
    return results == V.unknown and V.unknown or result_of(results, ended)
  elseif fn.k == "lua" then
    local node = tree_of(fn.fn)
    if not node then return V.unknown end
    local results, ended = enter(node, { values = {}, concrete = fn.fn }, args)
    return results == V.unknown and V.unknown or result_of(results, ended)
  elseif fn.k == "global" then
    return gives[fn.name] or V.unknown
  end
  return V.unknown
end

-- ---- expressions ----------------------------------------------------------------------------------------------------

local E = {}

E["nil"] = function() return V.nothing end
E["true"] = function() return V.yes end
E["false"] = function() return V.no end
E["..."] = function() return V.unknown end
E["string"] = function(node)
  node.constant = node.constant or V.constant(node.value)
  return node.constant
end
E["number"] = function(node)
  local value = tonumber(node.value)
  return value and V.constant(value) or V.number
end
E["name"] = function(node, frame)
  if node.var then return variable(frame, node.var) end
  if declares(node.name) then
    report("unknown_word", node.line, '"' .. node.name
      .. '" declares: it stands at the top level of a file, not inside a function', hint_of_word(node.name))
    return V.unknown
  end
  return global(node.name)
end
E["function"] = function(node, frame)
  local value = { b = V.FUNCTION, k = "closure", node = node, frame = frame, inside = run.inside }
  run.pending[#run.pending + 1] = value
  return value
end

E["table"] = function(node, frame)
  local fields = {}
  for _, item in ipairs(node.items) do
    if item.computed then evaluate(item.computed, frame) end
    local value = evaluate(item.value, frame)
    if item.key ~= nil then fields[item.key] = value end
  end
  return { b = V.TABLE, k = "literal", node = node, fields = fields }
end

local libraries = { math = math, string = string, table = table }

-- math.flor, and ("x"):uper() with the library of text: one that is not there, but nearly.
local function check_library(library, name, line)
  local known = libraries[library]
  if not known or type(name) ~= "string" or known[name] ~= nil then return end
  local near = problems.did_you_mean(name, known)
  if near then report("unknown_word", line, library .. " has no " .. problems.show(name), near) end
end

-- obj[key], for the kinds that are not names of the rules'.
local function index_plain(obj, key)
  if obj.k == "data" and key ~= nil then
    local value = rawget(obj.data, key)
    return value ~= nil and of_lua(value) or V.unknown
  elseif obj.k == "literal" then
    local value = key ~= nil and obj.fields[key]
    return value and value.k == "closure" and value or V.unknown
  elseif obj.k == "global" and type(key) == "string" then
    return gives[obj.name .. "." .. key] == V.number and (key == "pi" or key == "huge") and V.number
      or global(obj.name .. "." .. key)
  elseif obj.k == "list" then
    return N.item_of(obj, true)
  end
  return V.unknown
end

local function key_of(node, frame)
  local key = evaluate(node, frame)
  return key.c, key
end

local function index(node, frame, called)
  local obj = evaluate(node.obj, frame)
  local key = key_of(node.key, frame)
  local value = N.index(obj, key, node.line, run.inside, called)
  if value then return value end
  if V.known(obj) and obj.b & (V.TABLE | V.OTHER | V.TEXT | V.NIL) == 0 then
    report("wrong_type", node.line, V.says(obj) .. " has no fields")
    return V.unknown
  end
  if obj.k == "global" then check_library(obj.name, key, node.line) end
  return index_plain(obj, key)
end

E["index"] = function(node, frame) return index(node, frame, false) end

local function arguments(nodes, frame)
  local values = {}
  for i, arg in ipairs(nodes) do values[i] = evaluate(arg, frame) end
  local last = nodes[#nodes]
  values.all = not (last and (last.t == "call" or last.t == "method" or last.t == "..."))
  return values
end

-- member.NAME(...): with the member itself as the first argument it is what a colon does.
local function called_by_dot(fn, args, node)
  local first = args[1]
  if first and first.k == "member" then
    return C.call(fn.name, { table.unpack(args, 2) }, { table.unpack(node.args, 2) }, node.line, run.role)
  elseif not first or V.known(first) then
    report("wrong_type", node.line, "member." .. fn.name .. "(...) is called with a dot", "write member:" .. fn.name
      .. "(...), with a colon")
  end
  return V.unknown
end

-- money "19.90" inside a function: the constant must be an amount, and no finer than the currency.
local function check_money(arg, line)
  if not arg or arg.c == nil or not V.known(arg) then return end
  local text = arg.c
  if type(text) ~= "string" then
    local number = type(text) == "number" and host.number(text)
    report("bad_unit", line, "money takes text, as people write it, not " .. problems.show(text), number
      and 'did you mean money "' .. number .. '"? A bare number could be whole or minor units' or 'write money "19.90"')
  elseif not host.is_decimal(text) then
    report("bad_unit", line, "money " .. problems.show(text) .. " is no amount",
      'write digits with a point: money "19.90"')
  elseif not host.minor(text, K.money_places) then
    report("bad_unit", line, "money " .. problems.show(text) .. " is finer than the currency, which has "
      .. K.money_places .. " decimals")
  end
end

E["call"] = function(node, frame)
  local fn
  if node.fn.t == "index" then fn = index(node.fn, frame, false) else fn = evaluate(node.fn, frame) end
  local args = arguments(node.args, frame)
  if fn.k == "method" then return called_by_dot(fn, args, node) end
  if V.known(fn) and fn.b & V.FUNCTION == 0 and fn.b & V.NIL == 0 then
    report("wrong_type", node.line, (fn.k == "names" and "member." or "") .. V.says(fn) .. " cannot be called",
      fn.k == "names" and "write member." .. fn.name .. '["..."]' or nil)
    return V.unknown
  end
  if fn.k == "global" and string.sub(fn.name, 1, 5) == "math." then O.numbers(fn.name, args, node.line) end
  if fn.k == "global" and fn.name == "money" then
    check_money(args[1], node.line)
    if args[1] and type(args[1].c) == "string" then return amount(args[1].c) end
  end
  return call_value(fn, args)
end

E["method"] = function(node, frame)
  local obj = evaluate(node.obj, frame)
  local args = arguments(node.args, frame)
  if obj.k == "member" then return C.call(node.name, args, node.args, node.line, run.role) end
  if N.readers[obj.k] then
    local found = N.index(obj, node.name, node.line, run.inside)
    if found and found.k ~= "method" and found ~= V.unknown then
      report("wrong_type", node.line, '"' .. node.name .. '" is a field and no method',
        "write a dot and no parentheses")
    end
    return V.unknown
  end
  if obj.b & V.TEXT ~= 0 and obj.b & ~(V.TEXT | V.NIL) == 0 then check_library("string", node.name, node.line) end
  local fn = index_plain(obj, node.name)
  if fn.k == "lua" or fn.k == "closure" then
    table.insert(args, 1, obj)
    return call_value(fn, args)
  end
  return V.unknown
end

E["op"] = function(node, frame)
  local op = node.op
  local a = evaluate(node.left, frame)
  if op == "and" then
    if a.b & (V.FALSY | V.UNKNOWN) == 0 then return evaluate(node.right, frame) end
    local b = evaluate(node.right, frame)
    if a.b & ~V.FALSY == 0 then return a end
    return V.join(V.falsy(a), b)
  elseif op == "or" then
    local b = evaluate(node.right, frame)
    if a.b & (V.FALSY | V.UNKNOWN) == 0 then return a end
    if a.b & ~V.FALSY == 0 then return b end
    return V.join(V.truthy(a), b)
  end
  return O.binary(op, a, evaluate(node.right, frame), node.line, run.inside)
end

E["unary"] = function(node, frame) return O.unary(node.op, evaluate(node.arg, frame), node.line) end

function evaluate(node, frame)
  run.steps = run.steps + 1
  if run.steps > steps_of_one or run.steps > left or run.depth > depth_max then
    run.lost = true
    return V.unknown
  end
  run.depth = run.depth + 1
  local fn = E[node.t]
  local value = fn and fn(node, frame) or V.unknown
  run.depth = run.depth - 1
  return value
end

-- ---- statements -----------------------------------------------------------------------------------------------------
-- Each gives true when what follows it is not reached.

local S = {}

-- The values of a list of expressions for so many variables: what a call gives beyond its first value is not known.
local function values_of(nodes, n, frame)
  local values = {}
  for i, node in ipairs(nodes) do values[i] = evaluate(node, frame) end
  local last = nodes[#nodes]
  local open = last and (last.t == "call" or last.t == "method" or last.t == "...")
  for i = #nodes + 1, n do values[i] = open and V.unknown or V.nothing end
  return values
end

S["local"] = function(node, frame)
  local first = node.values[1]
  if first and first.t == "function" and #node.vars == 1 then -- a function may call itself
    frame.values[node.vars[1]] = evaluate(first, frame)
    return
  end
  local values = values_of(node.values, #node.vars, frame)
  for i, var in ipairs(node.vars) do frame.values[var] = values[i] end
end

S["assign"] = function(node, frame)
  for _, value in ipairs(node.values) do evaluate(value, frame) end
  for _, target in ipairs(node.targets) do
    if target.t == "index" then
      local obj = evaluate(target.obj, frame)
      evaluate(target.key, frame)
      if N.readers[obj.k] then
        report("wrong_type", target.line, (obj.k == "names" and "member." .. obj.name or obj.name or obj.k)
          .. " is read-only: a rule changes something by an effect",
          "in act, write member:set, member:tag, member:add ...")
      elseif obj.k == "literal" then
        obj.k = nil -- what it holds is not known any more
      end
    end
  end
end

S["do_call"] = function(node, frame)
  evaluate(node.call, frame)
  local fn = node.call.fn
  return fn and fn.t == "name" and not fn.var and fn.name == "error"
end

S["block"] = function(node, frame) return block(node.body, frame) end

S["while"] = function(node, frame)
  local cond = evaluate(node.cond, frame)
  block(node.body, frame)
  return cond.c == true and not run.breaks
end

S["repeat"] = function(node, frame)
  local ended = block(node.body, frame)
  evaluate(node.cond, frame)
  return ended and not run.breaks
end

S["if"] = function(node, frame)
  local ended = node.otherwise ~= nil
  for _, clause in ipairs(node.clauses) do
    local cond = evaluate(clause.cond, frame)
    if cond.k == "method" then
      report("wrong_type", clause.line, V.says(cond) .. " is not called", "write member:" .. cond.name .. "(...)")
    end
    if not block(clause.body, frame) then ended = false end
  end
  if node.otherwise and not block(node.otherwise, frame) then ended = false end
  return ended
end

S["for_number"] = function(node, frame)
  for _, value in ipairs(node.values) do evaluate(value, frame) end
  frame.values[node.vars[1]] = V.number
  block(node.body, frame)
end

S["for_in"] = function(node, frame)
  local call = node.values[1]
  for i = 2, #node.values do evaluate(node.values[i], frame) end
  local item = V.unknown
  if call.t == "call" and call.fn.t == "name" and not call.fn.var and #call.args == 1
    and (call.fn.name == "ipairs" or call.fn.name == "pairs") then
    local list = evaluate(call.args[1], frame)
    if list.k == "list" then
      item = N.item_of(list)
    elseif V.known(list) and list.b & (V.TABLE | V.OTHER) == 0 then
      report("wrong_type", call.line, V.says(list) .. " is no list: " .. call.fn.name .. " cannot go over it")
    end
  else
    evaluate(call, frame)
  end
  for i, var in ipairs(node.vars) do frame.values[var] = i == 2 and item or V.unknown end
  block(node.body, frame)
end

S["return"] = function(node, frame)
  local values = values_of(node.values, 1, frame)
  run.results[#run.results + 1] = { value = values[1], line = node.line, node = node }
  return true
end

S["break"] = function()
  run.breaks = true
  return true
end

S["jump"] = function() run.jumps = true end

function block(list, frame)
  local ended = false
  for _, node in ipairs(list) do
    if S[node.t](node, frame) then ended = true end
  end
  return ended
end

-- ---- one function of a declaration ----------------------------------------------------------------------------------

-- `reporter`: function(code, line, message, suggestion, warning). `trees`: a Lua function -> its tree, or nothing.
function F.begin(reporter, trees)
  tree_of = trees
  report = function(...)
    if not run.lost then reporter(...) end
  end
  N.report_to(report)
  C.report_to(report)
  O.report_to(report)
end

-- The results of the function: { { value, line, node } }, and whether its end is not reached; nothing when that is not
-- known. `role`: "when", "amount" or "act".
function F.run(fn, node, args, role)
  if left <= 0 then return end
  run = { fn = fn, node = node, role = role, steps = 0, calls = 0, depth = 0, pending = {}, active = {}, inside = true,
    results = {} }
  local frame = { values = {}, concrete = fn }
  local results, ended = enter(node, frame, args)
  local lost, jumps = run.lost, run.jumps
  local at = 1
  while run.pending[at] and not run.lost do -- functions that nobody called here: their parameters are not known
    local closure = run.pending[at]
    if not closure.called then
      run.calls, run.depth, run.inside = 0, 0, closure.inside
      enter(closure.node, { values = {}, outer = closure.frame }, {})
    end
    at = at + 1
  end
  left = left - run.steps
  if lost or results == V.unknown then return end
  return results, ended or jumps or false, jumps
end

return F
