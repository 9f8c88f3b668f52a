-- SPDX-License-Identifier: Apache-2.0
-- Words about points and what makes them: points, earn, bonus; and the general form, rule.
local K = use "known"
local T = use "types"
local figures = use "check_figures"
local money = use "money"
local problems = use "problems"
local where = use "check_where"

local M = {}

-- ---- points ------------------------------------------------------------------------------------------------------

local function decimals(d, path, value)
  local places = T.integer(0)(d, path, value)
  if places and places > 6 then return d:wrong(path, value, "at most 6 decimals", nil, "limit") end
  return places
end

local function notices(d, path, value)
  local list = T.texts('a span of time like "60 days"')(d, path, value)
  for i, text in ipairs(list or {}) do T.duration(d, type(value) == "table" and T.sub(path, i) or path, text) end
  return list
end

local expire_options = {
  after = { T.duration, "how long points live, from their activation", required = true, example = '"36 months"' },
  at = { T.choice("day end", "month end", "quarter end", "year end"), "... and then to the end of that",
    example = '"month end"' },
  notice = { notices, "how long before the member is told: one span or a list", type = "duration|duration[]",
    example = '{ "60 days", "7 days" }' },
  extended_by = { figures.events, "the event or events from each of which `after` counts anew for what is there",
    example = '"Order Completed"' },
  at_latest = { T.duration, "how long points live at the most, from their activation, whatever extends them",
    example = '"60 months"' },
}

-- Roughly how many days a span has, to compare two of them.
local function rough_days(text)
  local months, days, ms = host.duration(text)
  return months and months * 30.4375 + days + ms / 86400000
end

local function expire(d, path, value)
  if type(value) ~= "table" then
    return d:wrong(path, value, 'a table like { after = "36 months", at = "month end" }', type(value) == "string"
      and host.duration(value) and 'did you mean { after = "' .. value .. '" }?' or nil)
  end
  local out = d:options(expire_options, value, path)
  if value.extended_by ~= nil and value.at_latest == nil then
    d:missing(T.sub(path, "at_latest"), "points that activity extends need a limit, counted from their activation",
      'write at_latest = "36 months"')
  elseif value.at_latest ~= nil and value.extended_by == nil then
    d:add("missing_body", T.sub(path, "at_latest"), '"at_latest" limits what "extended_by" extends, which is missing',
      'write extended_by = "Order Completed", or leave at_latest out')
  elseif out.at_latest and out.after and rough_days(out.at_latest) <= rough_days(out.after) then
    d:warn("never_fires", T.sub(path, "at_latest"), "points live for " .. out.after .. " anyway, so a limit of "
      .. out.at_latest .. " leaves nothing to extend", "at_latest must be longer than after")
  end
  return out
end

local points_options = {
  pending = { T.duration, "how long points wait before they can be spent", default = "they do not",
    example = '"14 days"' },
  expire = { expire, "when points are lost", options = expire_options, default = "never" },
  on_refund = { T.choice("debt", "floor"), "what becomes of points that a refund takes back and that are spent",
    default = "debt" },
  decimals = { decimals, "places after the point; 0: whole points", type = "integer", default = "0" },
  spendable = { T.boolean, "false: they count, and cannot be redeemed (status points)", default = "true" },
}

function M.points(d)
  local out = d:options(points_options, d.body)
  out.decimals = out.decimals or 0
  d.decimals = out.decimals
  if out.spendable == nil then out.spendable = true end
  return out
end

-- ---- earn --------------------------------------------------------------------------------------------------------

local rate_options = { rate = { T.name, "the name of the tiers whose rate it is", required = true } }

local function times(d, path, value)
  if value == "rate" then return { rate = true } end
  if type(value) == "table" and not money.is(value) then
    local out = d:options(rate_options, value, path)
    return out.rate and { rate = true, tiers = out.rate }
  end
  if type(value) == "string" then
    return d:wrong(path, value, 'a number, or "rate" for the rate of the member\'s tier')
  end
  local factor = T.positive(d, path, value)
  return factor and { factor = factor }
end

