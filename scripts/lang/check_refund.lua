-- SPDX-License-Identifier: Apache-2.0
-- The word `refund`: an event that takes another one back, wholly or in part. Declared once; the order's measures,
-- scores, tiers, points and bonuses follow.
local K = use "known"
local T = use "types"
local problems = use "problems"

local M = {}

local refund_options = {
  of = { T.name, "the event that is taken back", required = true, example = '"Order Completed"' },
  by = { T.name, "the field of both events that says which order", required = true, example = '"order_id"' },
  amount = { T.name, "a money field of both: what was paid, and how much of it is given back", example = '"revenue"' },
  lines = { T.name, "a list field of both: the items, and those that are taken back", example = '"products"' },
  line = { T.name, "the field of an item that says which one", example = '"sku"' },
  quantity = { T.name, "the field of an item that says how many; without it in a refund, the whole item",
    default = '"quantity", where the items have it' },
}

local keys = { text = true, integer = true, number = true }

-- A field of the order and of the refund, of one of the types.
local function both(d, key, name, types, what)
  local field = name and K.find_field(d, { key }, { d.of, d.name }, name)
  if field and not types[field.type] then
    return d:add("wrong_type", { key }, '"' .. name .. '" is ' .. field.type .. "; " .. what)
  end
  return field
end

-- A field of the items of both lists.
local function item(d, key, name, types, what)
  local kind
  for _, event in ipairs { d.of, d.name } do
    local fields = d.items[event]
    local field = fields and fields[name]
    if fields and not field then
      return d:add("unknown_field", { key }, 'the items of "' .. d.body.lines .. '" of "' .. event
        .. '" have no field "' .. name .. '"', problems.did_you_mean(name, fields) or "declare it in the list's items")
    elseif field and field.faulty then
      return nil
    elseif field and not types[field.type] then
      return d:add("wrong_type", { key }, '"' .. name .. '" is ' .. field.type .. "; " .. what)
    elseif field and kind and kind ~= field.type then
      return d:add("wrong_type", { key }, '"' .. name .. '" is ' .. kind .. " in one list and " .. field.type
        .. " in the other")
    end
    kind = field and field.type or kind
  end
end

-- What the items are told apart by, and how many of one there are.
local function check_lines(d, out)
  if not both(d, "lines", out.lines, { list = true }, "the items of an order are a list") then return end
  d.items = {}
  for _, event in ipairs { d.of, d.name } do
    d.items[event] = (K.event[event].fields[out.lines] or {}).of or {}
  end
  if not out.line then
    if d.body.line == nil then
      d:missing({ "line" }, "which field says which item it is", 'write line = "sku"')
    end
    return
  end
  item(d, "line", out.line, keys, "an item is known by text or a number")
  local integer = { integer = true }
  if out.quantity then
    item(d, "quantity", out.quantity, integer, "a quantity is an integer")
  else
    local a, b = d.items[d.of].quantity, d.items[d.name].quantity
    if a and b and a.type == "integer" and b.type == "integer" then out.quantity = "quantity" end
  end
end

-- Two refunds of one event must mean the same order by it.
local function check_others(d, out)
  for _, name in ipairs(problems.names(K.refund)) do
    local other = K.refund[name]
    if other ~= d and other.checked and other.checked.of == out.of then
      for _, key in ipairs { "by", "amount", "lines", "line", "quantity" } do
        local theirs = other.checked[key]
        if out[key] and theirs and out[key] ~= theirs then
          d:add("wrong_type", { key }, '"' .. key .. '" is "' .. out[key] .. '", and refund "' .. name
            .. '" of the same event has "' .. theirs .. '"', 'write "' .. theirs .. '" here too')
        end
      end
    end
  end
  d.checked = out
end

function M.refund(d)
  local out = d:options(refund_options, d.body)
  local own, of = K.find_event(d, {}, d.name), out.of and K.find_event(d, { "of" }, out.of)
  if out.of == d.name then
    return d:add("wrong_type", { "of" }, "an event cannot take itself back", 'write of = "Order Completed"')
  end
  for _, event in ipairs { own or {}, of or {} } do
    if event.internal then
      return d:add("wrong_type", { "of" }, '"' .. event.name .. '" is an event of the engine itself')
    end
  end
  if out.of and K.refund[out.of] then
    return d:add("wrong_type", { "of" }, '"' .. out.of .. '" is a refund itself')
  end
  for _, key in ipairs { "line", "quantity" } do
    if d.body[key] ~= nil and d.body.lines == nil then
      d:add("missing_body", { key }, '"' .. key .. '" needs "lines": the list of items', 'write lines = "products"')
    end
  end
  if own and of then
    d.of = out.of
    both(d, "by", out.by, keys, "an order is known by text or a number")
    both(d, "amount", out.amount, { money = true }, "what is given back is money")
    if out.lines then check_lines(d, out) end
    check_others(d, out)
  end
  local record = {} -- `line` is where a declaration stands
  for key, value in next, out do record[key == "line" and "key" or key] = value end
  return record
end

M.describe = {
  refund = {
    order = "of by amount lines line quantity",
    topic = "program", text = "an event that takes another one back: what the order counted and earned is "
      .. "reckoned again without what came back, on the date of the order; without an amount and lines, the whole "
      .. "order. Points of an `amount` function, a milestone or a rule go back with the whole order only",
    options = refund_options,
    example = [[
refund "Order Refunded" {
  of = "Order Completed", by = "order_id",
  amount = "revenue", lines = "products", line = "sku",
}]] },
}

return M
