-- SPDX-License-Identifier: Apache-2.0
-- What the descriptions say is there: every field and method that is described can be read or called in a rule, and what
-- a figure holds is what is described of it, no more and no less.
package.path = "scripts/docs/?.lua;" .. package.path
local json = require "json"
local tessera = require "tessera.test"

local program = os.getenv "TESSERA" or "build/release/tessera"

local function words()
  local pipe = assert(io.popen("'" .. program .. "' rules words --json"))
  local text = pipe:read "a"
  assert(pipe:close(), "rules words failed")
  return json.read(text)
end

local base = [[
program { name = "Shop", timezone = "UTC", currency = "EUR" }
event "Asked" { how = "text" }
event "Made" {}
event "Bought" { what = "text", revenue = "money" }
measure "bought" { on = "Bought", by = "what", sum = "revenue" }
measure "asks" { on = "Asked" }
trait "city" {}
consent "letters" { default = "yes" }
tag "marked" { class = "life" }
score "warmth" { events = { ["Asked"] = 1 } }
points "stars" {}
segment "awake" { when = function(member) return member:asks() > 0 end }
tiers "club" { basis = { points = "stars", window = "12 months" }, { "Member" }, { "Gold", from = 10 } }
]]

-- How something of each owner is reached.
local reached = { member = "member", event = "event", time = "event.at", tier = 'member.tiers["club"]',
  balance = 'member:points "stars"', program = "program", figure = 'member:bought "tea"',
  usual = 'member:usual "bought"' }

local calls = { did = '"Asked"', since = '"Asked"', measure = '"asks"', usual = '"bought"', points = '"stars"',
  earned = '"stars"', tag = '"marked"', untag = '"marked"', set = '"city", "Paris"', add = '"warmth", 1',
  earn = '"stars", 1', emit = '"Made"', notify = '"hello"' }

local function shop_with(body)
  local shop = tessera.open { now = "2026-01-15 10:00", files = { ["base.lua"] = base,
    ["rule.lua"] = 'rule "asked" { on = "Asked", act = function(member, event) ' .. body .. " end }\n" } }
  local ada = shop:member()
  ada:does("Bought", { what = "tea", revenue = 3.5 })
  ada:does "Asked"
  return ada, shop
end

describe("what is described", function()
  local all = words()

  it("has a text wherever something is, and is wherever there is a text", function()
    assert.same({}, all.faults)
  end)

  for _, row in ipairs(all.bindings) do
    local what = (row.owner == "" and "" or row.owner .. ".") .. row.name
    it("can be used: " .. what, function()
      local expression
      if row.owner == "" then
        expression = row.name
      else
        assert.is_string(reached[row.owner], "say in this spec how a " .. row.owner .. " is reached")
        expression = reached[row.owner] .. (row.method and ":" .. row.name .. "("
          .. assert(calls[row.name], "say in this spec how " .. what .. " is called") .. ")" or "." .. row.name)
        if row.owner == "balance" then expression = "(" .. reached.balance .. ")." .. row.name end
        if row.owner == "figure" or row.owner == "usual" then
          expression = "(" .. reached[row.owner] .. ")." .. row.name
        end
      end
      local body = row.kind == "effect" and expression
        or "local got = " .. expression .. " member:notify('type ' .. type(got))"
      local ada = shop_with(body)
      if row.kind ~= "effect" and not string.find(row.signature, "?", 1, true) then
        local said = {}
        for _, item in ipairs(ada:why "notify") do said[#said + 1] = item.effect.name end
        assert.not_equal("type nil", said[1], what .. " is nil")
      end
    end)
  end

  for _, owner in ipairs { "figure", "usual" } do
    it("is all that a " .. owner .. " holds", function()
      local described, found = {}, {}
      for _, row in ipairs(all.bindings) do
        if row.owner == owner then described[#described + 1] = row.name end
      end
      local ada = shop_with("for key in pairs(" .. reached[owner] .. ") do member:notify(key) end")
      for _, item in ipairs(ada:why "notify") do found[#found + 1] = item.effect.name end
      table.sort(described)
      table.sort(found)
      assert.same(described, found)
    end)
  end
end)

-- The page's own example of a spec, under the page's own example of rules.
local examples, prose = require "examples", require "prose"
local rules, spec = examples.fences(prose.grammar)[1], examples.fences(prose.testing)[1]
local open = 'tessera.open { rules = "..", '
assert(string.find(spec, open, 1, true), "the example of a spec opens a shop otherwise")
local from, to = string.find(spec, open, 1, true)
spec = string.sub(spec, 1, from - 1) .. "tessera.open { files = { ['example.lua'] = [==[" .. rules .. "]==] }, "
  .. string.sub(spec, to + 1)
assert(load(spec, "=the example of a spec", "t", _ENV))()

describe("the check of files for editors", function()
  local editor = require "editor"

  local function faults(text) return editor.check("library/x.lua", text) end

  it("takes what is well formed", function()
    assert.same({}, faults [[
---@meta
---@alias window string # a span
---@class thing
---@field name string its name
---@field at? window|"now" when
---@field [1] table<string, integer[]> things
---@field call fun(self: thing, how?: window, ...): boolean|string does it
---@type thing
x = {}
]])
  end)

  it("finds what is not", function()
    for text, wanted in pairs {
      ["---@class thing\n---@field name strin its name\n"] = "unknown type strin",
      ["---@class thing\n---@field name string a\n---@field name string b\n"] = "stands twice",
      ["---@class thing\n---@field name\n"] = "cannot be read",
      ["---@class thing\n---@field name table<string its\n"] = "cannot be read",
      ["---@class thing\n---@field f fun(self: thing its\n"] = "cannot be read",
      ["---@klass thing\n"] = "cannot be read",
      ["function x( end\n"] = "expected",
    } do
      local found = faults(text)
      assert.equal(1, #found, text)
      assert.is_truthy(string.find(found[1], wanted, 1, true), found[1])
    end
  end)
end)
