-- SPDX-License-Identifier: Apache-2.0
-- Words about tiers: benefit, tiers.
local K = use "known"
local T = use "types"
local money = use "money"
local problems = use "problems"

local M = {}

local benefit_options = {
  terms = { T.text, "what it is, in words for the member", required = true },
  at_most = { function(d, path, value) return T.at_most(d, path, value, 0) end, "how often", type = "number|cap",
    example = '{ 2, per = "month" }' },
}

function M.benefit(d) return d:options(benefit_options, d.body) end

-- ---- what a level counts -------------------------------------------------------------------------------------------

local basis_options = {
  measure = { T.name, "a measure" },
  points = { T.name, "points earned" },
  window = { T.window, "in this window", default = "lifetime", example = '"12 months"' },
}

local function one_basis(d, path, value)
  if type(value) ~= "table" then
    return d:wrong(path, value, 'a table like { measure = "spend", window = "12 months" }')
  end
  local out = d:options(basis_options, value, path)
  local both = value.measure ~= nil and value.points ~= nil
  if both or (value.measure == nil and value.points == nil) then
    return d:add("missing_body", path, both and "the basis is a measure or points earned, not both"
      or "the basis names what is counted", 'write basis = { measure = "spend", window = "12 months" }')
  end
  out.window = out.window or "lifetime"
  if out.measure then
    local measure = K.find(d, T.sub(path, "measure"), "measure", "unknown_measure", out.measure)
    if not measure or measure.bad then return end
    if measure.by then
      return d:add("wrong_type", T.sub(path, "measure"), 'the measure "' .. out.measure .. '" is kept apart by "'
        .. measure.by .. '", so it is no single figure')
    end
    return { kind = "measure", name = out.measure, window = out.window, unit = measure.unit or "count" }
  end
  local points = out.points and K.find(d, T.sub(path, "points"), "points", "unknown_points", out.points)
  return points and { kind = "earned", name = out.points, window = out.window, unit = "points",
    decimals = points.decimals or 0 }
end

local bases_max = 8

