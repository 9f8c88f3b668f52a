-- SPDX-License-Identifier: Apache-2.0
local tessera = require "tessera.test"

describe("measures", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { rules = "..", now = "2026-01-15 10:00" }
    ada = shop:member {}
  end)

  local order = { order_id = "o1", revenue = 217.00, products = {
    { sku = "LN-DAY30", category = "lens", price = 149.00, quantity = 1 },
    { sku = "CF-OAT", category = "coffee", price = 34.00, quantity = 2 },
  } }

  it("count orders, money and goods", function()
    ada:does("Order Completed", order)
    assert.equal(1, ada:measure "orders")
    assert.equal(21700, ada:measure "spend") -- in fen
    assert.same({ lens = 1, coffee = 2 }, ada:measure "bought")
    assert.same({ ["LN-DAY30"] = 1 }, ada:measure "lenses")
  end)

  it("forget an order that came back, and the part of one that did", function()
    ada:does("Order Completed", order)
    ada:does("Order Refunded", { order_id = "o1", revenue = 68.00,
      products = { { sku = "CF-OAT", category = "coffee", price = 34.00, quantity = 2 } } })
    assert.equal(14900, ada:measure "spend")
    assert.same({ lens = 1 }, ada:measure "bought")
    ada:does("Order Refunded", { order_id = "o1", revenue = 149.00,
      products = { { sku = "LN-DAY30", category = "lens", price = 149.00, quantity = 1 } } })
    assert.equal(0, ada:measure "orders")
    assert.equal(0, ada:measure "spend")
  end)

  it("count views, shares, reviews, and scans by place", function()
    ada:does("Product Viewed", { sku = "GE-V60" })
    ada:does("Product Shared", { sku = "GE-V60" })
    ada:does("Review Posted", { sku = "GE-V60", rating = 4 })
    ada:does("QR Scanned", { place = "Hangzhou West Lake" })
    for _, name in ipairs { "views", "shares", "reviews" } do assert.equal(1, ada:measure(name)) end
    assert.same({ ["Hangzhou West Lake"] = 1 }, ada:measure "scans")
  end)

  it("roll: an order of a year ago is out, whatever day it is", function()
    ada:does("Order Completed", order)
    shop:advance_to "2027-01-14 23:59"
    assert.equal(21700, ada:measure("spend", "12 months"))
    shop:advance_to "2027-01-15 00:01"
    assert.equal(0, ada:measure("spend", "12 months"))
    assert.equal(21700, ada:measure "spend")
  end)
end)
