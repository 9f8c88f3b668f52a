-- SPDX-License-Identifier: Apache-2.0
-- What options may be: each checker is called with (declaration, path, value) and gives the normalised value, or
-- reports a problem and gives nothing.
local K = use "known"
local problems = use "problems"
local money = use "money"

local T = {}

-- What a check takes, as editors and the reference show it: `T.typed(check, "duration")`. An option whose check has no
-- type says it itself: { check, "text", type = "..." }.
local types = {}
function T.typed(check, what)
  types[check] = what
  return check
end
function T.type_of(check) return types[check] end

local function sub(path, key)
  local p = { table.unpack(path) }
  p[#p + 1] = key
  return p
end
T.sub = sub

-- A list's length, or nil with a problem when there are other keys.
local function list_length(d, path, value)
  local n = #value
  for key in next, value do
    if math.type(key) ~= "integer" or key < 1 or key > n then
      return d:add("unknown_option", sub(path, key), "a list takes values without names, and " .. problems.show(key)
        .. " is a name")
    end
  end
  return n
end
T.list_length = list_length

function T.text(d, path, value)
  if type(value) == "string" then return value end
  return d:wrong(path, value, "text in quotes")
end

function T.name(d, path, value)
  if type(value) ~= "string" then return d:wrong(path, value, "a name in quotes") end
  if value == "" then return d:wrong(path, value, "a name") end
  if #value > host.name_bytes then
    return d:add("limit", path, "a name has at most " .. host.name_bytes .. " bytes; this one has " .. #value)
  end
  return value
end

function T.boolean(d, path, value)
  if type(value) == "boolean" then return value end
  return d:wrong(path, value, "true or false (without quotes)")
end

function T.fn(d, path, value)
  if type(value) == "function" and host.is_rule(value) then return value end
  return d:wrong(path, value, "a function", "write function(member, event) ... end")
end

function T.number(d, path, value)
  if money.is(value) then return d:wrong(path, value, "a plain number", nil, "bad_unit") end
  if type(value) ~= "number" then return d:wrong(path, value, "a number") end
  if value ~= value or value == math.huge or value == -math.huge then
    return d:wrong(path, value, "a finite number")
  end
  if not host.decimal(value) then return d:wrong(path, value, "a number of at most 18 digits") end
  return value
end

-- An integer from `least` on.
function T.integer(least)
  return T.typed(function(d, path, value)
    if money.is(value) then return d:wrong(path, value, "a whole number", nil, "bad_unit") end
    local whole = type(value) == "number" and math.tointeger(value)
    if not whole then return d:wrong(path, value, "a whole number") end
    if whole < least then
      return d:wrong(path, value, "a whole number from " .. least .. " on", nil, "negative_threshold")
    end
    if whole > 2147483647 then return d:wrong(path, value, "a number below 2147483648", nil, "limit") end
    return whole
  end, "integer")
end

function T.integer_any(d, path, value)
  local whole = type(value) == "number" and math.tointeger(value)
  if not whole or whole > 2147483647 or whole < -2147483647 then return d:wrong(path, value, "a whole number") end
  return whole
end

-- A number above 0.
function T.positive(d, path, value)
  local v = T.number(d, path, value)
  if v and v <= 0 then return d:wrong(path, value, "a number above 0", nil, "negative_threshold") end
  return v
end

function T.not_negative(d, path, value)
  local v = T.number(d, path, value)
  if v and v < 0 then return d:wrong(path, value, "0 or more", nil, "negative_threshold") end
  return v
end

-- What a number of so many places is called.
function T.places_text(decimals)
  if decimals == 0 then return "a whole number" end
  return "a number with at most " .. decimals .. (decimals == 1 and " decimal" or " decimals")
end

-- One of a list of words.
function T.choice(...)
  local words = { ... }
  local set, quoted = {}, {}
  for i, word in ipairs(words) do
    set[word] = true
    quoted[i] = '"' .. word .. '"'
  end
  return T.typed(function(d, path, value)
    if set[value] then return value end
    local near = type(value) == "string" and problems.did_you_mean(value, set) or nil
    return d:wrong(path, value, problems.one_of(words), near)
  end, table.concat(quoted, "|"))
end

-- "14 days"; kept as text, the host reads it.
local unit_names = {}
for unit in string.gmatch("second minute hour day week month year", "%a+") do
  unit_names[unit], unit_names[unit .. "s"] = true, true
end

-- What a span with a slip in it probably means: "30", "2 weks", "90 day s".
local function meant_span(value)
  local number, unit = string.match(value, "^%s*%-?%s*(%d+)%s*(.-)%s*$")
  if not number then return end
  local near = unit == "" and "days" or problems.nearest(string.gsub(unit, "%s", ""), unit_names)
  local span = near and number .. " " .. string.gsub(near, "s$", "") .. (number == "1" and "" or "s")
  return span and host.duration(span) and 'did you mean "' .. span .. '"?' or nil
end

function T.duration(d, path, value)
  if type(value) == "number" then
    return d:wrong(path, value, 'a span of time with its unit, like "14 days"',
      'did you mean "' .. host.number(math.abs(value)) .. ' days"?', "bad_duration")
  end
  if type(value) ~= "string" then return d:wrong(path, value, 'a span of time like "14 days"') end
  local months, why, hint = host.duration(value)
  if not months then
    hint = meant_span(value) or hint
    return d:add("bad_duration", path, '"' .. d.label(path) .. '": ' .. why, hint ~= "" and hint or nil)
  end
  return value
end

-- A span of days, hours and smaller units, in milliseconds: of a fixed length, so no months.
function T.span(what, instead)
  return T.typed(function(d, path, value)
    local text = T.duration(d, path, value)
    if not text then return end
    local months, days, ms = host.duration(text)
    if months ~= 0 then
      return d:add("bad_unit", path, what .. " has a fixed length, and months have none", instead)
    end
    return days * 86400000 + ms
  end, "duration")
end

function T.window(d, path, value)
  if type(value) ~= "string" then
    return d:wrong(path, value, 'a window like "12 months", "calendar year" or "lifetime"', nil,
      type(value) == "number" and "bad_duration" or nil)
  end
  local ok, why, hint = host.window(value)
  if not ok then
    hint = meant_span(value) or hint
    return d:add("bad_duration", path, '"' .. d.label(path) .. '": ' .. why, hint ~= "" and hint or nil)
  end
  return value
end

-- One text or a list of texts; gives a list without repetitions.
function T.texts(what)
  return T.typed(function(d, path, value)
    if type(value) == "string" then return { T.name(d, path, value) } end
    if type(value) ~= "table" or money.is(value) then return d:wrong(path, value, what .. " or a list of them") end
    local n = list_length(d, path, value)
    if not n then return end
    if n == 0 then
      return d:add("never_fires", path, '"' .. d.label(path) .. '" is an empty list', "it takes " .. what)
    end
    local out, seen = {}, {}
    for i = 1, n do
      local name = T.name(d, sub(path, i), value[i])
      if name and seen[name] then
        d:add("duplicate_name", sub(path, i), '"' .. name .. '" stands twice in the list', "leave one of them out")
      elseif name then
        seen[name] = true
        out[#out + 1] = name
      end
    end
    return out
  end, "string|string[]")
end

-- ---- caps --------------------------------------------------------------------------------------------------------

local periods = { day = true, week = true, month = true, quarter = true, year = true }

local function cap_period(d, path, value)
  if type(value) ~= "string" then
    return d:wrong(path, value, '"day", "month" (of the calendar), "1 day" (rolling) or "lifetime"')
  end
  local name = string.match(value, "^calendar (%a+)$") or value
  if periods[name] then return { kind = "calendar", period = name } end
  if value == "lifetime" then return { kind = "lifetime" } end
  local months, days, ms = host.duration(value)
  if not months then
    local near = problems.did_you_mean(value, periods)
    return d:add("bad_duration", path, '"' .. value .. '" is no period of a cap',
      near or '"day", "week", "month", "quarter" and "year" are the calendar\'s, "1 day" rolls')
  end
  if months ~= 0 then
    return d:add("bad_unit", path, '"' .. value .. '" rolls to the second, and months have no fixed length',
      'write "month" or "year" for the calendar\'s, or a number of days')
  end
  return { kind = "rolling", days = days, ms = days * 86400000 + ms }
end

-- { 2000, per = "day" }. `decimals`: places of the unit that is kept.
T.cap_options = {
  per = { T.typed(cap_period, '"day"|"week"|"month"|"quarter"|"year"|"lifetime"|duration'),
    'the period: "day" is the calendar\'s, "1 day" rolls', default = "lifetime", example = '"day"' },
}

function T.at_most(d, path, value, decimals)
  if type(value) == "number" then value = { value } end
  if type(value) ~= "table" or money.is(value) then
    return d:wrong(path, value, 'a number and its period, like { 2000, per = "day" }')
  end
  local before = d.bad
  d.bad = false
  local out = d:options(T.cap_options, value, path, true)
  local amount = T.positive(d, sub(path, 1), value[1])
  for key, extra in next, value do
    if type(key) == "number" and key ~= 1 then
      d:add("unknown_option", sub(path, key), problems.show(extra) .. " is one value too many: a cap is one number")
    end
  end
  local scaled = amount and host.scaled(amount, decimals)
  if amount and not scaled then
    d:wrong(sub(path, 1), value[1], T.places_text(decimals))
  end
  local bad = d.bad
  d.bad = before or bad
  if bad or not scaled then return end
  local per = out.per or { kind = "lifetime" }
  per.amount = scaled
  return per
end

-- ---- during ------------------------------------------------------------------------------------------------------

local days = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" }
local months = { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
  "November", "December" }

-- A bit for each name, the first name is bit 0.
local function name_bits(names, what)
  local bit = {}
  for i, name in ipairs(names) do bit[name] = 1 << (i - 1) end
  return function(d, path, value)
    local list = T.texts(what)(d, path, value)
    if not list then return end
    local bits = 0
    for i, name in ipairs(list) do
      if not bit[name] then
        return d:wrong(sub(path, i), name, problems.one_of(names), problems.did_you_mean(name, bit))
      end
      bits = bits | bit[name]
    end
    return bits
  end
end

local function pair(d, path, value, what, read, hint)
  if type(value) ~= "table" or money.is(value) then return d:wrong(path, value, what) end
  if not list_length(d, path, value) then return end
  if #value ~= 2 then return d:wrong(path, value, what .. ", so two values") end
  local from, to = read(value[1]), read(value[2])
  if not from then return d:wrong(sub(path, 1), value[1], what, hint and hint(value[1])) end
  if not to then return d:wrong(sub(path, 2), value[2], what, hint and hint(value[2])) end
  return { from, to }
end

local function minutes(text)
  if type(text) ~= "string" then return end
  local h, m = string.match(text, "^(%d%d?):(%d%d)$")
  h, m = tonumber(h), tonumber(m)
  if not h or m > 59 or h > 24 or (h == 24 and m > 0) then return end
  return h * 60 + m
end

-- 8, "8", "8.30", "8h": the time that was probably meant.
local function meant_time(value)
  local h, m = string.match(tostring(value), "^(%d%d?)[.:h ]?(%d*)$")
  h, m = tonumber(h), tonumber(m == "" and "0" or m)
  return h and m and h <= 24 and m < 60 and string.format('did you mean "%02d:%02d"?', h, m) or nil
end

local function hours(d, path, value)
  local both = pair(d, path, value, 'two times of the day like { "08:00", "11:00" }', minutes, meant_time)
  if both and both[1] == both[2] then
    return d:add("never_fires", path, "it begins and ends at the same minute, so it never holds")
  end
  return both
end

local function dates(d, path, value)
  local both = pair(d, path, value, 'two dates like { "2026-11-01", "2026-11-11" }', host.day)
  if both and both[1] > both[2] then
    return d:add("never_fires", path, "the last date lies before the first, so it never holds")
  end
  return both
end

-- A trait that holds a date. Traits that are not declared are found by the check of names.
local function date_trait(d, path, value)
  local name = T.name(d, path, value)
  local trait = name and K.find(d, path, "trait", "unknown_field", name)
  if trait and trait.type and trait.type ~= "date" and trait.type ~= "time" and trait.type ~= "text" then
    return d:add("wrong_type", path, 'the trait "' .. name .. '" is ' .. trait.type .. ", not a date",
      "declare it: trait " .. host.json(name) .. ' { type = "date" }')
  end
  return name
end

T.during_options = {
  days = { name_bits(days, "a weekday"), "days of the week", type = "weekday|weekday[]", example = '{ "Monday" }' },
  months = { name_bits(months, "a month"), "months of the year", type = "month|month[]", example = '{ "June" }' },
  hours = { hours, "from one time of the day up to another; may pass midnight", type = "string[]",
    example = '{ "08:00", "11:00" }' },
  dates = { dates, "from one date up to another, both included", type = "date[]",
    example = '{ "2026-11-01", "2026-11-11" }' },
  month_of = { date_trait, "a date trait: the month is the trait's month", type = "string", example = '"birthday"' },
  day_of = { date_trait,
    "a date trait: the day is its anniversary; 29 February is kept on the 28th in years without one",
    type = "string", example = '"birthday"' },
}

function T.during(d, path, value)
  if type(value) ~= "table" or money.is(value) then
    return d:wrong(path, value, 'times like { days = { "Monday" }, hours = { "08:00", "11:00" } }')
  end
  if next(value) == nil then
    return d:add("missing_body", path, '"during" is empty', "it takes "
      .. problems.one_of(problems.names(T.during_options)))
  end
  return d:options(T.during_options, value, path)
end

for check, what in next, { [T.text] = "string", [T.name] = "string", [T.boolean] = "boolean", [T.fn] = "function",
  [T.number] = "number", [T.integer_any] = "integer", [T.positive] = "number", [T.not_negative] = "number",
  [T.duration] = "duration", [T.window] = "window", [T.at_most] = "number|cap", [T.during] = "during" } do
  T.typed(check, what)
end

-- Tables that several words take.
T.describe = {
  during = { text = "when something holds, by the clock of the program's time zone; all that is said must hold",
    options = T.during_options },
  cap = { text = "the most in a period: { 2000, per = \"day\" }", options = T.cap_options,
    own = { { "[1]", "number", "the most" } } },
}

return T
