-- SPDX-License-Identifier: Apache-2.0
-- Words about the program and what comes in: program, event, identifier, blocked, trait, consent.
local K = use "known"
local problems = use "problems"
local T = use "types"

local M = {}

-- ---- program -----------------------------------------------------------------------------------------------------

local function timezone(d, path, value)
  if not T.text(d, path, value) then return end
  if host.zone(value) then return value end
  d:wrong(path, value, 'a time zone of the IANA database, like "Europe/Paris" or "UTC"')
end

local function currency(d, path, value)
  if not T.text(d, path, value) then return end
  if string.find(value, "^%u%u%u$") then return value end
  d:wrong(path, value, 'three letters of ISO 4217, like "EUR"', string.find(value, "^%a%a%a$")
    and ('did you mean "' .. string.upper(value) .. '"?') or nil)
end

-- ISO 4217: currencies whose minor unit is not a hundredth.
local places = {}
local function set_places(names, n)
  for name in string.gmatch(names, "%S+") do places[name] = n end
end
set_places("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", 0)
set_places("BHD IQD JOD KWD LYD OMR TND", 3)
set_places("CLF UYW", 4)

local program_options = {
  name = { T.name, "the name of the program" },
  timezone = { timezone, "the zone of its days, hours and month ends", type = "string", default = "UTC",
    example = '"Asia/Shanghai"' },
  currency = { currency, "the currency of all money", type = "string", default = "USD", example = '"CNY"' },
  late = { T.duration, "events that arrive later than this after they happened earn nothing",
    default = "no limit", example = '"3 days"' },
  unknown_events = { T.choice("accept", "quarantine"), "what becomes of events that are not declared",
    default = "quarantine" },
}

function M.program(d)
  local out = d:options(program_options, d.body)
  K.accept_unknown_events = out.unknown_events == "accept"
  K.money_places = places[out.currency or "USD"] or 2
  return out
end

-- ---- event -------------------------------------------------------------------------------------------------------

local types = { "any", "text", "integer", "number", "money", "boolean", "date", "time", "list" }
local type_set = {}
for _, name in ipairs(types) do type_set[name] = true end
-- How people say it elsewhere.
local other_words = { string = "text", str = "text", int = "integer", float = "number", double = "number",
  decimal = "number", bool = "boolean", datetime = "time", timestamp = "time", array = "list", currency = "money",
  object = "any", table = "list" }

local function field_type(d, path, value)
  if type(value) == "string" and type_set[value] then return value end
  local hint = type(value) == "string" and (other_words[value] and ('did you mean "' .. other_words[value] .. '"?')
    or problems.did_you_mean(value, type_set)) or nil
  return d:wrong(path, value, "a type (" .. problems.one_of(types) .. ")", hint)
end

local read_fields
local items_read = setmetatable({}, { __mode = "k" })

local function field(d, path, value, inside_list)
  if type(value) == "string" then
    local t = field_type(d, path, value)
    return t and { type = t, required = false }
  elseif type(value) ~= "table" then
    return d:wrong(path, value, 'a type like "text", or { "text", required = true }')
  end
  local out = { required = false }
  for key, item in next, value do
    local at = T.sub(path, key)
    if key == 1 then
      out.type = field_type(d, at, item)
    elseif key == "required" then
      out.required = T.boolean(d, at, item)
    elseif key == "of" then
      if type(item) ~= "table" then
        d:wrong(at, item, "the fields of the list's items")
      elseif inside_list then
        d:add("unknown_option", at, "a list inside a list's items is not looked into", 'write "list" alone')
      else -- a table that several lists share is looked at once
        out.of = items_read[item] or problems.reported[item] and item or read_fields(d, at, item, true)
        items_read[item] = out.of
      end
    else
      local options = { required = true, of = true }
      d:add("unknown_option", at, "unknown option " .. problems.show(key), type(key) == "string"
        and problems.did_you_mean(key, options) or 'a field is { "text", required = true } or { "list", of = { ... } }')
    end
  end
  if value[1] == nil then return d:missing(T.sub(path, 1), "the field's type, like \"text\"") end
  if out.of and out.type and out.type ~= "list" then
    d:add("unknown_option", T.sub(path, "of"), '"of" goes with a list, and this is ' .. out.type)
  end
  return out.type and out
end

function read_fields(d, path, body, inside_list)
  local fields = {}
  for key, value in next, body do
    if type(key) ~= "string" then
      d:add("unknown_option", T.sub(path, key), problems.show(value) .. " stands without a name",
        'fields are written name = "text"')
    elseif key == "" or #key > host.name_bytes then
      d:add("limit", path, "a field's name has 1 to " .. host.name_bytes .. " bytes")
    else
      -- One with a fault is known all the same: whoever names it need not hear of the fault again.
      fields[key] = field(d, T.sub(path, key), value, inside_list) or { type = "any", required = false, faulty = true }
    end
  end
  return fields
end

function M.event(d)
  d.fields = read_fields(d, {}, d.body, false)
  return { fields = d.fields, internal = d.internal or false }
end

-- ---- identifiers -------------------------------------------------------------------------------------------------

