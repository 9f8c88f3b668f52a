-- SPDX-License-Identifier: Apache-2.0
-- What the kit says when a spec fails: busted is run inside of this spec on specs that are wrong, and its output is read.
local tessera = require "tessera.test"

-- Where this kit is, for the inner busted.
local function kit_paths()
  local lua = debug.getinfo(tessera.open, "S").source:match "^@(.*)/tessera/test%.lua$"
  for line in io.lines "/proc/self/maps" do
    local module = line:match "(/.*)/tessera/engine%.so$"
    if module then return lua, module end
  end
end

local function write(path, text)
  local f = assert(io.open(path, "wb"))
  f:write(text)
  f:close()
end

local head = [[
local tessera = require "tessera.test"
local files = { ["shop.lua"] = "measure 'orders' { on = 'Order Completed' }\n"
  .. "tag 'buyer' { when = function(member) return member:orders '30 days' > 0 end }\n"
  .. "rule 'fragile' { on = 'Product Viewed', act = function(member, event) error 'no' end }\n"
  .. "event 'Order Completed' {} tiers 'club' { basis = { measure = 'orders', window = '1 year' }, "
  .. "{ 'Low' }, { 'High', from = 2 } }\n" }
local function open() return tessera.open { files = files, now = "2026-01-15 10:00" } end
]]

-- The output of busted on a spec with this body, and its exit code.
local function nested(body, ...)
  local base = os.tmpname()
  local spec, start, config = base .. "_spec.lua", base .. "_start.lua", base .. "_config.lua"
  local lua, module = kit_paths()
  write(spec, head .. body)
  write(start, 'require "busted.runner"({ standalone = false })')
  write(config, "return {}")
  local command = string.format("TESSERA_KIT_GC= LUA_PATH='%s/?.lua;;' LUA_CPATH='%s/?.so;;' lua5.4 %s -f %s %s %s 2>&1", lua,
    module, start, config, table.concat({ ... }, " "), spec)
  local p = assert(io.popen(command))
  local text = p:read "a"
  local _, _, code = p:close()
  for _, path in ipairs { base, spec, start, config } do os.remove(path) end
  return text, code, spec
end

local function contains(text, part) assert.is_truthy(text:find(part, 1, true), part .. "\n--- is not in:\n" .. text) end

describe("a spec that fails", function()
  local failing = [[
describe("x", function()
  local shop, ada
  before_each(function() shop = open() ada = shop:member { email = "ada@example.com" } end)
  it("fails", function()
    ada:does("Order Completed")
    shop:advance "1 day"
    assert.has_no_tag(ada, "buyer")
  end)
end)]]

  for _, output in ipairs { "plainTerminal", "utfTerminal", "TAP", "gtest", "junit", "json" } do
    it("shows the timeline in the place of the failure, with the reporter " .. output, function()
      local text, code = nested(failing, "-o", output)
      assert.equal(1, code)
      if output == "json" or output == "junit" then
        text = text:gsub("\\n", "\n"):gsub("\\/", "/"):gsub('\\"', '"'):gsub("&quot;", '"'):gsub("&apos;", "'")
          :gsub("&gt;", ">"):gsub("&#10;", "\n")
      end
      contains(text, 'Expected not: email:ada@example.com (m1) to have the tag "buyer"')
      contains(text, "the tags are: buyer.")
      contains(text, "What happened to whom:")
      contains(text, "2026-01-15 10:00  Order Completed")
      contains(text, '-> tag added: buyer  by tag "buyer" (shop.lua:2)')
      contains(text, 'having read orders 30 days: 1')
    end)
  end

  it("names the line of the spec, and says each failure once", function()
    local text, _, spec = nested(failing, "-o", "plainTerminal")
    contains(text, "0 successes / 1 failure / 0 errors / 0 pending")
    contains(text, spec .. ":14: Expected not: ")
    assert.equal(1, select(2, text:gsub("What happened to whom", "")))
  end)

  it("shows what each assertion found in the place of what was expected", function()
    local text = nested([[
it("tier", function() local a = open():member {} assert.in_tier(a, "club", "High") end)
it("tier alone", function() local a = open():member {} assert.in_tier(a, "High") end)
it("heard", function() assert.heard(open():member {}, "hello") end)
it("explained", function() local a = open():member {} a:does "Order Completed" assert.explained_by(a, "fragile") end)
it("quarantined", function() assert.quarantined(open(), "wrong_type") end)
it("balance", function() assert.not_books_balance(open()) end)]], "-o", "plainTerminal")
    contains(text, "0 successes / 6 failures / 0 errors")
    contains(text, 'to be "High" in club;\nthe level is "Low", at 0; 2 is missing for High.')
    contains(text, 'to have heard "hello";\nwhat was heard: none.')
    contains(text, 'to be explained by "fragile";\nwhat explains it: buyer.')
    contains(text, 'something to be in quarantine as "wrong_type";\nwhat is there: none.')
    contains(text, "Expected not: the books to balance")
  end)

  it("hides neither quarantine, nor a refusal, nor a rule that raised", function()
    local text = nested([[
it("a", function() open():member {}:does "Order Complete" end)
it("b", function() open():member {}:does "Product Viewed" end)
it("c", function() open():member {}:redeem("stars", 1) end)
it("d", function() local a = open():member {} a:does("Product Viewed", nil, { errors = true }) end)]], "-o", "plainTerminal")
    contains(text, "1 success / 0 failures / 3 errors")
    contains(text, "Order Complete went to quarantine: unknown_event: ")
    contains(text, 'a rule failed:\n  rule "fragile" failed on Product Viewed (shop.lua:3): no')
    contains(text, "the redemption was refused: unknown_points: ")
  end)

  it("shows the timeline of what failed outside of a test as well", function()
    for _, place in ipairs { "setup", "lazy_setup", "teardown" } do
      local text, code = nested('describe("x", function() ' .. place
        .. '(function() local a = open():member {} a:does "Order Completed" assert.has_no_tag(a, "buyer") end) '
        .. 'it("y", function() end) end)', "-o", "plainTerminal")
      assert.equal(1, code)
      contains(text, '-> tag added: buyer  by tag "buyer" (shop.lua:2)')
      assert.equal(1, select(2, text:gsub("What happened to whom", "")))
    end
  end)

  it("shows those first whom it touched last, and says why a command was refused", function()
    local text = nested([[
it("a crowd", function()
  local crowd = open():population(20)
  crowd[20]:redeem("stars", 1, { refused = true })
  assert.has_tag(crowd[19], "buyer")
end)]], "-o", "plainTerminal")
    contains(text, "What happened to whom:\n  user_id:member-19 (m19) at ")
    contains(text, "  user_id:member-20 (m20) at ")
    contains(text, "-> refused: unknown_points: no points are called")
    contains(text, "... and 15 more members")
    assert.is_nil(text:find("member-1 ", 1, true))
  end)

  it("fails when its journal, run again, gives something else", function()
    local text, code = nested([[
it("differs", function()
  local shop = open()
  local native = shop.native
  shop.native = setmetatable({ replay = function() return nil, "record 7 (track) gives another result" end },
    { __index = function(_, key) return function(_, ...) return native[key](native, ...) end end })
end)
it("and the next one does not", function() open() end)
it("nor does one that closes by itself", function() open():close() end)]], "-o", "plainTerminal")
    contains(text, "2 successes / 1 failure / 0 errors")
    contains(text, "run again with another hash seed and another collector: record 7 (track) gives another result")
    assert.equal(1, code)
  end)

  it("is told what a pending test is, without a timeline", function()
    local text = nested([[
it("waits", function() open():member {} pending "until then" end)]], "-o", "plainTerminal")
    contains(text, "0 successes / 0 failures / 0 errors / 1 pending")
    assert.is_nil(text:find "What happened")
  end)
end)

