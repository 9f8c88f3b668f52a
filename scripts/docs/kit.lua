-- SPDX-License-Identifier: Apache-2.0
-- The test kit's verbs and assertions, read from the kit itself: scripts/kit/tessera/test/*.lua. Its C module is not
-- needed for that, so an empty one stands in.
local kit = {}

local function stand_in()
  return setmetatable({ version = "", shared = function() return {} end }, { __index = function() return {} end })
end

local function rows(owner, object, verbs, faults)
  local list = {}
  for name, d in pairs(verbs) do
    if type(d) ~= "table" or type(d[1]) ~= "string" or type(d[2]) ~= "string" or d[2] == "" then
      faults[#faults + 1] = "the kit's " .. owner .. ":" .. name .. " is not described"
    else
      list[#list + 1] = { name = name, signature = d[1], text = d[2] }
    end
    if type(rawget(object, name)) ~= "function" then
      faults[#faults + 1] = "the kit's " .. owner .. ":" .. name .. " is described and is not there"
    end
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

-- { shop, member, open, assertions, later, faults }, each a list of { name, signature, text }.
function kit.read()
  local here = io.open("scripts/kit/tessera/test.lua", "rb")
  if not here then return { faults = {} } end
  here:close()
  package.path = "scripts/kit/?.lua;" .. package.path
  package.preload["tessera.engine"] = stand_in
  local faults = {}
  local member, shop = require "tessera.test.member", require "tessera.test.shop"
  local out = { faults = faults, member = rows("member", member, member.verbs, faults),
    shop = rows("shop", shop, shop.verbs, faults), open = {}, assertions = {}, later = {} }
  for _, entry in ipairs(require("tessera.test.assertions").list) do
    out.assertions[#out.assertions + 1] = { name = entry.name, signature = entry.signature, text = entry.text }
    if not entry.text or entry.text == "" then
      faults[#faults + 1] = "the kit's assertion " .. entry.name .. " is not described"
    end
  end
  table.sort(out.assertions, function(a, b) return a.name < b.name end)
  for name, d in pairs(require("tessera.test").options) do
    out.open[#out.open + 1] = { name = name, type = d[1], text = d[2] }
  end
  table.sort(out.open, function(a, b) return a.name < b.name end)
  local listed = {}
  for _, module in ipairs { "member", "shop", "assertions" } do
    for key, value in pairs(require("tessera.test." .. module).later or {}) do
      local name = type(key) == "string" and key or value
      if name == "sent" then name = "was_sent" end -- luassert reads was_sent and was_not_sent as `sent` by itself
      if not listed[name] then out.later[#out.later + 1] = name end
      listed[name] = true
    end
  end
  table.sort(out.later)
  return out
end

return kit
