-- SPDX-License-Identifier: Apache-2.0
-- The word milestone: what a member gets when an event takes a lifetime figure of his over a threshold.
local K = use "known"
local T = use "types"
local money = use "money"
local points = use "check_points"
local problems = use "problems"

local M = {}

-- Thresholds are in the unit of the measure, which is known only when all options are read.
local function later(_, _, value) return value end

-- ---- thresholds ----------------------------------------------------------------------------------------------------

-- One threshold as a whole number of the measure's smallest unit; nil when it was reported.
local function threshold(d, path, value, unit)
  if unit == "money" then
    if not money.is(value) then
      local hint = type(value) == "number" and ('did you mean money "' .. host.number(value) .. '"?') or nil
      return d:wrong(path, value, "money, as its measure does", hint, type(value) == "number" and "bad_unit" or nil)
    end
    local minor = money.minor(d, path, value, K.money_places)
    if minor and minor <= 0 then return d:wrong(path, value, "an amount above 0", nil, "negative_threshold") end
    return minor
  end
  if unit ~= "number" then return T.integer(1)(d, path, value) end
  local v = T.positive(d, path, value)
  local scaled = v and host.scaled(v, 6)
  if v and not scaled then d:wrong(path, value, T.places_text(6)) end
  return scaled
end

local function thresholds(d, path, value, unit)
  if type(value) ~= "table" or money.is(value) then return { threshold(d, path, value, unit) } end
  local n = T.list_length(d, path, value)
  if not n then return end
  if n == 0 then return d:add("never_fires", path, '"at" is an empty list', "write at = { 5, 25 }") end
  local out, seen = {}, {}
  for i = 1, n do
    local v = threshold(d, T.sub(path, i), value[i], unit)
    if v and seen[v] then
      d:add("duplicate_name", T.sub(path, i), problems.show(value[i])
        .. " stands twice in the list", "leave one of them out")
    elseif v then
      seen[v] = true
      out[#out + 1] = v
    end
  end
  table.sort(out)
  return out
end

-- ---- gifts ---------------------------------------------------------------------------------------------------------

local function given_tag(d, path, value)
  local name = T.name(d, path, value)
  local tag = name and K.find(d, path, "tag", "unknown_tag", name)
  if tag and tag.body.when ~= nil and tag.body.on == nil then
    return d:add("wrong_type", path, 'the tag "' .. name .. '" holds exactly while its "when" is true; nobody gives it',
      "declare another tag for this")
  end
  return name
end

local function given_event(d, path, value)
  local name = T.name(d, path, value)
  local event = name and K.find_event(d, path, name)
  if event and event.internal then
    return d:add("wrong_type", path, '"' .. name .. '" is an event of the engine\'s own', "declare one of your own")
  end
  return name
end

local give_options = {
  points = { T.name, "which points", default = "the only ones declared", example = '"stars"' },
  amount = { T.positive, "how many of them", example = "50" },
  tag = { T.typed(given_tag, "string"), "a tag" },
  keep = { T.duration, "how long the tag stays", default = "for ever", example = '"30 days"' },
  notify = { T.name, "a notice to the member", example = '"your tenth coffee"' },
  emit = { T.typed(given_event, "string"), "an event of your own, with milestone, value and times" },
  coupon = { nil, "a coupon", later = true },
}

local function give(d, path, value)
  if type(value) ~= "table" or money.is(value) then
    return d:wrong(path, value, 'gifts like { points = "stars", amount = 50 } or { tag = "regular" }')
  end
  if next(value) == nil then
    return d:add("missing_body", path, '"give" is empty', 'write give = { points = "stars", amount = 50 }')
  end
  local out = d:options(give_options, value, path)
  if value.amount ~= nil then
    local paid = points.which_points(d, out.points, path)
    out.points = paid and paid.name
    local units = out.amount and paid and host.scaled(out.amount, paid.decimals or 0)
    if out.amount and paid and not units then
      d:wrong(T.sub(path, "amount"), out.amount, T.places_text(paid.decimals or 0))
    end
    out.amount = units
  elseif value.points ~= nil then
    d:missing(T.sub(path, "amount"), "how many points", "write amount = 50")
  end
  if value.keep ~= nil and value.tag == nil then
    d:add("unknown_option", T.sub(path, "keep"), '"keep" goes with "tag"')
  end
  return out
end

-- ---- milestone -----------------------------------------------------------------------------------------------------

local milestone_options = {
  of = { T.name, "the measure; its lifetime figure counts", required = true, example = '"orders"' },
  value = { T.name, "of a measure that is kept by something, the value that counts", example = '"coffee"' },
  every = { later, "a gift each time so much more is reached", type = "number|money", example = "10" },
  at = { later, "the figures at which there is a gift, once each", type = "number|money|number[]|money[]",
    example = "{ 5, 25 }" },
  give = { give, "the gifts: points, a tag, a notice, an event", required = true, options = give_options },
  when = { T.fn, "whether it is given", type = "fun(member: member, event: event): boolean" },
  during = { T.during, "only then" },
  late = { T.boolean, "true: events that come too late for the program give points too", default = "false" },
  funded_by = { T.name, "who pays for the points; kept with every entry", example = '"Roastery"' },
}

local function check_value(d, measure, value)
  if measure.body.by ~= nil and value == nil then
    return d:missing({ "value" }, '"' .. d.body.of .. '" is kept by "' .. tostring(measure.body.by)
      .. '": whose figure counts', 'write value = "coffee"')
  elseif measure.body.by == nil and value ~= nil then
    return d:add("unknown_option", { "value" }, '"' .. d.body.of .. '" is not kept by anything, so it has no values',
      "leave it out")
  end
end

function M.milestone(d)
  local out = d:options(milestone_options, d.body)
  local body = d.body
  local measure = out.of and K.find(d, { "of" }, "measure", "unknown_measure", out.of)
  if body.every == nil and body.at == nil then
    d:missing({ "every" }, "at which figures there is a gift", "write every = 10, or at = { 5, 25 }")
  elseif body.every ~= nil and body.at ~= nil then
    d:add("unknown_option", { "at" }, '"every" and "at" say different things', "leave one of them out")
  elseif measure and measure.unit then
    out.every = body.every ~= nil and threshold(d, { "every" }, body.every, measure.unit) or nil
    out.at = body.at ~= nil and thresholds(d, { "at" }, body.at, measure.unit) or nil
  end
  if measure and measure.unit then check_value(d, measure, body.value) end
  return out
end

-- ---- descriptions ------------------------------------------------------------------------------------------------

M.describe = {
  milestone = {
    order = "of value every at give when during late funded_by",
    topic = "points", text = "a gift when an event takes a lifetime figure over a threshold",
    options = milestone_options,
    needs = 'points "stars" {}\nmeasure "orders" { on = "Order Completed" }\n',
    example = [[
milestone "tenth order" { every = 10, of = "orders", give = { points = "stars", amount = 50 } }]] },
}

return M
