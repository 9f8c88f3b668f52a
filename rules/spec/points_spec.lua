-- SPDX-License-Identifier: Apache-2.0
local tessera = require "tessera.test"

describe("stars on purchases", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { rules = "..", now = "2026-01-15 10:00" } -- a Thursday
    ada = shop:member { tags = { "welcomed", "has been Gold" } }    -- so that no welcome stars come between
  end)

  it("pays a star for each whole yuan, spendable after two weeks", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 99.90 })
    assert.equal(99, ada:points "stars".pending)
    shop:advance "14 days"
    assert.equal(99, ada:points "stars".available)
    assert.equal(0, ada:points "stars".pending)
  end)

  it("rounds once, after the rate of the tier", function()
    ada:set_tier("membership", "Silver")
    ada:does("Order Completed", { order_id = "o1", revenue = 9.90 })
    assert.equal(11, ada:points "stars".pending) -- 9.90 x 1.2 = 11.88; rounding first would give 9 x 1.2 = 10.8
  end)

  it("pays an order once, however often it is sent", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 100.00 })
    shop:advance "1 hour"
    ada:does("Order Completed", { order_id = "o1", revenue = 100.00 })
    assert.equal(100, ada:points "stars".pending)
  end)

  it("pays no more than 5,000 a day", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 4800.00 })
    ada:does("Order Completed", { order_id = "o2", revenue = 1000.00 })
    assert.equal(5000, ada:points "stars".pending)
    shop:advance "1 day"
    ada:set_tier("membership", "Member")
    ada:does("Order Completed", { order_id = "o3", revenue = 100.00 })
    assert.equal(5100, ada:points "stars".pending)
  end)

  it("takes back what a refund no longer earns, at the rate of that day", function()
    ada:set_tier("membership", "Gold")
    ada:does("Order Completed", { order_id = "o1", revenue = 100.00 })
    assert.equal(150, ada:points "stars".pending)
    ada:set_tier("membership", "Member")
    ada:does("Order Refunded", { order_id = "o1", revenue = 40.00 })
    assert.equal(90, ada:points "stars".pending) -- 60.00 x 1.5
    ada:does("Order Refunded", { order_id = "o1", revenue = 60.00 })
    assert.equal(0, ada:points "stars".pending)
  end)

  it("leaves a debt when the stars of a returned order are spent already", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 100.00 })
    shop:advance "14 days"
    ada:redeem("stars", 80)
    ada:does("Order Refunded", { order_id = "o1", revenue = 100.00 })
    assert.equal(0, ada:points "stars".available)
    assert.equal(80, ada:points "stars".debt)
    assert.books_balance(shop)
  end)

  it("keeps stars for a year from the day they can be spent, to the end of that month, and says so before", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 100.00 })
    -- spendable on 29 January 2026, so good until 29 January 2027, so to the end of January
    shop:advance_to "2026-12-02 12:00"
    assert.not_heard(ada, "points.notice")
    shop:advance_to "2026-12-03 12:00" -- sixty days before 1 February
    assert.heard(ada, "points.notice")
    shop:advance_to "2027-01-31 23:59"
    assert.equal(100, ada:points "stars".available)
    shop:advance_to "2027-02-01 00:01"
    assert.equal(0, ada:points "stars".available)
    assert.books_balance(shop)
  end)
end)
