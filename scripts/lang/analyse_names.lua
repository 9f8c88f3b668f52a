-- SPDX-License-Identifier: Apache-2.0
-- The names that functions use: what `member`, `event` and all that hangs off them answer to, by the declarations and
-- by the rows of the bindings (host.bindings). An unknown name is a problem and gives V.unknown, so it is told once.
local K = use "known"
local V = use "value"
local problems = use "problems"

local N = {}

local report -- function(code, line, message, suggestion, warning); set by analyse.lua
function N.report_to(fn) report = fn end

local show = problems.show

-- A declared name of that kind; nothing when it was reported, false when it may be declared in a file not read.
local function find(kind, code, line, name, candidates)
  local found = (candidates or K[kind])[name]
  if found then return found end
  if K.is_forgiven(kind, name) then return false end
  report(code, line, "no " .. kind .. " " .. show(name) .. " is declared",
    problems.did_you_mean(name, candidates or K[kind]) or ("declare it: " .. kind .. " " .. show(name) .. " { ... }"))
end

-- Traits and consents share a space.
local split = {}
local function traits_of(word)
  if not split[word] then
    split[word] = {}
    for name, d in next, K.trait do
      if d.word == word then split[word][name] = d end
    end
  end
  return split[word]
end

local kinds = { -- of member.NAME[...]: kind of name, code
  tags = { "tag", "unknown_tag", V.boolean },
  segments = { "segment", "unknown_word", V.boolean },
  scores = { "score", "unknown_word", V.number },
  consents = { "consent", "unknown_word", V.boolean },
  traits = { "trait", "unknown_field" },
  tiers = { "tiers", "unknown_tier" },
}

-- member.tags[name], by the kind of table.
local function index_names(v, name, line)
  local row = kinds[v.name]
  if not row or not K[row[1] == "consent" and "trait" or row[1]] then return V.unknown end
  if not name then return row[3] or V.unknown end
  local candidates
  if v.name == "traits" or v.name == "consents" then candidates = traits_of(row[1]) end
  local d = find(row[1], row[2], line, name, candidates)
  if v.name == "traits" then
    return d and d.type and V.of_type(d.type, true) or V.unknown
  elseif v.name == "tiers" then
    return d and { b = V.OTHER, k = "tier", of = d, name = "a tier" } or V.unknown
  end
  return row[3]
end

-- ---- tiers ----------------------------------------------------------------------------------------------------------

function N.levels(d) -- names -> true, from what was written: levels with faults have names too
  if not d.level_names then
    d.level_names = {}
    for _, level in ipairs(d.body) do
      local name = type(level) == "table" and rawget(level, 1)
      if type(name) == "string" then
        d.level_names[name] = true
      end
    end
  end
  return d.level_names
end

local function index_tier(v, name, line)
  local d = v.of
  if not name then return V.unknown end
  local row = host.bindings.tier[name]
  if name == "name" or name == "next" then
    return { b = name == "next" and V.TEXT | V.NIL or V.TEXT, enum = { "level", d } }
  elseif row then
    return N.by_signature(row)
  end
  local own = {}
  for _, level in ipairs(d.body) do
    if type(level) == "table" and not host.money(level) then
      for key in next, level do own[key] = true end
    end
  end
  if not own[name] then
    report("unknown_field", line, "the tiers " .. show(d.name) .. " have no key " .. show(name),
      problems.did_you_mean(name, own, host.bindings.tier) or "write it into the levels")
  end
  return V.unknown
end

-- ---- events ---------------------------------------------------------------------------------------------------------

local function joined(names)
  local shown = {}
  for i, name in ipairs(names) do shown[i] = show(name) end
  return #shown == 1 and "the event " .. shown[1] .. " has no" or "none of the events " .. table.concat(shown, ", ")
    .. " has a"
end

-- The names that a text field of the engine's own events can have: kind of enum.
local internal_enums = { tiers = "tiers", from = "any level", to = "any level", tag = "tag", segment = "segment",
  points = "points", milestone = "milestone" }

local function field_value(fields, absent, name, internal, builtin)
  local field = fields[1]
  for i = 2, #fields do
    if fields[i].type ~= field.type then return V.unknown end
    absent = absent or not fields[i].required
  end
  absent = absent or not field.required
  if field.type == "list" then
    return { b = absent and V.TABLE | V.NIL or V.TABLE, k = "list", of = #fields == 1 and field.of or nil, name = name,
      builtin = builtin }
  end
  local value = V.of_type(field.type, absent)
  if internal and internal_enums[name] and field.type == "text" then
    return { b = value.b, enum = { internal_enums[name] } }
  end
  return value
