-- SPDX-License-Identifier: Apache-2.0
-- The kit's assertions, for luassert: assert.has_tag(ada, "vip"), assert.not_in_tier(ada, "membership", "Gold").
-- Each says what is there in the place of what was expected; the timeline follows behind (hooks.lua).
local engine = require "tessera.engine"
local member = require "tessera.test.member"
local say = require "tessera.test.say"
local shop = require "tessera.test.shop"

local M = {}

local function need_member(value, name)
  if not member.is(value) then say.fail("assert.%s takes a member first, not %s", name, say.value(value)) end
  return value
end

local function need_text(value, name, what)
  if type(value) ~= "string" then say.fail("assert.%s takes %s, not %s", name, what, say.value(value)) end
  return value
end

local function contains(list, value)
  for _, item in ipairs(list) do
    if item == value then return true end
  end
  return false
end

local function listed(list) return #list > 0 and table.concat(list, ", ") or "none" end

local function shop_of(value, name)
  if shop.is(value) then return value end
  if member.is(value) then return value.shop end
  return say.fail("assert.%s takes a shop or a member, not %s", name, say.value(value))
end

-- Each: name = { run(arguments) -> true or false, what holds, what is there; description }
M.list = {}

local function define(name, signature, text, run)
  M.list[#M.list + 1] = { name = name, signature = signature, text = text, run = run }
end

define("has_tag", "(member, tag)", "the member has the tag now", function(a)
  local ada, tag = need_member(a[1], "has_tag"), need_text(a[2], "has_tag", "the name of a tag")
  local tags = ada:tags()
  local has = contains(tags, tag)
  if not has and not ada.shop.program.tags[tag] then say.unknown("tag", tag, ada.shop.program.tags) end
  return has, string.format('%s to have the tag "%s"', ada:title(), tag), "the tags are: " .. listed(tags)
end)

define("in_segment", "(member, segment)", "the member is in the segment now", function(a)
  local ada, name = need_member(a[1], "in_segment"), need_text(a[2], "in_segment", "the name of a segment")
  local known = ada.shop.program.segments
  if not known then say.later "segment" end
  if not known[name] then say.unknown("segment", name, known) end
  local segments = ada:segments()
  return contains(segments, name), string.format('%s to be in the segment "%s"', ada:title(), name),
    "the segments are: " .. listed(segments)
end)

-- "4,000.00 CNY; 1,000.00 CNY is missing for Gold"; with several bases "9 (flights) or 4,000.00 CNY (spend); ..."
local function standing(at, tiers, now)
  local figures, missing = {}, {}
  for i, basis in ipairs(now.bases) do
    local name = #now.bases > 1 and " (" .. basis.name .. ")" or ""
    figures[i] = at.native:figure(tiers, i, basis.figure) .. name
    if math.type(basis.missing) == "integer" then -- none where this basis never gives the level
      missing[#missing + 1] = at.native:figure(tiers, i, basis.missing) .. name
    end
  end
  local more = now.next and "; " .. table.concat(missing, " or ") .. " is missing for " .. now.next or ""
  return table.concat(figures, " and ") .. more
end

define("in_tier", "(member, [tiers,] level)", "the member's level is this one", function(a)
  local ada, tiers, level = need_member(a[1], "in_tier"), a[2], a[3]
  local known = ada.shop.program.tiers
  if level == nil then -- the only tiers there are
    level, tiers = tiers, next(known)
    if tiers == nil or next(known, tiers) then
      say.fail 'write assert.in_tier(ada, "membership", "Gold"): which tiers, which level'
    end
  end
  need_text(level, "in_tier", "the name of a level")
  if not known[tiers] then say.unknown("tiers", tiers, known) end
  if not known[tiers][level] then say.unknown("level of " .. tiers, level, known[tiers]) end
  local now = ada:tiers(tiers)
  return now.name == level, string.format('%s to be "%s" in %s', ada:title(), level, tiers),
    string.format('the level is "%s", at %s', now.name, standing(ada.shop, tiers, now))
end)

define("heard", "(member, notice)", "the member was told this: by a rule's member:notify or by the engine", function(a)
  local ada, name = need_member(a[1], "heard"), need_text(a[2], "heard", "the name of a notice")
  local heard = {}
  for _, item in ipairs(ada:why "notify") do heard[#heard + 1] = item.effect.name end
  return contains(heard, name), string.format('%s to have heard "%s"', ada:title(), name),
    "what was heard: " .. listed(heard)
end)

define("explained_by", "(member, rule [, what])", "something of the member came of this declaration; `what` narrows: "
  .. "a kind of effect (earn, tag.added, tier), or a name (stars)", function(a)
  local ada, rule = need_member(a[1], "explained_by"), need_text(a[2], "explained_by", "the name of a declaration")
  local rules, seen = {}, {}
  if a[3] ~= nil then need_text(a[3], "explained_by", "a kind of effect or a name in the third place") end
  for _, item in ipairs(ada:why(a[3])) do
    if item.rule and not seen[item.rule] then
      seen[item.rule] = true
      rules[#rules + 1] = item.rule
    end
  end
  local declared = ada.shop.program.declared
  if not seen[rule] and not declared[rule] then say.unknown("declaration", rule, declared) end
  local about = a[3] and "something of " .. say.value(a[3]) or "something"
  return seen[rule] ~= nil, string.format('%s of %s to be explained by "%s"', about, ada:title(), rule),
    "what explains it: " .. listed(rules)
end)

define("books_balance", "(shop_or_member)", "all entries sum to zero; wallets, lots and the ledger agree", function(a)
  local at = shop_of(a[1], "books_balance")
  local ok, why = at.native:books()
  return ok == true, "the books to balance", why or "they do"
end)

define("quarantined", "(shop_or_member [, reason])", "a line went to quarantine (with this reason)", function(a)
  local at, wanted = shop_of(a[1], "quarantined"), a[2]
  local reasons, known = {}, engine.reasons()
  if wanted ~= nil and not known[wanted] then say.unknown("reason", wanted, known) end
  for i, q in ipairs(at.native:quarantine()) do reasons[i] = q.reason end
  local found = wanted and contains(reasons, wanted) or not wanted and #reasons > 0
  return found, "something to be in quarantine" .. (wanted and " as " .. say.value(wanted) or ""),
    "what is there: " .. listed(reasons)
end)

-- Words that belong to a later version: they say so.
M.later = { "in_stage", "sent", "owns_coupon" }

local function callback(entry)
  return function(state, arguments)
    local holds, expected, found = entry.run(arguments)
    arguments[1] = string.format("Expected %s%s;\n%s.", state.mod and "" or "not: ", expected, found)
    arguments.n, arguments.nofmt = 1, { true }
    return holds
  end
end

function M.register()
  local ok, luassert = pcall(require, "luassert")
  if not ok then return end
  local texts = require "say"
  texts:set("assertion.tessera", "%s")
  for _, entry in ipairs(M.list) do
    local short = entry.name:match "^has_(.*)$" -- luassert reads has_tag and has_no_tag as `tag` by itself
    luassert:register("assertion", short or entry.name, callback(entry), "assertion.tessera", "assertion.tessera")
  end
  for _, name in ipairs(M.later) do
    luassert:register("assertion", name, function() say.later(name) end, "assertion.tessera", "assertion.tessera")
  end
  luassert:add_formatter(function(value)
    if member.is(value) then return value:title() end
    if shop.is(value) then return "a shop at " .. (value.closed and "its end" or value:now()) end
  end)
end

return M
