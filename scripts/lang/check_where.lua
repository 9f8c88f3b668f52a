-- SPDX-License-Identifier: Apache-2.0
-- `where`: which items of a list, or which events, are meant. Every field stands with what its value must be: a value,
-- a list of which any will do, a range, or what it must not be. All of them must hold.
local K = use "known"
local T = use "types"
local money = use "money"
local problems = use "problems"

local M = {}

-- ---- fields: of the items of a list, or of the event ---------------------------------------------------------------

-- The fields of a list's items; nil when that was reported, {} when nothing is known of them.
function M.item_fields(d, path, on, each)
  local list = K.find_field(d, path, on, each)
  if not list then return not d.bad and {} or nil end
  if list.type ~= "list" then
    return d:add("wrong_type", path, '"' .. each .. '" is ' .. list.type .. "; only a list has items")
  end
  return list.of or {}
end

local function event_has(on, name)
  for _, event_name in ipairs(on) do
    local event = K.event[event_name]
    if event and event.fields and event.fields[name] then return true end
  end
  return false
end

-- How names of fields are looked up: of the item where it has such a field, else of the event. Gives a function
-- (d, path, name) -> known, field, of_event; `known` is false when the name was reported.
function M.lookup(on, each, items)
  return function(d, path, name)
    if each and items[name] then return true, items[name], false end
    if each and not event_has(on, name) then
      if next(items) == nil then return true, nil, false end -- nothing is declared of the items
      d:add("unknown_field", path, 'neither the items of "' .. each .. '" nor the event have a field "' .. name .. '"',
        problems.did_you_mean(name, items) or "declare it: " .. each .. ' = { "list", of = { ' .. name
        .. ' = "text" } }')
      return false
    end
    local before = d.bad
    d.bad = false
    local field = K.find_field(d, path, on, name)
    local known = not d.bad
    d.bad = before or d.bad
    return known, field, each ~= nil
  end
end

-- ---- values --------------------------------------------------------------------------------------------------------

local texts = { text = true, date = true, time = true }
local numbers = { integer = true, number = true }

-- What a value must be for a field of this type, when it is not; nil when it fits.
local function misfit(field, kind, value)
  local t = field and field.type or "any"
  if t == "any" then return nil end
  if t == "list" then
    return "is a list, and a list is no value", "wrong_type", "earn over its items with each = ..."
  end
  if texts[t] and kind ~= "text" then return 'is ' .. t .. ", which is written in quotes", "wrong_type" end
  if t == "boolean" and kind ~= "flag" then return "is true or false", "wrong_type" end
  if t == "money" and kind == "number" then
    return "is money", "bad_unit", 'did you mean money "' .. host.number(value) .. '"?'
  end
  if t == "money" and kind ~= "money" then return "is money", "wrong_type", 'write money "5"' end
  if numbers[t] and kind == "money" then return "is " .. t .. ", not money", "bad_unit", "write a plain number" end
  if numbers[t] and kind ~= "number" then
    return "is " .. t .. ", which is written without quotes", "wrong_type"
  end
end

-- One value: { text = }, { flag = }, { number = } or { number = minor units, money = true }; nil when it was reported.
local function plain(d, path, field, value)
  local kind = money.is(value) and "money" or type(value) == "string" and "text" or type(value) == "boolean" and "flag"
    or type(value) == "number" and "number"
  if not kind then
    return d:wrong(path, value, 'a value, a list of values, { at_least = 1, below = 5 } or { except = "a value" }')
  end
  if kind == "number" and not T.number(d, path, value) then return end
  local why, code, hint = misfit(field, kind, value)
  if why then
    return d:add(code, path, '"' .. d.label({ path[2] }) .. '" ' .. why .. ", and this is " .. problems.show(value),
      hint)
  end
  if kind == "money" then
    local minor = money.minor(d, path, value, K.money_places)
    return minor and { number = minor, money = true }
  end
  return { [kind] = value }
end