-- One basis, or a list of them: reaching the threshold of any is enough. Gives the list; several: whether it was one.
local function basis(d, path, value)
  if type(value) ~= "table" or #value == 0 then
    local one = one_basis(d, path, value)
    return one and { one }
  end
  local list = { several = true }
  if #value > bases_max then
    return d:add("limit", path, "has " .. #value .. " bases", "at most " .. bases_max)
  end
  for key in next, value do
    if math.type(key) ~= "integer" or key < 1 or key > #value then
      return d:wrong(path, value, 'a list like { { measure = "flights" }, { points = "miles" } }')
    end
  end
  for i = 1, #value do
    local one = one_basis(d, T.sub(path, i), value[i])
    if not one then return end
    list[i] = one
  end
  return list
end

-- A threshold in the unit of the basis.
local function threshold(d, path, value, on)
  local units
  if on.unit == "money" then
    if not money.is(value) then
      return d:wrong(path, value, "money, as the basis does", type(value) == "number"
        and ('did you mean money "' .. host.number(value) .. '"?') or nil, "bad_unit")
    end
    units = money.minor(d, path, value, K.money_places)
  else
    if money.is(value) then
      return d:wrong(path, value, 'a plain number: the basis "' .. on.name .. '" is not money', nil, "bad_unit")
    end
    local number = T.number(d, path, value)
    local decimals = on.unit == "points" and on.decimals or on.unit == "number" and 6 or 0
    units = number and host.scaled(number, decimals)
    if number and not units then
      return d:wrong(path, value, T.places_text(decimals))
    end
  end
  if units and units < 0 then return d:wrong(path, value, "0 or more", nil, "negative_threshold") end
  return units
end

-- The thresholds of a level, one for each basis; false in a place: that basis never gives the level.
local function thresholds(d, path, value, bases)
  if not bases.several then
    local one = threshold(d, path, value, bases[1])
    return one and { one }
  end
  if type(value) ~= "table" or money.is(value) or #value ~= #bases then
    return d:wrong(path, value, "a list of " .. #bases
      .. " figures, one for each basis, or false where a basis never gives it")
  end
  local out, any = {}, false
  for i = 1, #bases do
    out[i] = value[i] ~= false and threshold(d, T.sub(path, i), value[i], bases[i])
    if out[i] == nil then return end
    any = any or out[i] ~= false
  end
  if not any then
    return d:add("unreachable_tier", path, "no basis gives this level", "write a figure for one of them at least")
  end
  return out
end

-- ---- levels --------------------------------------------------------------------------------------------------------

local function benefits(d, path, value)
  local list = T.texts("the name of a benefit")(d, path, value)
  for i, name in ipairs(list or {}) do
    K.find(d, type(value) == "table" and T.sub(path, i) or path, "benefit", "unknown_word", name)
  end
  return list
end

-- A level has keys of its own; one is taken for a misspelt option only when its value looks like that option's.
local function is_a(kind) return function(value) return type(value) == kind end end
local function is_threshold(value) return type(value) == "number" or money.is(value) end

local level_options = {
  from = { function(_, _, value) return value end,
    "the least figure of the basis; of several, a list with one for each, false where it never gives the level",
    type = "number|money|(number|money|false)[]",
    example = 'money "5000"', looks = is_threshold },
  rate = { T.not_negative, "a factor for earnings with times = \"rate\"", default = "1", example = "1.5",
    looks = is_a "number" },
  benefits = { benefits, "names of benefits", type = "string|string[]", looks = is_a "table" },
  never_lost = { T.boolean, "true: whoever reached it keeps it", default = "false", looks = is_a "boolean" },
  share = { nil, "a share of the members", later = true },
}

local extra_max = 1000 -- values in all; a table that holds itself has no end

-- A level's own keys, which rules can read: plain data as JSON. `count`: { values so far }.
local function extra_json(d, path, value, depth, count)
  count[1] = count[1] + 1
  if count[1] > extra_max then
    return count[1] == extra_max + 1 and d:add("limit", path, "holds more than " .. extra_max .. " values") or nil
  end
  if money.is(value) then
    local minor = money.minor(d, path, value, K.money_places)
    return minor and host.json(minor)
  elseif type(value) ~= "table" then
    if type(value) == "function" or type(value) == "userdata" or value ~= value or value == math.huge
      or value == -math.huge then
      return d:wrong(path, value, "plain data: text, numbers, true, false, lists")
    end
    return host.json(value)
  elseif depth > 8 then
    return d:add("limit", path, "is nested more than 8 deep")
  end
  local parts, n = {}, #value
  for i = 1, n do parts[i] = extra_json(d, T.sub(path, i), value[i], depth + 1, count) or "null" end
  local keys = problems.names(value)
  for key in next, value do
    local in_list = math.type(key) == "integer" and key >= 1 and key <= n
    if not in_list and (type(key) ~= "string" or n > 0) then
      return d:wrong(path, value, "a list, or keys with values, but not both")
    end
  end
  if n > 0 or #keys == 0 then return "[" .. table.concat(parts, ",") .. "]" end
  for i, key in ipairs(keys) do
    parts[i] = host.json(key) .. ":" .. (extra_json(d, T.sub(path, key), value[key], depth + 1, count) or "null")
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

local function zeros(bases)
  local list = {}
  for i = 1, #bases do list[i] = 0 end
  return list
end

local function level_first(d, value, bases)
  local from = value.from ~= nil and bases and thresholds(d, { 1, "from" }, value.from, bases)
  for _, figure in ipairs(from or {}) do
    if figure ~= 0 then
      return d:add("unreachable_tier", { 1, "from" },
        "the first level is where everybody starts, so it has no threshold", 'put a level before it: { "Member" }')
    end
  end
end

-- Basis for basis, a level begins higher than the one before it. `before`: { name, from } of each basis so far.
local function level_rises(d, i, name, from, bases, before)
  for b, figure in ipairs(from) do
    local last = before[b]
    if figure and last and figure <= last.from then
      return d:add("unreachable_tier", { i, "from" }, problems.show(name) .. " begins no higher than "
        .. problems.show(last.name) .. " before it" .. (bases.several and ' in "' .. bases[b].name .. '"' or ""),
        "levels go up, each from a higher figure")
    end
    if figure then before[b] = { name = name, from = figure } end
  end
end

local function level(d, i, value, on, before)
  if type(value) ~= "table" or money.is(value) then
    return d:wrong({ i }, value, 'a level like { "Gold", from = money "5000", rate = 1.5 }')
  end
  local out = d:options(level_options, value, { i }, true, true)
  local name = value[1]
  if name == nil then
    d:missing({ i, 1 }, "a level begins with its name", 'write { "Gold", ... }')
  else
    out.name = T.name(d, { i, 1 }, name)
  end
  out.extra = {}
  for _, key in ipairs(problems.names(value)) do
    if not level_options[key] or key == "benefits" then
      out.extra[#out.extra + 1] = { key = key, json = extra_json(d, { i, key }, value[key], 1, { 0 }) }
    end
  end
  for key, item in next, value do
    if type(key) == "number" and key ~= 1 then
      d:add("unknown_option", { i, key }, problems.show(item) .. " stands without a name in the level "
        .. problems.show(name))
    end
  end
  out.from = nil -- what was written; the thresholds are wanted
  if i == 1 then
    level_first(d, value, on)
    out.from = on and zeros(on) or nil
  elseif value.from == nil then
    if value.share == nil then
      d:missing({ i, "from" }, "from which figure on " .. problems.show(name) .. " is reached",
        'write from = money "1000", or a plain number where the basis is not money')
    end
  elseif on then
    out.from = thresholds(d, { i, "from" }, value.from, on)
    if out.from then level_rises(d, i, name, out.from, on, before) end
  end
  return out
end

-- ---- tiers ---------------------------------------------------------------------------------------------------------

local downgrade_options = {
  review = { T.choice("daily", "weekly", "monthly", "quarterly", "yearly"), "when it is looked at",
    default = "monthly" },
  grace = { T.duration, "how long, at the least, a level stays after a review found too little", default = "not at all",
    example = '"30 days"' },
  notice = { T.duration, "how long before the fall, at the least, the member is told; it runs beside the grace",
    default = "not at all", example = '"30 days"' },
  steps = { T.integer(1), "at most so many levels at once: 1 is a soft landing", default = "no limit" },
  window = { T.window, "the window in which a review looks for enough to keep the level, beside that of the basis",
    default = "that of the basis", example = '"last calendar year"' },
}

local function downgrade(d, path, value)
  if type(value) ~= "table" then
    return d:wrong(path, value, 'a table like { review = "monthly", grace = "30 days" }')
  end
  return d:options(downgrade_options, value, path)
end

local tiers_options = {
  basis = { basis, "what is counted, and in which window; of a list any is enough", required = true,
    options = basis_options, many = true },
  upgrade = { T.choice("at once", "review"), "when a member rises", default = "at once" },
  downgrade = { downgrade, "when and how a member falls; without it nobody does", options = downgrade_options },
  on_refund = { T.choice("review", "now"), "when a refund is reckoned with", default = "review" },
}

function M.tiers(d)
  local out = d:options(tiers_options, d.body, {}, true)
  local levels, n = {}, #d.body
  for key, value in next, d.body do
    if type(key) == "number" and not (math.type(key) == "integer" and key >= 1 and key <= n) then
      d:add("unknown_option", { key }, problems.show(value) .. " is out of order: levels are a plain list")
    end
  end
  local names, before = {}, {}
  for i = 1, n do
    local one = level(d, i, d.body[i], out.basis, before)
    if one then
      if one.name and names[one.name] then
        K.doubled.level = true
        d:add("duplicate_name", { i }, 'there are two levels "' .. one.name .. '"',
          "one of them needs another name, or must go")
      elseif one.name then
        names[one.name] = true
      end
      levels[#levels + 1] = one
    end
  end
  if n == 0 then d:missing({ 1 }, "tiers have levels", 'write { "Member" }, { "Gold", from = ... }') end
  for _, one in ipairs(levels) do
    local list = {}
    for b, figure in ipairs(one.from or {}) do list[b] = { figure = figure or nil } end
    one.from = list
  end
  out.levels = levels
  return out
end

-- ---- descriptions ------------------------------------------------------------------------------------------------

M.describe = {
  benefit = {
    order = "terms at_most",
    topic = "tiers", text = "something a level is entitled to, in words for the member",
    options = benefit_options,
    example = [[
benefit "free delivery" { terms = "Every order, mainland addresses" }
benefit "lounge"        { terms = "Twice a month, with one guest", at_most = { 2, per = "month" } }]] },
  tiers = {
    order = "basis upgrade downgrade on_refund",
    topic = "tiers", text = "levels that members rise to and fall from", options = tiers_options,
    own = { { "[1], [2], ...", "level",
      "a level, from the lowest on; any further key is the level's own and can be read",
      class = "level", options = level_options, own = { { "[1]", "string", "the level's name" } } } },
    needs = 'measure "spend" { on = "Order Completed", sum = "revenue" }\n'
      .. 'event "Flight Taken" {}\nmeasure "flights" { on = "Flight Taken" }\n'
      .. 'benefit "free delivery" { terms = "Every order" }',
    example = [[
tiers "membership" {
  basis = { measure = "spend", window = "12 months" },
  { "Member",                      rate = 1.0 },
  { "Silver", from = money "1000", rate = 1.2 },
  { "Gold",   from = money "5000", rate = 1.5, benefits = { "free delivery" } },
  upgrade = "at once",
  downgrade = { review = "monthly", grace = "30 days", notice = "30 days", steps = 1 },
}
tiers "status" { -- by the year: flights or spend, kept for the year after, one step down at a time
  basis = { { measure = "flights", window = "calendar year" }, { measure = "spend", window = "calendar year" } },
  { "Blue" }, { "Silver", from = { 10, money "5000" } }, { "Gold", from = { 25, false } },
  downgrade = { review = "yearly", window = "last calendar year", steps = 1 },
}]] },
}

return M