local function per(d, path, value)
  if money.is(value) then
    local minor = money.minor(d, path, value, K.money_places)
    if minor and minor <= 0 then return d:wrong(path, value, "an amount above 0", nil, "negative_threshold") end
    return minor and { money = true, amount = minor }
  end
  if type(value) == "string" and host.is_decimal(value) then
    return d:wrong(path, value, 'money, as in money "1", or a whole number', 'did you mean money "' .. value .. '" or '
      .. value .. "?")
  end
  local n = T.integer(1)(d, path, value)
  return n and { money = false, amount = n }
end

-- A cap in the unit of the points, and conditions on fields: what they need is known only when all options are read.
local function later_cap(_, _, value) return value end
local later_where = later_cap

local of_names = T.texts("the name of a field")

local earn_options = {
  on = { figures.events, "the event or events that earn", required = true },
  once_per = { T.name, "a field: each of its values earns once", example = '"order_id"' },
  points = { T.name, "which points", default = "the only ones declared", example = '"stars"' },
  give = { T.positive, "so many points ...", example = "1" },
  per = { per, "... for each so much", type = "money|integer", default = "1", example = 'money "1"' },
  of = { of_names, "... of this field; of several, their product counts", example = '"revenue"' },
  each = { T.name, "a list field: its items earn, rounded once over all of them", example = '"products"' },
  where = { later_where, "which events, or with `each` which items, earn: fields and their values", type = "where",
    example = '{ category = "coffee" }' },
  times = { times, 'a factor, or "rate": that of the member\'s tier; with several tiers { rate = "membership" }',
    type = 'number|"rate"', options = rate_options, default = "1", example = '"rate"' },
  steps = { T.boolean, "only whole steps of `per` count", default = "false" },
  rounding = { T.choice("down", "half up", "up"), "how a fraction of a point is rounded, once, at the end",
    default = "down" },
  when = { T.fn, "whether it earns", type = "fun(member: member, event: event): boolean" },
  amount = { T.fn,
    "how many points, where it cannot be declared (of points with decimals, the smallest unit is meant: 150 is 1.50); "
      .. "a refund takes them back with the whole order only",
    type = "fun(member: member, event: event): number" },
  during = { T.during, "only then" },
  late = { T.boolean, "true: events that come too late for the program earn too", default = "false" },
  at_most = { later_cap, "the most in a period", type = "number|cap", example = '{ 2000, per = "day" }' },
  priority = { T.integer_any, "higher first", default = "0" },
  funded_by = { T.name, "who pays for the points; kept with every entry", example = '"Roastery"' },
}

-- The points that `name` says; the only ones when it does not. `path`: of the table in which they are named.
local function which_points(d, name, path)
  local at = T.sub(path or {}, "points")
  local said = d.body
  for _, key in ipairs(path or {}) do said = said[key] end
  if name then return K.find(d, at, "points", "unknown_points", name) end
  if said.points ~= nil then return end
  local only = next(K.points)
  if only and not next(K.points, only) then return K.points[only] end
  if not K.all_read then return end
  d:missing(at, "which points it pays", only
    and ("write points = " .. problems.one_of(problems.names(K.points))) or 'declare some: points "stars" {}')
end
M.which_points = which_points

-- The only tiers with a rate; nil when there are several, or none.
local function rated_tiers()
  local found
  for _, tiers in next, K.tiers do
    local rated = false
    for _, level in ipairs(tiers.body) do
      rated = rated or type(level) == "table" and not money.is(level) and rawget(level, "rate") ~= nil
    end
    if rated and found then return nil end
    found = rated and tiers or found
  end
  return found
end

local function factor_tiers(d, name)
  if name then return K.find(d, { "times", "rate" }, "tiers", "unknown_tier", name) end
  local only = next(K.tiers)
  if only and not next(K.tiers, only) then return K.tiers[only] end
  local rated = rated_tiers()
  if rated then return rated end
  if not K.all_read then return end
  if not only then
    d:add("unknown_tier", { "times" }, '"rate" is that of the member\'s tier, and no tiers are declared',
      'declare them: tiers "..." { ... }')
  else
    d:add("unknown_tier", { "times" }, "there are several tiers; say whose rate it is",
      'write times = { rate = "' .. problems.names(K.tiers)[1] .. '" }')
  end
end

local multiplied = { integer = true, number = true, money = true }