describe("a wrong word", function()
  it("is told with the nearest right one", function()
    local shop = tessera.open { files = { ["x.lua"] = 'points "stars" {} tag "big spender" { on = "Page Viewed", keep = "1 day" }' } }
    local ada = shop:member {}
    for said, message in pairs {
      ['there is no tag "big spendr"; did you mean "big spender"?'] = function() assert.has_tag(ada, "big spendr") end,
      ['there are no points "start"; did you mean "stars"?'] = function() ada:points "start" end,
      ['there is no verb of a member "dose"; did you mean "does"?'] = function() ada:dose "x" end,
      ['there is no verb of a shop "advanse"; did you mean "advance"?'] = function() shop:advanse "1 day" end,
      ['there is no option of does "att"; did you mean "at"?'] = function() ada:does("Page Viewed", {}, { att = "" }) end,
      ['there is no identifier or part of a member "emial"; did you mean "email"?'] = function() shop:member { emial = "a" } end,
      ['there is no option of tessera.open "rule"; did you mean "rules"?'] = function() tessera.open { rule = "x" } end,
      ["tessera.open: rules must be a string, not a table"] = function() tessera.open { rules = {} } end,
      ['tessera.open: now: "soon" is no time'] = function() tessera.open { now = "soon" } end,
      ["the rules cannot be read: "] = function() tessera.open { rules = "nowhere" } end,
      ["assert.has_tag takes a member first, not 7"] = function() assert.has_tag(7, "x") end,
      ["a table with both a list and named fields"] = function() ada:does("Page Viewed", { x = { 1, a = 2 } }) end,
    } do
      local ok, found = pcall(message)
      assert.is_false(ok)
      contains(tostring(found), said)
      contains(tostring(found), "tests/spec/kit_failures_spec.lua:")
    end
  end)

  it("in the rules is told with file and line, all of them at once", function()
    local ok, message = pcall(tessera.open, { files = { ["a.lua"] = 'tag "x" {}\ntagg "y" {}', ["b.lua"] = 'points "p" { pendin = 1 }' } })
    assert.is_false(ok)
    contains(message, "the rules do not load:")
    contains(message, "\n  a.lua:1: ")
    contains(message, "\n  a.lua:2: unknown_word: ")
    contains(message, "\n  b.lua:1: unknown_option: ")
  end)
end)
