-- SPDX-License-Identifier: Apache-2.0
-- Coverage: which lines of functions ran, which outcomes declarations had, and the report over several shops.
local engine = require "tessera.engine"
local coverage = require "tessera.test.coverage"

local text = [[
local function half(x)
  if x > 10 then
    return x / 2
  end
  return x
end
points "stars" {}
earn "a" { on = "Page Viewed", points = "stars", amount = function(member)
  return half(4)
end }
rule "b" { on = "Page Viewed", act = function(member) member:notify "x" end }
rule "c" { on = "Screen Viewed", act = function(member)
  member:notify "y"
end }
measure "views" { on = "Page Viewed" }
tag "t" { when = function(member) return member:views "1 day" > 0 end }
tiers "club" { basis = { measure = "views", window = "1 year" }, { "Low" }, { "Middle", from = 1 }, { "High", from = 9 } }
]]
local view = '{"type":"page","userId":"a"}'
local now = 1768442400000

-- What the report knows a shop by.
local function open(on)
  local native = engine.open { seed = 1, coverage = on }
  assert(native:activate({ { "x.lua", text } }, now))
  return { native = native, closed = false, folder = "some/spec/..", from_folder = { ["x.lua"] = true }, covered = -1 }
end

describe("coverage", function()
  it("says which lines ran", function()
    local shop = open(true)
    shop.native:submit(view, now)
    assert.same({ ["x.lua"] = { [2] = true, [3] = false, [5] = true, [9] = true, [11] = true, [13] = false, [16] = true } },
      shop.native:coverage().lines)
  end)

  it("marks nothing where it was not asked for", function()
    local shop = open(false)
    shop.native:submit(view, now)
    for _, ran in pairs(shop.native:coverage().lines["x.lua"]) do assert.is_false(ran) end
  end)

  it("adds up over shops, and names what none of them reached", function()
    local store = coverage.new()
    for i = 1, 2 do
      local shop = open(true)
      shop.native:submit(view, now)
      coverage.add(store, shop)
      if i == 2 then
        shop.native:submit('{"type":"screen","userId":"a"}', now)
        coverage.add(store, shop)
      end
    end
    local report = coverage.report(store, "nowhere at all")
    assert.equal(1, #report.files)
    local file = report.files[1]
    assert.equal("some/x.lua", file.file)
    assert.equal('tag "t" never went; tiers "club" never High; line 3', file.missing)
    assert.same({ 5, 7, 6, 7 }, { file.declarations_reached, file.declarations, file.lines_reached, file.lines })
    assert.same({ 11, 14 }, { report.reached, report.of })
  end)

  it("does not wait for a static tag to go: it says what does not change", function()
    local native = engine.open { seed = 1, coverage = true }
    assert(native:activate({ { "x.lua", [[
tag "old" { class = "static", when = function(member) return member.created < "2030-01-01" end }
tag "now" { when = function(member) return member.created < "2030-01-01" end }]] } }, now))
    local declared = native:coverage().declared
    assert.same({ "came" }, declared[1].outcomes)
    assert.same({ "came", "went" }, declared[2].outcomes)
  end)

  it("knows a file by one path, however it was named", function()
    assert.equal("rules/x.lua", coverage.normal "./rules/spec/.././x.lua")
    assert.equal("../rules/x.lua", coverage.normal "../rules/x.lua")
    assert.equal("/a/x.lua", coverage.normal "/a/b/../x.lua")
  end)
end)
