-- SPDX-License-Identifier: Apache-2.0
-- The test kit itself: its verbs and readings, with rules given as text.
local tessera = require "tessera.test"

local rules = { ["shop.lua"] = [[
program { name = "Harbour", timezone = "Asia/Shanghai", currency = "CNY", late = "3 days" }
event "Order Completed" { order_id = { "text", required = true }, revenue = { "money", required = true } }
trait "city" { class = "life", type = "text" }
consent "marketing" { default = "no" }
measure "orders" { on = "Order Completed" }
measure "spend" { on = "Order Completed", sum = "revenue" }
tag "buyer" { when = function(member) return member:orders "30 days" > 0 end }
score "activity" { half_life = "30 days", events = { ["Page Viewed"] = 1 } }
tiers "membership" {
  basis = { measure = "spend", window = "12 months" },
  { "Member" }, { "Gold", from = money "1000", rate = 1.5 },
  upgrade = "at once",
}
points "stars" { pending = "14 days" }
earn "stars on purchases" {
  on = "Order Completed", once_per = "order_id", points = "stars",
  give = 1, per = money "1", of = "revenue", times = "rate",
}
rule "thanks" { on = "Order Completed", act = function(member, event)
  if event.revenue == 666 then error "not this one" end
  member:notify("thank you", { order = event.order_id })
end }
]] }

describe("a shop", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { files = rules, now = "2026-01-15 10:00" }
    ada = shop:member { email = "ada@example.com", traits = { city = "Shanghai" }, consents = { "marketing" } }
  end)

  it("has a clock that only the test moves, in the program's zone", function()
    assert.equal("2026-01-15 10:00", shop:now())
    shop:advance "2 days"
    assert.equal("2026-01-17 10:00", shop:now())
    shop:advance_to "2026-02-01 09:30"
    assert.equal("2026-02-01 09:30", shop:now())
    assert.error_matches(function() shop:advance_to "2026-01-31 09:30" end, "time does not run backwards")
    assert.error_matches(function() shop:advance "2 fortnights" end, "advance: ")
  end)

  it("knows what members do", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 100.00 })
    assert.equal(100, ada:points "stars".pending)
    assert.equal(10000, ada:measure("spend", "12 months"))
    assert.equal(1, ada:measure "orders")
    assert.has_tag(ada, "buyer")
    assert.heard(ada, "thank you")
    assert.explained_by(ada, "stars on purchases", "stars")
    shop:advance "14 days"
    assert.equal(100, ada:points "stars".available)
    shop:advance "17 days"
    assert.has_no_tag(ada, "buyer")
    assert.books_balance(shop)
  end)

  it("knows what is said of them", function()
    assert.equal("Shanghai", ada:trait "city")
    assert.is_true(ada:consent "marketing")
    ada:consents("marketing", false)
    assert.is_false(ada:consent "marketing")
    ada:identify { city = "Hangzhou" }
    assert.equal("Hangzhou", ada:trait "city")
  end)

  it("moves points by hand", function()
    ada:adjust("stars", 50, "a late parcel")
    ada:redeem("stars", 20)
    assert.equal(30, ada:points "stars".available)
    assert.error_matches(function() ada:redeem("stars", 31) end, "insufficient_points")
    assert.equal("insufficient_points", ada:redeem("stars", 31, { refused = true }).code)
    assert.equal(30, shop:liability "stars".available)
  end)

  it("hides no quarantine and no rule error", function()
    assert.error_matches(function() ada:does("Order Completed", { order_id = "o1" }) end, "missing_field")
    ada:does("Order Completed", { order_id = "o1" }, { quarantine = true })
    assert.quarantined(shop, "missing_field")
    assert.not_quarantined(shop, "unknown_event")
    assert.error_matches(function() ada:does("Order Completed", { order_id = "o1", revenue = 6.66 }) end,
      'rule "thanks" failed on Order Completed %(shop.lua:20%): not this one')
    ada:does("Order Completed", { order_id = "o2", revenue = 6.66 }, { errors = true })
    assert.equal(2, #shop:errors())
  end)

  it("sees when two are one", function()
    local other = shop:member {}
    shop:merge(ada, other)
    assert.equal(ada:number(), other:number())
  end)

  it("previews without a trace", function()
    local effects = shop:decide(ada, "Order Completed", { order_id = "o1", revenue = 100.00 })
    assert.equal("earn", effects[1].kind)
    assert.equal(0, ada:measure "orders")
  end)

  it("takes what comes late as the program says", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 10 }, { at = "2026-01-12 10:01" })
    assert.equal(10, ada:points "stars".pending)
    ada:does("Order Completed", { order_id = "o2", revenue = 10 }, { at = "2026-01-12 09:59" })
    assert.equal(10, ada:points "stars".pending)
    assert.equal(2, ada:measure "orders")
  end)

  it("knows an event that was sent twice, and lets a channel be named", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 10 }, { message_id = "m-1", channel = "app" })
    local again = ada:does("Order Completed", { order_id = "o1", revenue = 10 }, { message_id = "m-1", channel = "app" })
    assert.equal("duplicate", again.status)
    ada:does("Order Completed", { order_id = "o3", revenue = 10 })
    ada:does("Order Completed", { order_id = "o3", revenue = 10 })
    assert.equal(3, ada:measure "orders") -- two equal events are two
  end)

  it("assigns levels and tags by hand", function()
    local bob = shop:member { tiers = { membership = "Gold" }, points = { stars = 7 } }
    assert.in_tier(bob, "membership", "Gold")
    assert.in_tier(bob, "Gold")
    assert.equal(7, bob:points "stars".available)
    assert.equal("Gold", bob:tiers "membership".name)
    bob:set_tier("membership", "Member", { ["until"] = "2026-06-01 00:00" })
    assert.not_in_tier(bob, "membership", "Gold")
    assert.error_matches(function() bob:set_tier("membership", "Goldy") end, "unknown_tier")
    assert.error_matches(function() bob:set_tag "buyer" end, "not_settable")
  end)

  it("is made of many members when asked", function()
    local crowd = shop:population(20, function(i) return { email = "p" .. i .. "@example.com" } end)
    for i, one in ipairs(crowd) do one:does("Order Completed", { order_id = "o" .. i, revenue = i }) end
    assert.equal(210, shop:liability().stars.pending)
    assert.equal(20, #shop:population(20))
    assert.books_balance(crowd[1])
  end)

  it("takes another rule set in its stride, and keeps the old one when that is broken", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 10 })
    assert.error_matches(function() shop:reload { files = { ["a.lua"] = "tag 'x' {}" } } end, "a.lua:1: ")
    assert.has_tag(ada, "buyer")
    local other = rules["shop.lua"]:gsub('"buyer"', '"customer"')
    shop:reload { files = { ["shop.lua"] = other } }
    assert.has_tag(ada, "customer")
    assert.error_matches(function() assert.has_tag(ada, "buyer") end, "there is no tag")
  end)

  it("tells why", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 10 })
    local items = ada:why "earn"
    assert.equal(1, #items)
    assert.same({ "stars on purchases", "earn", "shop.lua" }, { items[1].rule, items[1].word, items[1].file })
    assert.equal("2026-01-15 10:00", items[1].time)
    assert.equal('{"orders 30 days":1}', ada:why "buyer"[1].read)
    assert.equal("Order Completed", ada:timeline()[2].event)
  end)

  it("ends when it is told to, and nothing can be asked of it then", function()
    shop:close()
    shop:close()
    assert.error_matches(function() ada:tags() end, "the shop is closed")
    assert.error_matches(function() shop:advance "1 day" end, "closed")
  end)
