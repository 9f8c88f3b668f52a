-- SPDX-License-Identifier: Apache-2.0
local tessera = require "tessera.test"

describe("the Harbour Club", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { rules = "..", now = "2026-01-16 12:00" }
    ada = shop:member { tags = { "welcomed" } }
  end)

  it("pays for what reaches it up to three days late", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 100.00 }, { at = "2026-01-13 12:00" })
    assert.equal(100, ada:points "stars".pending)
  end)

  it("counts what is later still, and pays nothing", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 100.00 }, { at = "2026-01-13 11:59" })
    assert.equal(0, ada:points "stars".pending)
    assert.equal(10000, ada:measure "spend") -- in fen
  end)

  it("has its days in Shanghai, wherever the order was made", function()
    shop:advance_to "2026-02-01 00:00"
    ada:does("Review Posted", { rating = 5 }, { at = "2026-01-31T15:59:00Z" }) -- 23:59 in Shanghai
    ada:does("Review Posted", { rating = 5 }, { at = "2026-01-31T16:00:00Z" }) -- February
    assert.equal(1, ada:measure("reviews", "calendar month"))
    assert.equal(1, ada:measure("reviews", "last calendar month"))
  end)
end)
