-- SPDX-License-Identifier: Apache-2.0
-- Everything that a rule file can say, as one JSON text: what `tessera rules words --json` prints and what the
-- reference page and the editor's files are made from. Names come from what is there (the words, the option tables that
-- the checks hold, the rows that bind members and events); texts come from the descriptions beside them. What is there
-- without a text, or has a text without being there, is listed under "faults".
local K = use "known"
local builtin = use "builtin"
local finish = use "finish"
local problems = use "problems"
local types = use "types"
local words = use "words"

local faults

local function fault(...) faults[#faults + 1] = table.concat { ... } end

-- ---- JSON ----------------------------------------------------------------------------------------------------------

local encode

local function encode_table(value)
  local parts = {}
  if value[1] ~= nil or next(value) == nil then
    for i, item in ipairs(value) do parts[i] = encode(item) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for _, key in ipairs(problems.names(value)) do parts[#parts + 1] = host.json(key) .. ":" .. encode(value[key]) end
  return "{" .. table.concat(parts, ",") .. "}"
end

function encode(value) return type(value) == "table" and encode_table(value) or host.json(value) end

-- ---- options -------------------------------------------------------------------------------------------------------

local shown -- option table -> where it is described

local function one_line(where, text)
  if type(text) ~= "string" or text == "" then return fault(where, ": has no text") end
  if string.find(text, "\n", 1, true) then fault(where, ": its text is longer than a line") end
  return text
end

local describe_options

-- What stands in a body without a name of its own: { { "[1]", "string", "the level's name" }, ... }.
local function describe_own(where, own)
  local list = {}
  for i, one in ipairs(own or {}) do
    local at = where .. "." .. tostring(one[1])
    list[i] = { name = one[1], type = one[2], text = one_line(at, one[3]), class = one.class,
      options = one.options and describe_options(at, one.options), own = one.own and describe_own(at, one.own) }
  end
  return list
end

-- The names of options: those of `order` ("on sum each") first, then required ones, then the others by name.
local function in_order(where, options, order)
  local place, names = {}, problems.names(options)
  local n = 0
  for name in string.gmatch(order or "", "%S+") do
    n = n + 1
    place[name] = n
    if not options[name] then fault(where, ": its order names the option ", name, ", which is not there") end
  end
  for i, name in ipairs(names) do
    place[name] = place[name] or 1000 + i - (options[name].required and 500 or 0)
  end
  table.sort(names, function(a, b) return place[a] < place[b] end)
  return names
end

function describe_options(where, options, order)
  local list = {}
  shown[options] = where
  for _, name in ipairs(in_order(where, options, order)) do
    local option, at = options[name], where .. "." .. name
    local kind = option.type or (option[1] and types.type_of(option[1]))
    if not option.later and not kind and not option.options then fault(at, ": has no type") end
    list[#list + 1] = { name = name, text = one_line(at, option[2]), type = kind, required = option.required or false,
      later = option.later or false, default = option.default, example = option.example, many = option.many,
      options = option.options and describe_options(at, option.options),
      own = option.own and describe_own(at, option.own) }
  end
  return list
end

-- An option table is one whose every value is { check, "text" }.
local function is_options(value)
  if type(value) ~= "table" or next(value) == nil then return false end
  for key, option in next, value do
    if type(key) ~= "string" or type(option) ~= "table" or type(option[2]) ~= "string"
      or not (type(option[1]) == "function" or option[1] == nil) then
      return false
    end
  end
  return true
end

-- All option tables that a check holds, however deep in the functions that it calls.
local function held_options(fn, found, seen)
  if seen[fn] then return end
  seen[fn] = true
  for i = 1, 255 do
    local name, value = debug.getupvalue(fn, i)
    if not name then break end
    if type(value) == "function" then held_options(value, found, seen) end
    if is_options(value) then
      found[value] = name
      for _, option in next, value do
        if option[1] then held_options(option[1], found, seen) end
      end
    end
  end
end

-- ---- words ---------------------------------------------------------------------------------------------------------

local function describes()
  local all = {}
  for _, module in next, finish.modules do
    for name, d in next, module.describe or {} do
      if all[name] then fault(name, ": is described twice") end
      all[name] = d
    end
  end
  for name, d in next, words.describe do all[name] = d end
  return all
end

local function describe_words(described)
  local list = {}
  for _, name in ipairs(problems.names(words.words)) do
    local kind, d = words.kind(name), described[name]
    if kind == "later" then
      list[#list + 1] = { name = name, kind = kind }
    elseif not d then
      fault(name, ": the word is not described")
    else
      if not d.example then fault(name, ": has no example") end
      if kind ~= "function" and not d.options then fault(name, ": its options are not said") end
      list[#list + 1] = { name = name, kind = kind, topic = d.topic, text = one_line(name, d.text),
        signature = d.signature, example = d.example, needs = d.needs, files = d.files,
        options = d.options and describe_options(name, d.options, d.order), own = describe_own(name, d.own) }
    end
  end
  for _, name in ipairs(problems.names(described)) do
    if not words.words[name] then fault(name, ": is described and is no word") end
  end
  return list
end

local function describe_tables()
  local list = {}
  for _, name in ipairs(problems.names(types.describe)) do
    local d = types.describe[name]
    list[#list + 1] = { name = name, text = one_line(name, d.text), options = describe_options(name, d.options),
      own = describe_own(name, d.own) }
  end
  return list
end

local function check_options_are_shown()
  local found, seen = {}, {}
  for _, step in ipairs(finish.steps) do held_options(step[2], found, seen) end
  for options, name in next, found do
    if not shown[options] then fault("the option table ", name, " is not reached from any description") end
  end
end

-- ---- events, problems ----------------------------------------------------------------------------------------------

local function field_list(fields)
  local list = {}
  for i, name in ipairs(problems.names(fields)) do
    local field = fields[name]
    list[i] = { name = name, type = type(field) == "table" and field[1] or field,
      of = type(field) == "table" and field.of and field_list(field.of) or nil }
  end
  return list
end

local function describe_events()
  local list = {}
  for _, set in ipairs { "events", "internal" } do
    for _, name in ipairs(problems.names(builtin[set])) do
      local text = builtin.describe[name]
      if set == "internal" then text = one_line(name, text) end
      list[#list + 1] = { name = name, internal = set == "internal", text = text,
        fields = field_list(builtin[set][name]) }
    end
  end
  for _, name in ipairs(problems.names(builtin.describe)) do
    if not (builtin.events[name] or builtin.internal[name]) then fault(name, ": is described and is no event") end
  end
  return list
end

local function describe_problems()
  local list = {}
  for _, name in ipairs(problems.names(problems.codes)) do
    local d = problems.codes[name]
    list[#list + 1] = { name = name, text = one_line(name, d.text), example = d.example }
    if not d.example then fault(name, ": the problem has no example") end
  end
  return list
end

-- ---- what is bound -------------------------------------------------------------------------------------------------

-- `rows`: of every ts_binding; `present`: { owner = names that the state has }.
local function check_bindings(rows, present)
  local described = {}
  for _, row in ipairs(rows) do
    local where = row.owner .. "." .. row.name
    if described[where] then fault(where, ": is bound twice") end
    described[where] = true
    one_line(where, row.text)
    if row.signature == "" then fault(where, ": has no signature") end
    if row.owner == "member" and not K.reserved[row.name] then
      fault(where, ": a measure may be called so (known.lua: reserved)")
    end
  end
  for owner, names in next, present do
    local there = {}
    for _, name in ipairs(names) do
      there[name] = true
      if not described[owner .. "." .. name] then fault(owner, ".", name, ": is there and is not described") end
    end
    for _, row in ipairs(rows) do
      if row.owner == owner and row.method and not there[row.name] then
        fault(owner, ".", row.name, ": is described and is not there")
      end
    end
  end
end

-- All of it as JSON. `bound`: { rows, present, library = names of Lua's library, later,
-- lists = { name = { {name, text} } } }.
local function describe(bound)
  faults, shown = {}, {}
  local out = { bindings = bound.rows, library = bound.library, later_methods = bound.later, lists = bound.lists }
  out.words = describe_words(describes())
  out.tables = describe_tables()
  out.events = describe_events()
  out.problems = describe_problems()
  for list, rows in next, bound.lists do
    for _, row in ipairs(rows) do one_line(list .. "." .. row.name, row.text) end
  end
  check_options_are_shown()
  check_bindings(bound.rows, bound.present)
  for _, names in next, bound.library do
    if type(names) == "table" then table.sort(names) end
  end
  table.sort(bound.later)
  table.sort(faults)
  out.faults = faults
  return encode(out)
end

return { describe = describe }