end)

describe("a shop of a setup", function()
  local shop, ada
  setup(function()
    shop = tessera.open { files = rules, now = "2026-01-15 10:00" }
    ada = shop:member {}
  end)
  for i = 1, 3 do
    it("serves test " .. i .. " too, and is run again behind each", function()
      ada:does("Order Completed", { order_id = "o" .. i, revenue = 10 })
      assert.equal(i, ada:measure "orders")
      collectgarbage()
    end)
  end
end)

describe("values", function()
  it("are sent as JSON has them", function()
    local shop = tessera.open { files = { ["x.lua"] = [[
event "E" { text = "text", n = "number", i = "integer", b = "boolean", list = { "list", of = { a = "text" } } }
]] } }
    local ada = shop:member {}
    ada:does("E", { text = 'ä "\\\n\1', n = 0.1, i = 9007199254740991, b = false, list = {} })
    ada:does("E", { text = tessera.null, list = tessera.list { { a = "x" } } })
    local first = ada:timeline()[2].properties
    assert.same({ text = 'ä "\\\n\1', n = 0.1, i = 9007199254740991, b = false, list = {} }, first)
    assert.error_matches(function() ada:does("E", { n = 0 / 0 }) end, "not finite")
    assert.error_matches(function() ada:does("E", { text = print }) end, "a function where a value should be")
  end)
end)