-- The fields whose product counts, at most one of them money: { field, money, of_event }.
local function factor_fields(d, out, lookup)
  local list, paid = {}, nil
  for i, name in ipairs(out.of) do
    local path = type(d.body.of) == "table" and { "of", i } or { "of" }
    local known, field, of_event = lookup(d, path, name)
    if not known then return end
    local is_money = field and field.type == "money"
    if field and not multiplied[field.type] then
      return d:add("wrong_type", path, '"' .. name .. '" is ' .. field.type .. " and cannot be multiplied",
        'fields that can: "integer", "number", "money"')
    end
    -- Of a field that is not declared: the amount says what it is.
    if not field and not paid and i == 1 and out.per and out.per.money then is_money = true end
    if is_money and paid then
      return d:add("bad_unit", path, '"' .. paid .. '" and "' .. name
        .. '" are both money, and money times money is none', "leave one of them out")
    end
    if is_money then paid = name end
    list[i] = { field = name, money = is_money or false, of_event = of_event or false }
  end
  if #list > 4 then
    return d:add("limit", { "of" }, "at most 4 fields are multiplied with each other; these are " .. #list)
  end
  return list, paid
end

-- `per` must be money for money, and a number for a number.
local function check_per(d, out, paid, first)
  if paid and d.body.per == nil then
    d:missing({ "per" }, "for how much money", 'write per = money "1"')
  elseif paid and out.per and not out.per.money then
    d:add("bad_unit", { "per" }, '"' .. paid .. '" is money, and "per" is ' .. problems.show(d.body.per),
      'did you mean money "' .. host.number(out.per.amount) .. '"?')
  elseif not paid and out.per and out.per.money then
    d:add("bad_unit", { "per" }, '"' .. first .. '" is no money, and "per" is ' .. problems.show(d.body.per),
      "write a plain number")
  end
end

-- give, per, of, times: each must fit the field.
local function declared_amount(d, out, lookup)
  local body = d.body
  if body.give == nil then
    return d:missing({ "give" }, "how many points it pays",
      'write give = 1, per = money "1", of = "revenue"; or amount = function(member, event) ... end')
  end
  if out.of and #out.of > 0 and lookup then
    local list, paid = factor_fields(d, out, lookup)
    if list then check_per(d, out, paid, out.of[1]) end
    out.of = list
  elseif body.of == nil then
    for _, key in ipairs { "per", "steps" } do
      if body[key] ~= nil and not (key == "steps" and body.each ~= nil) then
        d:add("missing_body", { key }, '"' .. key .. '" needs "of": the field that is counted',
          'write of = "revenue"')
      end
    end
  end
  if out.times and out.times.rate then
    local tiers = factor_tiers(d, out.times.tiers)
    out.times.tiers = tiers and tiers.name
  end
end

-- How the names of fields are looked up, nil when the list of `each` is not known.
local function earn_lookup(d, out)
  if not out.on then return end
  local items
  if out.each then
    items = where.item_fields(d, { "each" }, out.on, out.each)
    if not items then return end
  end
  return where.lookup(out.on, out.each, items)
end

function M.earn(d)
  local out = d:options(earn_options, d.body)
  local body = d.body
  local points = which_points(d, out.points)
  out.points = points and points.name
  d.decimals = points and points.decimals or 0
  if out.once_per and out.on then K.find_field(d, { "once_per" }, out.on, out.once_per) end
  local lookup = earn_lookup(d, out)
  d.lookup, d.each = lookup, out.each
  if body.where ~= nil then out.where = lookup and where.where(d, { "where" }, body.where, lookup) end
  if body.amount ~= nil then
    for _, key in ipairs { "give", "per", "of", "times", "steps", "rounding", "each" } do
      if body[key] ~= nil then
        d:add("unknown_option", { key }, '"amount" computes it all, so "' .. key .. '" would do nothing',
          "leave one of them out")
      end
    end
  else
    declared_amount(d, out, lookup)
    if out.give and not host.scaled_decimal(out.give, d.decimals) then
      d:wrong({ "give" }, out.give, "a smaller number", nil, "limit")
    end
  end
  if body.at_most ~= nil then out.at_most = T.at_most(d, { "at_most" }, body.at_most, d.decimals) end
  return out
end

-- ---- bonus -------------------------------------------------------------------------------------------------------

local bonus_options = {
  of = { T.name, "the earning", required = true },
  times = { T.positive, "adds (times - 1) x the base", required = true, example = "2" },
  best_of = { T.name, "a group of bonuses of which the largest counts" },
  when = { T.fn, "whether it adds", type = "fun(member: member, event: event): boolean" },
  during = { T.during, "only then" },
  at_most = { later_cap, "the most in a period", type = "number|cap" },
  where = { later_where, "only the share of these items; the earning has `each`", type = "where",
    example = '{ category = "coffee" }' },
  funded_by = { T.name, "who pays for the points; kept with every entry" },
}

function M.bonus(d)
  local out = d:options(bonus_options, d.body)
  local earn = out.of and K.find(d, { "of" }, "earn", "unknown_word", out.of)
  if d.body.where ~= nil and earn and not earn.hollow then
    if earn.body.each == nil then
      d:add("unknown_option", { "where" }, '"where" picks items, and "' .. out.of .. '" earns on whole events',
        'write each = "products" in earn "' .. out.of .. '"')
    elseif earn.lookup then
      out.where = where.where(d, { "where" }, d.body.where, earn.lookup)
    end
  end
  if out.times and out.times < 1 then
    d:wrong({ "times" }, out.times, "a factor above 1: it adds to what the earning pays", nil, "negative_threshold")
  elseif out.times == 1 then
    d:warn("never_fires", { "times" }, "times 1 adds nothing", "2 pays as much again")
  end
  if d.body.at_most ~= nil then
    out.at_most = T.at_most(d, { "at_most" }, d.body.at_most, earn and earn.decimals or 0)
  end
  return out
end

-- ---- rule --------------------------------------------------------------------------------------------------------

local rule_options = {
  on = { figures.events, "the event or events", required = true },
  when = { T.fn, "whether it acts", type = "fun(member: member, event: event): boolean" },
  act = { T.fn, "what it does: function(member, event) ... end", required = true,
    type = "fun(member: member, event: event)" },
  during = { T.during, "only then" },
  priority = { T.integer_any, "higher first", default = "0" },
}

function M.rule(d) return d:options(rule_options, d.body) end

-- ---- descriptions ------------------------------------------------------------------------------------------------

local stars = 'points "stars" {}\n'

M.describe = {
  points = {
    order = "pending expire spendable decimals on_refund",
    topic = "points", text = "a currency of points: how long they wait, how long they live",
    options = points_options,
    example = [[
points "stars" {
  pending = "14 days",
  expire = { after = "36 months", at = "month end", notice = { "60 days", "7 days" } },
}]] },
  earn = {
    order = "on points give per of times steps rounding where each when amount during late once_per at_most funded_by "
      .. "priority",
    topic = "points", text = "what an event earns, by declared factors or by a function", options = earn_options,
    needs = stars .. 'tiers "club" { basis = { measure = "orders" }, { "Member", rate = 1 } }\n'
      .. 'measure "orders" { on = "Order Completed" }',
    example = [[
earn "stars on purchases" {
  on = "Order Completed", once_per = "order_id", points = "stars",
  give = 1, per = money "1", of = "revenue", times = "rate",
  at_most = { 2000, per = "day" },
}]] },
  bonus = {
    order = "of times where when during at_most best_of funded_by",
    topic = "points", text = "adds to what an earning pays, as an entry of its own; bonuses add up",
    options = bonus_options,
    needs = stars .. 'earn "stars on purchases" { on = "Order Completed", give = 1, per = money "1", of = "revenue" }',
    example = [[
bonus "Monday mornings" {
  of = "stars on purchases", times = 2,
  during = { days = { "Monday" }, hours = { "08:00", "11:00" } },
}]] },
  rule = {
    order = "on when act during priority",
    topic = "rules", text = "the general form: at an event, do something", options = rule_options,
    needs = stars,
    example = [[
rule "a gift for a review" {
  on = "Product Reviewed",
  when = function(member, event) return #event.properties.review_body > 100 end,
  act = function(member, event) member:earn("stars", 50) end,
}]] },
}

return M
