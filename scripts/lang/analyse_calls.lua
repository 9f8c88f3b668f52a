-- SPDX-License-Identifier: Apache-2.0
-- Calls of methods: member:NAME(...). Names, windows and values that stand in the call are checked; what it gives back
-- is told.
local K = use "known"
local N = use "analyse_names"
local V = use "value"
local problems = use "problems"

local C = {}

local report
function C.report_to(fn) report = fn end

local show = problems.show

-- ---- arguments ------------------------------------------------------------------------------------------------------

-- A text where a name is taken: the constant, or nothing when it is not known or was reported.
local function name_of(arg, line, what)
  if not arg then
    report("missing_body", line, "the name of " .. what .. " is missing")
  elseif V.known(arg) and arg.b & V.TEXT == 0 then
    report("wrong_type", line, "here stands the name of " .. what .. ", not " .. V.says(arg), "write it in quotes")
  else
    return type(arg.c) == "string" and arg.c or nil
  end
end

local function check_text(arg, line, read, what, example)
  if not arg or arg.b & (V.NIL | V.UNKNOWN) ~= 0 then return end
  if arg.b & V.TEXT == 0 then
    return report("bad_duration", line, what .. " is text with its unit, not " .. V.says(arg),
      math.type(arg.c) == "integer" and ('did you mean "' .. arg.c .. ' days"?') or "write " .. example)
  end
  if type(arg.c) ~= "string" then return end
  local ok, why, hint = read(arg.c)
  if not ok then report("bad_duration", line, why, hint ~= "" and hint or nil) end
end

local function check_window(arg, line) check_text(arg, line, host.window, "a window", '"12 months"') end
local function check_keep(arg, line) check_text(arg, line, host.duration, "how long", '"90 days"') end

-- ---- measures -------------------------------------------------------------------------------------------------------

local figure = { b = V.TABLE | V.FALSE, k = "figure" }

-- `from`: where the arguments of the measure begin.
local function measure(d, args, from, line)
  if d.hollow then return V.unknown end
  if d.body.by == nil then
    check_window(args[from], line)
    local sum = d.body.sum
    return sum == nil and V.count or d.sums_money and V.amount or V.number
  end
  local value = args[from]
  if not value or (V.known(value) and value.b & (V.TEXT | V.NUMBER | V.BOOLEAN) == 0) then
    report("missing_body", line, show(d.name) .. " is kept apart by " .. show(d.body.by) .. ": say which one first",
      "write member:" .. d.name .. '("...", "12 months")')
    return V.unknown
  end
  check_window(args[from + 1], line)
  return figure
end

-- member:measure("spend", ...), member:usual("bought", ...).
local function by_name(kind, args, line)
  local name = name_of(args[1], line, "a measure")
  local d = name and N.find("measure", "unknown_measure", line, name)
  if kind == "usual" then
    check_window(args[2], line)
    if d and not d.hollow and d.body.by == nil then
      report("unknown_measure", line, show(name) .. " is not kept apart by a field, so there is no usual value",
        'declare it with by = "..."')
    end
    return nil
  end
  return d and measure(d, args, 2, line) or V.unknown
end

-- ---- reading --------------------------------------------------------------------------------------------------------

-- The event of member:did "X" is checked where measures are made for it, as long as it stands there itself.
local function event_of(arg, line, node)
  local name = name_of(arg, line, "an event")
  if not name or (node and node.t == "string") or K.event[name] or K.accept_unknown_events then return end
  N.find("event", "unknown_event", line, name)
end

-- ---- effects --------------------------------------------------------------------------------------------------------

local function check_value(t, arg, line, what)
  if not arg or not V.known(arg) or arg.b & V.NIL ~= 0 then return end
  local wanted = V.of_type(t, false)
  if V.known(wanted) and arg.b & wanted.b == 0 then
    local digits = wanted.b & V.NUMBER ~= 0 and type(arg.c) == "string" and host.is_decimal(arg.c)
    report("wrong_type", line, what .. " is " .. t .. ", and this is " .. V.says(arg), digits
      and (t == "money" and 'write money "' .. arg.c .. '"' or "write " .. arg.c .. " without quotes") or nil)
  end
end

-- `positive`: nothing is earned below zero.
local function check_number(arg, line, what, positive)
  if arg and positive and type(arg.c) == "number" and arg.c < 0 then
    report("negative_threshold", line, what .. " takes a number of points, not " .. host.number(arg.c),
      "did you mean " .. host.number(-arg.c) .. "? Points are taken back by a refund, or by hand")
  end
  if arg and (not V.known(arg) or arg.b & V.NUMBER ~= 0) then return end
  report("wrong_type", line, what .. " takes a number, not " .. (arg and V.says(arg) or "nothing"),
    arg and type(arg.c) == "string" and host.is_decimal(arg.c) and "write " .. arg.c .. " without quotes" or nil)
end