local function normalize(d, path, value)
  if not T.text(d, path, value) then return end
  if value == "none" or value == "email" or value == "phone" then return { kind = value, region = "" } end
  local region = string.match(value, "^phone:(%u%u)$")
  if region then return { kind = "phone", region = region } end
  d:wrong(path, value, '"email", "phone", "phone:CN" (or another region of two capital letters) or "none"')
end

local identifier_options = {
  strong = { T.boolean, "true: two members that have it are joined", default = "false" },
  per_member = { T.integer(1), "at most so many on one member" },
  per = { T.duration, "... within this time", default = "ever" },
  normalize = { normalize, "how values are made equal", type = '"email"|"phone"|"none"|string',
    default = "by the identifier's name", example = '"phone:CN"' },
  from = { T.texts("a path into the event, like \"traits.email\""), "where it stands in an event",
    default = "by the identifier's name", example = '"traits.email"' },
}

function M.identifier(d)
  local out = d:options(identifier_options, d.body)
  local default = host.identifiers[d.name]
  if not out.from and d.body.from == nil then
    if default then
      out.from = default.from
    else
      d:missing({ "from" }, "where this identifier stands in an event", 'write from = "traits.' .. d.name .. '"')
    end
  end
  if d.body.per ~= nil and d.body.per_member == nil then
    d:add("missing_body", { "per" }, '"per" goes with "per_member"', "write per_member = 3, per = \"30 days\"")
  end
  out.normalize = out.normalize or (default and default.normalize) or { kind = "none", region = "" }
  d.normalize = out.normalize
  return out
end

function M.blocked(d)
  if not (K.identifier[d.name] or (K.default_identifiers and host.identifiers[d.name])) then
    return K.find(d, {}, "identifier", "unknown_word", d.name)
  end
  local n = T.list_length(d, {}, d.body)
  if not n then return end
  if n == 0 then
    return d:add("missing_body", {}, "lists no values", 'write blocked "' .. d.name .. '" { "test@test.com" }')
  end
  local how = K.identifier[d.name] and K.identifier[d.name].normalize or host.identifiers[d.name].normalize
  local values = {}
  for i = 1, n do
    local text = T.text(d, { i }, d.body[i])
    local value = text and host.normalize(how.kind, how.region, text)
    if value then
      values[#values + 1] = value
    elseif text then
      d:warn("wrong_type", { i }, problems.show(text) .. " is no " .. d.name
        .. " that could identify anybody, so it need not be blocked")
    end
  end
  return { kind = d.name, values = values }
end

-- ---- traits ------------------------------------------------------------------------------------------------------

M.class = T.choice("static", "life", "behaviour")
M.class_text = "static: it does not change; life: where and how somebody lives; behaviour: what somebody does"

local trait_options = {
  class = { M.class, M.class_text, default = "static" },
  type = { field_type, "what it holds", type = "field_type", default = "text" },
}

function M.trait(d)
  local out = d:options(trait_options, d.body)
  out.class, out.type = out.class or "static", out.type or "text"
  d.type = out.type
  return out
end

local consent_options = {
  default = { T.choice("yes", "no"), "what holds for who has said nothing", required = true },
}

function M.consent(d)
  local out = d:options(consent_options, d.body)
  d.type = "boolean"
  return { class = "static", type = "boolean", standing = out.default }
end

-- ---- descriptions ------------------------------------------------------------------------------------------------

local list_options = {
  required = { T.boolean, "true: an event without it goes to quarantine", default = "false" },
  of = { nil, "of a list: the fields of its items", type = "table<string, field_type|field>" },
}

M.describe = {
  program = {
    order = "name timezone currency late unknown_events",
    topic = "program", text = "the program itself: its name, zone and currency", options = program_options,
    example = 'program { name = "Harbour Coffee", timezone = "Asia/Shanghai", currency = "CNY", late = "3 days" }' },
  event = { topic = "program", text = "an event that comes in, with its fields; what breaks it goes to quarantine",
    options = {},
    own = { { "a field's name", "field_type|field", 'its type, or { "text", required = true }',
      class = "field", options = list_options, own = { { "[1]", "field_type", "its type" } } } },
    example = [[
event "QR Scanned" { place = { "text", required = true }, staff_id = "text" }
event "Order Completed" {
  order_id = { "text", required = true },
  revenue  = { "money", required = true },
  products = { "list", of = { sku = "text", category = "text", price = "money", quantity = "integer" } },
}]] },
  identifier = {
    order = "strong per_member per normalize from",
    topic = "program", text = "what a member is known by, and whether it joins two members",
    options = identifier_options,
    example = [[
identifier "user_id" { strong = true, per_member = 1 }
identifier "email"   { strong = true, per_member = 5, normalize = "email" }
identifier "phone"   { strong = true, per_member = 3, normalize = "phone:CN" }
identifier "device"  { per_member = 10 }]] },
  blocked = { topic = "program", text = "values of an identifier that belong to nobody", options = {},
    own = { { "[1], [2], ...", "string", "a value" } },
    example = 'blocked "email" { "test@test.com", "none@none.com" }' },
  trait = {
    order = "class type",
    topic = "program", text = "something known of a member, as `identify` says it", options = trait_options,
    example = [[
trait "birthday" { class = "static", type = "date" }
trait "city"     { class = "life", type = "text" }]] },
  consent = { topic = "program", text = "something a member may agree to", options = consent_options,
    example = 'consent "marketing" { default = "no" }' },
}

return M
