-- SPDX-License-Identifier: Apache-2.0
local tessera = require "tessera.test"

describe("reviews", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { rules = "..", now = "2026-01-15 10:00" }
    ada = shop:member { tags = { "welcomed" } }
  end)

  local function reviews(rating) ada:does("Review Posted", { sku = "LN-DAY30", rating = rating }) end

  it("are worth twenty stars, good or bad, five times a month", function()
    for rating = 1, 5 do reviews(rating) end
    assert.equal(100, ada:points "stars".pending)
    reviews(5)
    assert.equal(100, ada:points "stars".pending)
    shop:advance_to "2026-02-01 00:00" -- the calendar's month, not thirty days
    reviews(5)
    assert.equal(20, ada:points "stars".pending)
  end)

  it("of a disappointed regular customer ask for a call", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 10.00 })
    ada:does("Order Completed", { order_id = "o2", revenue = 10.00 })
    reviews(2)
    assert.has_tag(ada, "to be called")
    shop:advance_to "2026-01-29 09:59"
    assert.has_tag(ada, "to be called")
    shop:advance_to "2026-01-29 10:01"
    assert.has_no_tag(ada, "to be called")
  end)

  it("ask for no call when the rating is fair, or somebody bought once only", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 10.00 })
    reviews(1)
    ada:does("Order Completed", { order_id = "o2", revenue = 10.00 })
    reviews(3)
    assert.has_no_tag(ada, "to be called")
  end)
end)