end

-- Some event, any event, has such a field.
local function any_event_has(name)
  for _, d in next, K.event do
    if d.body[name] ~= nil then return true end
  end
  return false
end

local function index_event(v, name, line, inside)
  if not name then return V.unknown end
  local row = host.bindings.event[name]
  if name == "name" then return { b = V.TEXT, enum = { "event", v } } end
  if name == "properties" then return V.unknown end
  if row then return N.by_signature(row) end
  if not v.events then return V.unknown end
  local fields, absent, candidates, internal, builtin = {}, false, {}, true, false
  for _, event in ipairs(v.events) do
    local d = K.event[event]
    if not d or not d.fields or K.unread["event " .. event] or (d.keys and d.keys[0].doubled) then return V.unknown end
    internal, builtin = internal and d.internal, builtin or d.builtin
    for key in next, d.fields do candidates[key] = true end
    if d.fields[name] then
      fields[#fields + 1] = d.fields[name]
    elseif d.body[name] ~= nil then
      return V.unknown -- its type is wrong, which is told already
    else
      absent = true
    end
  end
  if #fields > 0 then return field_value(fields, absent, name, internal, builtin) end
  if not inside and any_event_has(name) then return V.unknown end -- a function for several rules may ask for event.name
  report("unknown_field", line, joined(v.events) .. " field " .. show(name),
    problems.did_you_mean(name, candidates, host.bindings.event) or "declare it in the event's fields")
  return V.unknown
end

local function index_item(v, name, line)
  if not name or not v.of or problems.reported[v.of] then return V.unknown end
  local field = v.of[name]
  if field then return V.of_type(field.type, true) end
  local near = problems.did_you_mean(name, v.of)
  if v.builtin and not near then return V.unknown end -- the specification has more fields than are declared
  report("unknown_field", line, "the items of " .. show(v.name) .. " have no field " .. show(name),
    near or "declare it: " .. v.name .. ' = { "list", of = { ' .. name .. ' = "text" } }')
  return V.unknown
end

function N.item_of(list, absent)
  if not list.of then return V.unknown end
  return { b = absent and V.TABLE | V.NIL or V.TABLE, k = "item", of = list.of, name = list.name,
    builtin = list.builtin }
end

-- ---- what has a fixed set of fields ---------------------------------------------------------------------------------

-- "integer", "string?", "time", "table<string, any>" -> a value.
local by_name = { integer = V.number, number = V.number, string = V.text, date = V.text, boolean = V.boolean,
  ["string?"] = V.of(V.TEXT | V.NIL), ["integer?"] = V.of(V.NUMBER | V.NIL), ["number?"] = V.of(V.NUMBER | V.NIL),
  weekday = { b = V.TEXT, enum = { "weekday" } }, time = { b = V.OTHER, k = "time", name = "a time" },
  balance = { b = V.OTHER, k = "balance", name = "balances of points" },
  program = { b = V.OTHER, k = "program", name = "program" },
  ["usual|false"] = { b = V.TABLE | V.FALSE, k = "usual" } }

function N.by_signature(signature)
  local result = string.match(signature, "^%(.*%): (.*)$")
  if not result and string.sub(signature, 1, 1) == "(" then return V.nothing end
  return by_name[result or signature] or V.unknown
end

local said = { time = "a time", balance = "the balance of points", program = "program" }

local function index_fixed(v, name, line)
  if not name then return V.unknown end
  local fields = host.bindings[v.k]
  local row = fields[name]
  if row then
    local value = N.by_signature(row)
    return value == V.number and v.k ~= "program" and name ~= "sum" and V.count or value
  end
  report("unknown_field", line, (said[v.k] or "what a measure gives") .. " has no " .. show(name),
    problems.did_you_mean(name, fields) or "it has " .. problems.one_of(problems.names(fields)))
  return V.unknown
end

-- ---- member ---------------------------------------------------------------------------------------------------------

local function is_later(name)
  return host.later[name] or (K.reserved[name] and not host.bindings.member[name] and name ~= "id" and name ~= "notify")
end

local function later(line, name)
  report("unknown_word", line, "member." .. name .. " belongs to a later version; this one does not know it yet")
  return V.unknown
end

local function index_member(_, name, line, _, called)
  if not name then return V.unknown end
  local row = host.bindings.member[name]
  if row and string.sub(row, 1, 1) ~= "(" then
    if string.sub(row, 1, 6) == "table<" then return { b = V.OTHER, k = "names", name = name } end
    return N.by_signature(row)
  elseif row or K.measure[name] then
    return { b = V.FUNCTION, k = "method", name = name }
  elseif is_later(name) then
    return later(line, name)
  elseif not K.all_read or called or K.is_forgiven("measure", name) then
    return V.unknown
  end
  report("unknown_field", line, "member has no field " .. show(name),
    problems.did_you_mean(name, host.bindings.member, K.measure) or "what is known of a member stands in "
    .. "member.traits, member.tags, member.tiers ...; a measure is read as member:NAME()")
  return V.unknown
end

local function index_method(v, name, line)
  local plural = v.name .. "s"
  report("unknown_field", line, "member." .. v.name .. " is a method and has no fields", host.bindings.member[plural]
    and name and ('did you mean member.' .. plural .. '["' .. name .. '"]?') or "write member:" .. v.name .. "(...)")
  return V.unknown
end

local function index_nothing(v, name, line)
  if v.why then report("wrong_type", line, "there is no event here: " .. v.why) end
  return V.unknown, name
end

local index_by_kind = { member = index_member, names = index_names, tier = index_tier, event = index_event,
  item = index_item, figure = index_fixed, usual = index_fixed, time = index_fixed, balance = index_fixed,
  program = index_fixed, method = index_method, no_event = index_nothing }

-- v[name]; `name` nil: not known. `inside`: the function is the declaration's own. `called`: v.name(...).
function N.index(v, name, line, inside, called)
  local fn = index_by_kind[v.k]
  if not fn then return nil end
  if name ~= nil and type(name) ~= "string" then return V.unknown end
  return (fn(v, name, line, inside, called))
end

N.readers = { member = true, names = true, tier = true, event = true, time = true, balance = true, program = true }

-- ---- comparing with a name ------------------------------------------------------------------------------------------

local weekdays = {}
for day in string.gmatch("Monday Tuesday Wednesday Thursday Friday Saturday Sunday", "%a+") do weekdays[day] = true end

local function check_level(names, text, line, what)
  if names[text] or not K.all_read then return end
  if K.doubled.level and not problems.nearest(text, names) then return end -- one of two equal names was meant to be it
  report("unknown_tier", line, what .. " level " .. show(text), problems.did_you_mean(text, names)
    or next(names) and "they have " .. problems.one_of(problems.names(names)) or nil)
end

local enums = {
  level = function(enum, text, line)
    check_level(N.levels(enum[2]), text, line, "the tiers " .. show(enum[2].name) .. " have no")
  end,
  ["any level"] = function(_, text, line)
    local all = {}
    for _, d in next, K.tiers do
      for name in next, N.levels(d) do all[name] = true end
    end
    check_level(all, text, line, "no tiers have a")
  end,
  weekday = function(_, text, line)
    if weekdays[text] then return end
    report("never_fires", line, show(text) .. " is no day of the week, so this never holds",
      problems.did_you_mean(text, weekdays) or 'they are "Monday" to "Sunday"', true)
  end,
  event = function(enum, text, line, inside)
    local event = enum[2]
    if not K.event[text] and not K.accept_unknown_events then
      find("event", "unknown_event", line, text)
    elseif inside and event.events then
      local on = {}
      for _, name in ipairs(event.events) do on[name] = true end
      if on[text] then return end
      report("never_fires", line, "this is called for " .. problems.one_of(problems.names(on)) .. ", never for "
        .. show(text), 'name it in "on" too', true)
    end
  end,
}
for kind, code in next, { tiers = "unknown_tier", tag = "unknown_tag", segment = "unknown_word",
  points = "unknown_points", milestone = "unknown_word" } do
  enums[kind] = function(_, text, line)
    if K[kind] then find(kind, code, line, text) end
  end
end

-- A text is compared with a value that is one of some names. True: it was checked here.
function N.compare(v, text, line, inside)
  local check = v.enum and enums[v.enum[1]]
  if check then check(v.enum, text, line, inside) end
  return check ~= nil
end

N.find = find
N.is_later = is_later
N.later = later

return N
