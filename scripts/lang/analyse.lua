-- SPDX-License-Identifier: Apache-2.0
-- Finds mistakes inside the functions of declarations without running them: names that nothing declares, windows that
-- are none, conditions that are not true or false, comparisons that cannot hold. All files are read and all names known
-- by now. A function is matched to its text by the declaration's table, or by its lines.
local F = use "analyse_flow"
local K = use "known"
local V = use "value"
local problems = use "problems"

local trees      -- file -> what parse.lua found, or nil; set by analyse
local seen = {}  -- what was said already: a helper is looked at for each function that calls it

-- ---- functions and their texts --------------------------------------------------------------------------------------

local by_lines, by_lines_of -- "first:last" -> the functions there; of which file

local function has_parameters(fn, node)
  for i = 1, #node.params + 1 do
    local var = node.params[i]
    if debug.getlocal(fn, i) ~= (var and var.name) then return false end
  end
  return true
end

-- The text of a function: the only one on its lines with its parameters.
local function tree_at(file, info, fn)
  if by_lines_of ~= file then
    by_lines, by_lines_of = {}, file
    for _, node in ipairs(trees(file) or {}) do
      local key = node.line .. ":" .. node.last
      by_lines[key] = by_lines[key] or {}
      table.insert(by_lines[key], node)
    end
  end
  local only
  local candidates = by_lines[info.linedefined .. ":" .. info.lastlinedefined] or {}
  if #candidates > 20 then return nil end -- nobody writes so; and looking through them again and again takes time
  for _, node in ipairs(candidates) do
    if has_parameters(fn, node) then
      if only then return nil end
      only = node
    end
  end
  return only
end

local function tree_of(fn)
  local info = debug.getinfo(fn, "S")
  local file = string.match(info.source, "^@(.*)")
  return file and tree_at(file, info, fn)
end

-- The function under `key` of the declaration's table: its number is noted there.
local function tree_of_option(d, key, fn)
  local info = debug.getinfo(fn, "S")
  local entry = d.keys and d.keys[key]
  local node = entry and entry.fn and string.match(info.source, "^@(.*)") == d.file and (trees(d.file) or {})[entry.fn]
  if node and node.line == info.linedefined and node.last == info.lastlinedefined then return node end
  return tree_of(fn)
end

-- ---- what a function must give --------------------------------------------------------------------------------------

local function end_of(node)
  local last = node.body[#node.body]
  if last and last.t == "do_call" then return last.line, 'is "return" missing in front of the last line?' end
  return node.last, "every way through the function ends with return ..."
end

local when_hints = {
  number = "compare it, as in ... > 0: in Lua 0 counts as true",
  text = 'compare it, as in ... == "..."',
  figure = "write not not ... for whether there is any, or compare its count",
  usual = "write not not ... for whether there is one, or compare its value",
  table = "write ... ~= nil for whether there is one",
  absent = 'it is absent for some: write ... == true, or ... or false',
}

local function when_hint(v)
  if v.k == "method" then return "write member:" .. v.name .. "(...)" end
  if v.b & V.NUMBER ~= 0 then return when_hints.number end
  if v.b & V.TEXT ~= 0 then return when_hints.text end
  if v.b & V.TABLE ~= 0 then return when_hints[v.k or "table"] or when_hints.table end
  return v.b ~= V.NIL and when_hints.absent or "write return true or return false"
end

local function check_when(report, node, results, ended, jumps)
  local bits, told = 0, false
  for _, one in ipairs(results) do
    local v = one.value
    local wrong = v.b & ~(V.BOOLEAN | V.UNKNOWN)
    bits = bits | v.b
    if wrong ~= 0 and not told then
      told = true
      report("wrong_type", one.line, '"when" must give true or false, and this '
        .. ((v.b & V.BOOLEAN ~= 0 or wrong == V.NIL and v.b ~= V.NIL) and "can give " or "gives ")
        .. V.says(v.k and v or V.of(wrong)), when_hint(v))
    end
  end
  if not ended and not told then
    local line, hint = end_of(node)
    report("wrong_type", line, '"when" must give true or false, and this '
      .. (#results == 0 and "gives nothing" or "can end without giving anything"), hint)
  elseif ended and bits == V.FALSE and not jumps then
    report("never_fires", results[1].line, '"when" is always false', "leave it out until it is needed", true)
  end
end

local function check_amount(report, node, results, ended)
  for _, one in ipairs(results) do
    local v = one.value
    if v.b & (V.NUMBER | V.UNKNOWN) == 0 then
      report("wrong_type", one.line, '"amount" must give a number of points, and this gives ' .. V.says(v),
        v.k == "method" and "write member:" .. v.name .. "(...)"
        or type(v.c) == "string" and tonumber(v.c) and "write " .. v.c .. " without quotes" or nil)
      return
    end
  end
  if not ended then
    local line, hint = end_of(node)
    report("wrong_type", line, '"amount" must give a number of points, and this '
      .. (#results == 0 and "gives nothing" or "can end without giving anything"), hint)
  end
end

local checks = { when = check_when, amount = check_amount }

-- ---- declarations ---------------------------------------------------------------------------------------------------

local function list_of(value)
  if type(value) == "string" then return { value } end
  if type(value) ~= "table" or host.money(value) then return nil end
  local list = {}
  for _, name in ipairs(value) do
    if type(name) ~= "string" then return nil end
    list[#list + 1] = name
  end
  return #list > 0 and list or nil
end

local conditions = { tag = true, segment = true }

-- What the second parameter is. Events are known by the declaration's `on`, or that of what it goes with.
local function event_of(d)
  local space = d.word == "bonus" and K.earn or d.word == "milestone" and K.measure
  local of = space and type(d.body.of) == "string" and space[d.body.of]
  local on = d.body.on
  if on == nil and conditions[d.word] then
    return { b = V.NIL, k = "no_event", why = "a " .. d.word
      .. ' with "when" alone is looked at whenever something it reads changes' }
  end
  if of then on = of.body.on end
  return { b = V.OTHER, k = "event", events = list_of(on), name = "event" }
end

local member = { b = V.OTHER, k = "member", name = "member" }

local function look_at(d, key, fn)
  local node = tree_of_option(d, key, fn)
  if not node then return end
  local title = d:title() .. ": "
  local function report(code, line, message, suggestion, warning)
    local id = table.concat({ d.file, line, message }, "\0")
    if seen[id] then return end
    seen[id] = true
    problems.add(code, d.file, line, title .. message, suggestion, warning)
  end
  local first, second = node.params[1], node.params[2]
  if first and (first.name == "event" or (second and second.name == "member")) then
    return report("wrong_type", node.line, "functions are given the member first", "write function(member, event)")
  end
  F.begin(report, tree_of)
  local results, ended, jumps = F.run(fn, node, { member, event_of(d) }, key)
  if results and checks[key] then checks[key](report, node, results, ended, jumps) end
end

-- `declared`: all declarations. `trees_of(file)`: the functions of a file by number, or nothing.
local function analyse(declared, trees_of)
  trees = trees_of
  for _, d in ipairs(declared) do
    if not d.hollow and not d.builtin then
      for _, key in ipairs { "when", "amount", "act" } do
        local fn = rawget(d.body, key)
        if type(fn) == "function" and host.is_rule(fn) then look_at(d, key, fn) end
      end
    end
  end
end

return { analyse = analyse }
