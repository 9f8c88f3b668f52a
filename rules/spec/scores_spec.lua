-- SPDX-License-Identifier: Apache-2.0
local tessera = require "tessera.test"

describe("scores", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { rules = "..", now = "2026-01-15 10:00" }
    ada = shop:member {}
  end)

  it("activity: halves in thirty days", function()
    ada:does("Review Posted", { rating = 5 })
    ada:does("Product Shared", { sku = "GE-V60" })
    assert.equal(8, ada:score "activity")
    shop:advance "30 days"
    assert.near(4, ada:score "activity", 1e-9)
  end)

  it("activity: twenty a day and no more", function()
    for _ = 1, 25 do ada:does("Product Viewed", { sku = "GE-V60" }) end
    assert.equal(20, ada:score "activity")
    shop:advance_to "2026-01-16 00:00"
    ada:does("Product Viewed", { sku = "GE-V60" })
    assert.near(21, ada:score "activity", 0.5) -- fourteen hours have taken a little
  end)

  it("conversion: goods in the basket, an order, and an order that comes back", function()
    ada:does("Product Added", { sku = "GE-V60" })
    ada:does("Order Completed", { order_id = "o1", revenue = 119.00 })
    assert.equal(12, ada:score "conversion")
    ada:does("Order Refunded", { order_id = "o1", revenue = 119.00 })
    assert.equal(2, ada:score "conversion")
    shop:advance "90 days"
    assert.near(1, ada:score "conversion", 1e-9)
  end)

  it("fit: follows the city, and does not add up", function()
    ada:identify { city = "Hangzhou" }
    assert.equal(6, ada:score "fit")
    ada:identify { city = "Shanghai" }
    assert.equal(10, ada:score "fit")
    ada:identify { city = "Lhasa" }
    assert.equal(0, ada:score "fit")
  end)
end)
