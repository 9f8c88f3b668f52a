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
end)
