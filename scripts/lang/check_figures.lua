-- SPDX-License-Identifier: Apache-2.0
-- Words about what is kept of a member: measure, score, tag.
local K = use "known"
local T = use "types"
local plan = use "check_plan"
local problems = use "problems"
local where = use "check_where"

local M = {}

-- The events of an `on`: one name or a list. Names that are not declared are reported; all names are given back.
local function events(d, path, value)
  local names = T.texts("the name of an event")(d, path, value)
  for i, name in ipairs(names or {}) do
    K.find_event(d, type(value) == "table" and T.sub(path, i) or path, name)
  end
  return names
end
M.events = T.typed(events, "string|string[]")

-- ---- measure -----------------------------------------------------------------------------------------------------

local summable = { integer = "integer", money = "money", number = "number" }

-- The fields of a condition can be looked up when `on` and `each` are known.
local function later_where(_, _, value) return value end

local measure_options = {
  on = { events, "the event or events that it counts", required = true, example = '"Order Completed"' },
  sum = { T.name, "the field to add up; without it, events are counted", example = '"revenue"' },
  each = { T.name, "a list field: its items are counted or summed", example = '"products"' },
  by = { T.name, "a field whose values are kept apart", example = '"category"' },
  where = { later_where, "which events, or with `each` which items, count: fields and their values", type = "where",
    example = '{ category = "lens" }' },
}

-- The fields of a list's items.
local function item_fields(d, on, each)
  local list = K.find_field(d, { "each" }, on, each)
  if not list then return end
  if list.type ~= "list" then
    return d:add("wrong_type", { "each" }, '"' .. each .. '" is ' .. list.type
      .. "; only the items of a list can be counted")
  end
  return list.of or {}
end

local function item_field(d, key, fields, each, name)
  local field = fields[name]
  if problems.reported[fields] then
    d.bad = true
    return nil
  end
  if field and field.faulty then d.bad = true end
  if field then return not field.faulty and field or nil end
  d:add("unknown_field", { key }, 'the items of "' .. each .. '" have no field "' .. name .. '"',
    problems.did_you_mean(name, fields) or "declare it: " .. each .. ' = { "list", of = { '
      .. name .. ' = "text" } }')
end

function M.measure(d)
  local out = d:options(measure_options, d.body)
  if K.reserved[d.name] then
    d:add("duplicate_name", {}, '"' .. d.name .. '" is a word that every member has already', "choose another name")
  end
  local on = out.on
  if not on then return end
  out.unit = "count"
  local items = out.each and item_fields(d, on, out.each)
  if out.each and not items then return end
  if out.sum then
    local field
    if items then
      field = item_field(d, "sum", items, out.each, out.sum)
    else
      field = K.find_field(d, { "sum" }, on, out.sum)
    end
    if field and not summable[field.type] then
      d:add("wrong_type", { "sum" }, '"' .. out.sum .. '" is ' .. field.type .. " and cannot be added up",
        'fields that can: "integer", "number", "money"')
    end
    if not field and not K.all_read then d.bad = true end -- its event may stand in the file that was not read
    out.unit = field and summable[field.type] or "number"
    d.sums_money = out.unit == "money"
  end
  if out.by and not (items and items[out.by]) then -- of the item, or else of the event
    local event_has = false
    for _, name in ipairs(on) do
      local event = K.event[name]
      if event and event.fields and event.fields[out.by] then event_has = true end
    end
    if items and not event_has then
      item_field(d, "by", items, out.each, out.by)
    else
      K.find_field(d, { "by" }, on, out.by)
    end
  end
  if d.body.where ~= nil then
    out.where = where.where(d, { "where" }, d.body.where, where.lookup(on, out.each, items))
  end
  d.unit, d.by = out.unit, out.by
  return out
end

-- ---- score -------------------------------------------------------------------------------------------------------

