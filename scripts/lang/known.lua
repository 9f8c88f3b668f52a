-- SPDX-License-Identifier: Apache-2.0
-- The names that a rule set declares, by kind, and the searches for them that say what is wrong when a name is not
-- there.
local problems = use "problems"

local K = { event = {}, measure = {}, points = {}, tiers = {}, tag = {}, segment = {},
  trait = {}, identifier = {}, benefit = {}, earn = {}, score = {}, bonus = {}, rule = {}, refund = {},
  milestone = {}, attribution = {}, program = {}, money_places = 2, accept_unknown_events = false }

-- Names that `member` has of its own: a measure so called could not be read as member:name().
K.reserved = {}
for name in string.gmatch("did since usual measure earned points tag untag set add earn give send enter hand_over emit "
  .. "traits tags tiers stages segments scores rfm matrix lifetime_value consents notify id created", "%S+") do
  K.reserved[name] = true
end

-- Names in files that could not be read to their end: they may be declared there, so nobody says that they are unknown.
K.unread = {}
K.all_read = true

-- Names that stand behind an unknown word, and the kinds of which a name was declared twice: where a name of such a
-- kind is missing, the second one may have been meant to be it. One slip, one message.
K.forgiven = {}
K.doubled = {}

local function is_forgiven(kind, name)
  return K.unread[kind .. " " .. name] or K.forgiven[name]
    or (K.doubled[kind] and not problems.nearest(name, K[kind]))
end

K.is_forgiven = is_forgiven

local spaces = { consent = "trait" } -- consents are traits

-- Enter a declaration under its name; a second one of that name is a problem.
function K.register(d)
  local space = K[spaces[d.word] or d.word]
  local key = d.name or ""
  local first = space[key]
  if first and not first.builtin then
    K.doubled[d.word] = true
    d:add("duplicate_name", {}, "is declared twice: first in " .. first.file .. ", line " .. first.line,
      "one of them needs another name, or must go")
    return false
  elseif first and first.internal then
    d:add("duplicate_name", {}, "is an event of the engine itself; its fields are given", "choose another name")
    return false
  end
  space[key] = d
  return true
end

-- The declaration of an event, or nil. `quiet_code`: see below.
function K.find_event(d, path, name)
  local event = K.event[name]
  if event or is_forgiven("event", name) then return event end
  local message = 'no event "' .. name .. '" is declared'
  local hint = problems.did_you_mean(name, K.event) or ('declare it: event "' .. name .. '" { ... }')
  if K.accept_unknown_events then -- any name may come; one that is nearly a declared one is a slip of the pen
    local near = problems.did_you_mean(name, K.event)
    if near then d:warn("unknown_event", path, message .. "; it is accepted, but its fields are not checked", near) end
  else
    d:add("unknown_event", path, message, hint)
  end
end

-- Any other kind of name: "measure", "points", "tiers", ...
function K.find(d, path, kind, code, name)
  local found = K[kind][name]
  if found or is_forgiven(kind, name) then return found end
  d:add(code, path, "no " .. kind .. ' "' .. name .. '" is declared', problems.did_you_mean(name, K[kind])
    or ("declare it: " .. kind .. ' "' .. name .. '" { ... }'))
end

-- A field that all of `events` (names, checked already) have, with one type. Gives the field; or nil when it was
-- reported, or when no event is known so that nothing can be said.
function K.find_field(d, path, events, name)
  local field, from
  for _, event_name in ipairs(events) do
    local event = K.event[event_name]
    if event then
      local this = event.fields and event.fields[name]
      if not this and K.unread["event " .. event_name] then
        d.bad = true -- a file that was not read declares it with fields of its own
        return nil
      elseif not this then
        return d:add("unknown_field", path, 'the event "' .. event_name .. '" has no field "' .. name .. '"',
          problems.did_you_mean(name, event.fields or {}) or "declare it in the event's fields")
      elseif this.faulty then
        d.bad = true -- it was reported where it is declared
        return nil
      elseif field and field.type ~= this.type then
        return d:add("wrong_type", path, '"' .. name .. '" is ' .. field.type .. ' in "' .. from .. '" and '
          .. this.type
          .. ' in "' .. event_name .. '"')
      end
      field, from = this, event_name
    end
  end
  return field
end

return K
