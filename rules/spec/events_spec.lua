-- SPDX-License-Identifier: Apache-2.0
local tessera = require "tessera.test"

describe("the tracking plan", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { rules = "..", now = "2026-01-15 10:00" }
    ada = shop:member { tags = { "welcomed" } }
  end)

  it("takes an order as the channels send it", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 128.50, currency = "CNY", place = "Hangzhou West Lake",
      staff_id = "s101", products = { { sku = "LN-COLOR", category = "lens", price = 128.50, quantity = 1 } } })
    assert.equal(128, ada:points "stars".pending)
    assert.no_quarantined(shop)
  end)

  it("puts an order without a number into quarantine, and pays nothing for it", function()
    ada:does("Order Completed", { revenue = 128.50 }, { quarantine = true })
    assert.quarantined(shop, "missing_field")
    assert.equal(0, ada:points "stars".pending)
  end)

  it("does not take text for money, nor a thousandth of a yuan", function()
    ada:does("Order Completed", { order_id = "o1", revenue = "a lot" }, { quarantine = true })
    assert.quarantined(shop, "wrong_type")
    ada:does("Order Completed", { order_id = "o2", revenue = 10.005 }, { quarantine = true })
    assert.quarantined(shop, "money_precision")
  end)

  it("does not take an event that nobody planned", function()
    ada:does("Order Complete", { order_id = "o1", revenue = 128.50 }, { quarantine = true })
    assert.quarantined(shop, "unknown_event")
  end)
end)
