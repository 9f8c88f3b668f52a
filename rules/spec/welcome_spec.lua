-- SPDX-License-Identifier: Apache-2.0
local tessera = require "tessera.test"

describe("the welcome", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { rules = "..", now = "2026-01-15 10:00" }
    ada = shop:member {}
  end)

  it("gives fifty stars with the first order, not with the second", function()
    assert.equal(0, ada:points "stars".pending)
    ada:does("Order Completed", { order_id = "o1", revenue = 10.00 })
    assert.equal(10 + 50, ada:points "stars".pending)
    ada:does("Order Completed", { order_id = "o2", revenue = 10.00 })
    assert.equal(20 + 50, ada:points "stars".pending)
  end)

  it("is not given again to who gave everything back", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 10.00 })
    ada:does("Order Refunded", { order_id = "o1", revenue = 10.00 })
    assert.equal(0, ada:points "stars".pending) -- the welcome came of that order and goes with it
    ada:does("Order Completed", { order_id = "o2", revenue = 10.00 })
    assert.equal(10, ada:points "stars".pending)
  end)

  it("to Gold gives two hundred stars, once in a life", function()
    ada:set_tier("membership", "Gold")
    assert.equal(200, ada:points "stars".pending)
    ada:set_tier("membership", "Silver")
    ada:set_tier("membership", "Gold")
    assert.equal(200, ada:points "stars".pending)
  end)
end)
