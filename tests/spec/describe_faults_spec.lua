-- SPDX-License-Identifier: Apache-2.0
-- The check that everything is described, seen red: scripts/lang/describe.lua is run outside of the program, with the
-- language as it is but for one thing that is missing, or told of what is not there.
package.path = "scripts/docs/?.lua;" .. package.path
local json = require "json"

-- The trusted half of the language, each file once, with as much of its host as describing needs.
local function language()
  local used = {}
  local host = { less = function(a, b) return a < b end, global_names = {}, tables = {}, identifiers = {},
    name_bytes = 200, distance = function() return 99 end, money = function() end, bindings = {} }
  function host.json(value) return type(value) == "string" and string.format("%q", value):gsub("\n", "n") or tostring(value) end
  local environment = setmetatable({ host = host }, { __index = _G })
  function environment.use(name)
    if not used[name] then
      used[name] = assert(loadfile("scripts/lang/" .. name .. ".lua", "t", environment))()
    end
    return used[name]
  end
  return environment.use
end

local function faults(change, bound)
  local use = language()
  local rows = bound or {}
  if change then change(use) end
  local text = use("describe").describe { rows = rows.rows or {}, present = rows.present or { member = {} },
    library = {}, later = {}, lists = rows.lists or {} }
  return json.read(text).faults
end

-- The table of options of a word, as its description has it.
local function options_of(use, word)
  for _, module in pairs(use("finish").modules) do
    if module.describe and module.describe[word] then return module.describe[word].options, module.describe[word] end
  end
  error("nothing describes " .. word)
end

local row = { owner = "member", name = "tag", method = true, kind = "effect", signature = "(name: string)", text = "x" }

local function changed(by)
  local copy = {}
  for key, value in pairs(row) do copy[key] = value end
  for key, value in pairs(by) do copy[key] = value end
  return copy
end

describe("the check that everything is described", function()
  it("is silent about the language as it is", function()
    assert.same({}, faults())
    assert.same({}, faults(nil, { rows = { row }, present = { member = { "tag" } } }))
  end)

  for what, case in pairs {
    ["a word without a description"] = { "money: the word is not described",
      function(use) use("words").describe.money = nil end },
    ["a description without a word"] = { "monies: is described and is no word", function(use)
      use("words").describe.monies = { text = "x", signature = "()", example = "x" }
    end },
    ["a word without an example"] = { "earn: has no example", function(use)
      select(2, options_of(use, "earn")).example = nil
    end },
    ["an option without a text"] = { "points.pending: has no text", function(use)
      options_of(use, "points").pending[2] = ""
    end },
    ["an option without a type"] = { "points.extra: has no type", function(use)
      options_of(use, "points").extra = { function() end, "something more" }
    end },
    ["a table of options that no description names"] = { "is not reached from any description", function(use)
      options_of(use, "points").expire.options = nil
      options_of(use, "points").expire.type = "table"
    end },
    ["an order that names what is not there"] = { "its order names the option colour", function(use)
      select(2, options_of(use, "rule")).order = "on colour"
    end },
    ["an event without a text"] = { "tier.upgraded: has no text", function(use)
      use("builtin").describe["tier.upgraded"] = nil
    end },
    ["an event that is not there"] = { "tier.lifted: is described and is no event", function(use)
      use("builtin").describe["tier.lifted"] = "the member rose"
    end },
    ["a problem without an example"] = { "limit: the problem has no example", function(use)
      use("codes").limit.example = nil
    end },
    ["a method without a text"] = { "member.tag: has no text", nil,
      { rows = { changed { text = "" } }, present = { member = { "tag" } } } },
    ["a method without a signature"] = { "member.tag: has no signature", nil,
      { rows = { changed { signature = "" } }, present = { member = { "tag" } } } },
    ["a method that nothing describes"] = { "member.untag: is there and is not described", nil,
      { rows = { row }, present = { member = { "tag", "untag" } } } },
    ["a method that is not there"] = { "member.tag: is described and is not there", nil,
      { rows = { row }, present = { member = {} } } },
    ["a method whose name a measure could take"] = { "member.label: a measure may be called so", nil,
      { rows = { changed { name = "label" } }, present = { member = { "label" } } } },
    ["something of a list without a text"] = { "refusals.overflow: has no text", nil,
      { lists = { refusals = { { name = "overflow", text = "" } } } } },
  } do
    it("finds " .. what, function()
      local found = faults(case[2], case[3])
      assert.equal(1, #found, table.concat(found, "\n"))
      assert.is_truthy(string.find(found[1], case[1], 1, true), found[1])
    end)
  end
end)