-- The properties of an event that is made, where they stand in the call.
local function check_properties(d, node, values, line)
  for _, item in ipairs(node.items) do
    if type(item.key) == "string" then
      local field = d.fields[item.key]
      if field then
        check_value(field.type, values[item.key], item.line, show(item.key))
      elseif d.body[item.key] == nil then
        local near = problems.did_you_mean(item.key, d.fields)
        if near or not d.builtin then
          report("unknown_field", item.line, "the event " .. show(d.name) .. " has no field " .. show(item.key),
            near or "declare it in the event's fields")
        end
      end
    elseif item.computed then
      return
    end
  end
  for _, name in ipairs(problems.names(d.fields)) do
    if d.fields[name].required and not values[name] then
      report("missing_body", line, "the event " .. show(d.name) .. " needs the field " .. show(name))
    end
  end
end

local function emit(args, line)
  local name = name_of(args[1], line, "an event")
  if not name then return end
  local d = K.event[name]
  if not d then
    if not K.accept_unknown_events then N.find("event", "unknown_event", line, name) end
  elseif d.internal then
    report("unknown_event", line, "the event " .. show(name) .. " is the engine's own: rules cannot make it",
      "declare an event of another name")
  elseif d.fields and args[2] and args[2].k == "literal" and K.all_read then
    check_properties(d, args[2].node, args[2].fields, line)
  end
end

local function check_table(arg, line, what)
  if arg and V.known(arg) and arg.b & (V.TABLE | V.NIL) == 0 then
    report("wrong_type", line, what .. " takes a table of properties, not " .. V.says(arg))
  end
end

-- A tag that rules give and take: not one that its condition holds.
local function settable_tag(arg, line)
  local name = name_of(arg, line, "a tag")
  local d = name and N.find("tag", "unknown_tag", line, name)
  if d and d.body.when ~= nil and d.body.on == nil then
    report("wrong_type", line, "the tag " .. show(name) .. ' holds exactly while its "when" is true; no rule can give'
      .. " or take it", "declare another tag for this")
  end
end

local effects = {
  tag = function(args, line)
    settable_tag(args[1], line)
    check_keep(args[2], line)
  end,
  untag = function(args, line)
    settable_tag(args[1], line)
  end,
  set = function(args, line)
    local name = name_of(args[1], line, "a trait")
    local d = name and N.find("trait", "unknown_field", line, name)
    if d and d.type then check_value(d.type, args[2], line, "the trait " .. show(name)) end
  end,
  add = function(args, line)
    local name = name_of(args[1], line, "a score")
    if name then N.find("score", "unknown_word", line, name) end
    check_number(args[2], line, "a score")
  end,
  earn = function(args, line)
    local name = name_of(args[1], line, "points")
    if name then N.find("points", "unknown_points", line, name) end
    check_number(args[2], line, "member:earn", true)
  end,
  emit = function(args, line)
    emit(args, line)
    check_table(args[2], line, "member:emit")
  end,
  notify = function(args, line)
    name_of(args[1], line, "a notice")
    check_table(args[2], line, "member:notify")
  end,
}

local reads = {
  measure = function(args, line) return by_name("measure", args, line) end,
  usual = function(args, line) return by_name("usual", args, line) end,
  did = function(args, line, nodes)
    event_of(args[1], line, nodes[1])
    check_window(args[2], line)
  end,
  since = function(args, line, nodes)
    event_of(args[1], line, nodes[1])
    return V.count
  end,
  points = function(args, line)
    local name = name_of(args[1], line, "points")
    if name then N.find("points", "unknown_points", line, name) end
  end,
  earned = function(args, line)
    local name = name_of(args[1], line, "points")
    if name then N.find("points", "unknown_points", line, name) end
    check_window(args[2], line)
    return V.count
  end,
}

-- member:NAME(args). `role`: "when", "amount" or "act". `nodes`: the arguments as written.
function C.call(name, args, nodes, line, role)
  for _, arg in ipairs(args) do
    if arg == V.misplaced then return V.misplaced end
  end
  local row = host.bindings.member[name]
  if effects[name] and row then
    if role ~= "act" then
      report("wrong_type", line, "member:" .. name .. ' asks for an effect: only "act" may, "' .. role
        .. '" only reads', name == "tag" and 'did you mean member.tags["..."]?' or "do it in the act of a rule")
      return V.unknown
    end
    effects[name](args, line)
    return V.nothing
  elseif row and string.sub(row, 1, 1) == "(" then
    local result = reads[name] and reads[name](args, line, nodes)
    return result or N.by_signature(row)
  elseif row then
    report("wrong_type", line, "member." .. name .. " is no method", "write member." .. name
      .. (string.sub(row, 1, 6) == "table<" and '["..."]' or ""))
    return V.unknown
  elseif K.measure[name] then
    return measure(K.measure[name], args, 1, line)
  elseif N.is_later(name) then
    return N.later(line, name)
  elseif not K.is_forgiven("measure", name) then
    report("unknown_measure", line, "there is no measure " .. show(name), problems.did_you_mean(name, K.measure,
      host.bindings.member) or "declare it: measure " .. show(name) .. " { on = ... }")
  end
  return V.unknown
end

return C