local function score_events(d, path, value)
  if type(value) ~= "table" then return d:wrong(path, value, 'points for events, like { ["Page Viewed"] = 1 }') end
  local out = {}
  for name, points in next, value do
    local at = T.sub(path, name)
    if type(name) ~= "string" then
      d:add("unknown_option", at, problems.show(points) .. " stands without an event",
        "write [" .. (type(points) == "string" and problems.show(points) or '"Page Viewed"') .. "] = 1")
    else
      K.find_event(d, at, name)
      local v = T.number(d, at, points)
      if v then out[#out + 1] = { event = name, points = v } end
    end
  end
  table.sort(out, function(a, b) return host.less(a.event, b.event) end)
  return out
end

local function score_traits(d, path, value)
  if type(value) ~= "table" then
    return d:wrong(path, value, "points for traits, like { city = { Shanghai = 10 } }")
  end
  local out = {}
  for trait, values in next, value do
    local at = T.sub(path, trait)
    if type(trait) ~= "string" then
      d:add("unknown_option", at, "stands without the name of a trait", "write city = { Shanghai = 10 }")
    elseif type(values) ~= "table" then
      d:wrong(at, values, "points for values, like { Shanghai = 10 }")
    else
      local near = not K.trait[trait] and problems.nearest(trait, K.trait) -- any trait may count, declared or not
      if near then
        d:add("unknown_field", at, "no trait " .. problems.show(trait) .. " is declared",
          'did you mean "' .. near .. '"?')
      end
      for key, points in next, values do
        local v = T.number(d, T.sub(at, key), points)
        if type(key) == "table" or type(key) == "function" or type(key) == "userdata" then
          d:wrong(at, key, "a text, a number, true or false as the value of a trait")
        elseif v then
          out[#out + 1] = { trait = trait, value = host.json(key), points = v }
        end
      end
    end
  end
  table.sort(out, function(a, b)
    if a.trait ~= b.trait then return host.less(a.trait, b.trait) end
    return host.less(a.value, b.value)
  end)
  return out
end

local score_options = {
  half_life = { T.span("a half-life", 'write it in days: "30 days"'), "the time in which it halves",
    default = "it does not fade", example = '"30 days"' },
  events = { score_events, "points for each event", type = "table<string, number>",
    example = '{ ["Page Viewed"] = 1 }' },
  traits = { score_traits, "points for values of traits", type = "table<string, table<any, number>>",
    example = "{ city = { Shanghai = 10 } }" },
  at_most = { function(d, path, value) return T.at_most(d, path, value, 6) end, "the most that counts in a period",
    type = "number|cap", example = '{ 20, per = "day" }' },
  floor = { T.number, "it does not fall below this" },
}

function M.score(d)
  local out = d:options(score_options, d.body)
  if d.body.events == nil and d.body.traits == nil then
    d:missing({ "events" }, "a score adds up points for events or traits", 'write events = { ["Page Viewed"] = 1 }')
  end
  return out
end

-- ---- tag ---------------------------------------------------------------------------------------------------------

local tag_options = {
  when = { T.fn, "alone: the tag holds while it is true; with `on`: whether the event stamps",
    type = "fun(member: member, event: event): boolean" },
  on = { events, "the event or events that stamp it" },
  during = { T.during, "with `on`: only then" },
  keep = { T.duration, "with `on`: how long it stays", example = '"90 days"' },
  class = { plan.class, plan.class_text, default = "behaviour" },
}

function M.tag(d)
  local out = d:options(tag_options, d.body)
  local body = d.body
  if body.when == nil and body.on == nil then
    -- With its class alone it is given and taken by rules: member:tag and member:untag.
    if body.class == nil then
      d:missing({ "when" }, "what makes a member have it", 'write when = function(member) ... end, or on = "an event", '
        .. 'or class = "behaviour" alone for a tag that rules give with member:tag')
    end
    for _, key in ipairs { "keep", "during" } do
      if body[key] ~= nil then
        d:add("unknown_option", { key }, '"' .. key .. '" goes with "on"; a rule says member:tag("'
          .. d.name .. '", "90 days")')
      end
    end
  elseif body.on == nil then
    for _, key in ipairs { "keep", "during" } do
      if body[key] ~= nil then
        d:add("unknown_option", { key }, '"' .. key
          .. '" goes with "on"; a tag with "when" alone holds exactly while it is true')
      end
    end
  elseif body.keep == nil then
    d:missing({ "keep" }, "how long the stamp stays", 'write keep = "90 days"')
  end
  out.class = out.class or "behaviour"
  return out
end

-- ---- descriptions ------------------------------------------------------------------------------------------------

M.describe = {
  measure = {
    order = "on sum each by where",
    topic = "figures", text = "a figure kept by member and day, exact over any window",
    options = measure_options,
    example = [[
measure "orders" { on = "Order Completed" }
measure "spend"  { on = "Order Completed", sum = "revenue" }
measure "bought" { on = "Order Completed", each = "products", by = "category", sum = "quantity" }]] },
  score = {
    order = "events traits half_life at_most floor",
    topic = "figures", text = "a figure that events and traits raise and time lets fade",
    options = score_options,
    needs = 'trait "city" {}',
    example = [[
score "activity" {
  half_life = "30 days", at_most = { 20, per = "day" },
  events = { ["Page Viewed"] = 1, ["Product Shared"] = 3 },
}
score "fit" { traits = { city = { Shanghai = 10, Hangzhou = 6 } } }]] },
  tag = {
    order = "when on during keep class",
    topic = "groups",
    text = "a mark on a member: it holds while a condition is true, or is stamped by an event, or given by a rule",
    options = tag_options,
    needs = 'measure "bought" { on = "Order Completed", each = "products", by = "category", sum = "quantity" }',
    example = [[
tag "solution only" {
  when = function(member) return member:bought "solution" and not member:bought "lens" end,
}
tag "reviewer" { on = "Product Reviewed", keep = "90 days" }
tag "friend of the house" { class = "life" } -- given and taken by rules]] },
}

return M