local function values(d, path, field, value)
  if type(value) ~= "table" or money.is(value) then return { plain(d, path, field, value) } end
  local n = T.list_length(d, path, value)
  if not n then return end
  if n == 0 then
    return d:add("never_fires", path, '"' .. d.label(path) .. '" is an empty list, so nothing is meant')
  end
  local out = {}
  for i = 1, n do out[#out + 1] = plain(d, T.sub(path, i), field, value[i]) end
  return out
end

-- ---- ranges --------------------------------------------------------------------------------------------------------

-- `least`: what an amount must reach at least; below zero every one does.
local function bound(field, least)
  return function(d, path, value)
    local amount = least and money.is(value) and host.money(value)
    if amount and string.sub(amount, 1, 1) == "-" then
      return d:add("negative_threshold", path, "no amount is less than " .. problems.show(value),
        'did you mean money "' .. string.sub(amount, 2) .. '"?')
    elseif least and type(value) == "number" and value < 0 then -- not impossible: degrees, say
      d:warn("negative_threshold", path, "few figures are less than " .. problems.show(value),
        "did you mean " .. problems.show(-value) .. "?")
    end
    if type(value) ~= "number" and not money.is(value) then
      return d:wrong(path, value, 'a number or an amount like money "5"')
    end
    return plain(d, path, field, value)
  end
end

local function condition_options(field)
  return {
    at_least = { bound(field, true), "the least value that is meant" },
    below = { bound(field), "values below this are meant, this one is not" },
    except = { function(d, path, value) return values(d, path, field, value) end,
      "the value or values that are not meant" },
  }
end

local function condition(d, path, field, value)
  local out = d:options(condition_options(field), value, path)
  if out.except and (value.at_least ~= nil or value.below ~= nil) then
    return d:add("unknown_option", path, '"except" stands alone; a range is { at_least = 1, below = 5 }')
  end
  local low, high = out.at_least, out.below
  if low and high and low.money ~= high.money then
    return d:add("bad_unit", path, "one end of the range is money and the other is not")
  end
  if low and high and low.number >= high.number then
    return d:add("never_fires", path, '"at_least" is not below "below", so it never holds')
  end
  return out
end

-- ---- where ---------------------------------------------------------------------------------------------------------

-- The conditions as a list in order of field: { field, of_event, except, values } or
-- { field, of_event, at_least, below }.
function M.where(d, path, value, lookup)
  if type(value) ~= "table" or money.is(value) then
    return d:wrong(path, value, 'fields and their values, like { category = "coffee" }')
  end
  if next(value) == nil then
    return d:add("missing_body", path, '"' .. d.label(path) .. '" is empty', 'write { category = "coffee" }')
  end
  local out = {}
  for name, wanted in next, value do
    local at = T.sub(path, name)
    if type(name) ~= "string" then
      d:add("unknown_option", at, problems.show(wanted) .. " stands without a field", 'write { category = "coffee" }')
    else
      local known, field, of_event = lookup(d, at, name)
      local is_table = known and type(wanted) == "table" and not money.is(wanted)
      local c
      if is_table and #wanted == 0 and next(wanted) ~= nil then
        c = condition(d, at, field, wanted)
        if c and c.except then c.values, c.except = c.except, true end
      elseif known then
        local list = values(d, at, field, wanted)
        c = list and { values = list }
      end
      if c then
        c.field, c.of_event = name, of_event or false
        out[#out + 1] = c
      end
    end
  end
  table.sort(out, function(a, b) return host.less(a.field, b.field) end)
  return out
end

-- ---- descriptions ------------------------------------------------------------------------------------------------

local any_value = "string|number|boolean|money"

T.describe.where = { text = "fields and what they must be; all that is said must hold, and an absent field never holds "
    .. "but under `except`",
  options = {},
  own = { { "any field", any_value .. "|(" .. any_value .. ")[]|condition",
    "the value that the field must have, any of a list, or a condition" } } }
T.describe.condition = { text = "what a field of `where` must be: a range, or anything but some values",
  options = {
    at_least = { nil, "the least value that is meant", type = "number|money", example = 'money "5"' },
    below = { nil, "values below this are meant, this one is not", type = "number|money", example = 'money "20"' },
    except = { nil, "the value or values that are not meant", type = any_value .. "|(" .. any_value .. ")[]",
      example = '"gift card"' },
  } }

return M
