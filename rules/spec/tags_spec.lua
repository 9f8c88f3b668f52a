-- SPDX-License-Identifier: Apache-2.0
local tessera = require "tessera.test"

describe("tags", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { rules = "..", now = "2026-01-14 10:00" } -- a Wednesday
    ada = shop:member {}
  end)

  it("static: founding members are those of before April 2024", function()
    assert.has_no_tag(ada, "founding member")
    local early = tessera.open { rules = "..", now = "2024-03-31 23:00" }
    local leo = early:member {}
    early:advance "2 years"
    assert.has_tag(leo, "founding member")
    assert.has_no_tag(early:member {}, "founding member")
  end)

  it("life: follow the city", function()
    assert.has_no_tag(ada, "lives near a shop") -- not known
    ada:identify { city = "Shanghai" }
    assert.has_tag(ada, "lives near a shop")
    ada:identify { city = "Lhasa" }
    assert.has_no_tag(ada, "lives near a shop")
  end)

  it("behaviour: a big spender spent 3,000 within twelve months, to the fen", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 2999.99 })
    assert.has_no_tag(ada, "big spender")
    ada:does("Order Completed", { order_id = "o2", revenue = 0.01 })
    assert.has_tag(ada, "big spender")
    shop:advance_to "2027-01-14 00:01" -- nothing happens but time
    assert.has_no_tag(ada, "big spender")
  end)

  it("behaviour: who looks five times a month without buying", function()
    for _ = 1, 5 do ada:does("Product Viewed", { sku = "GE-ESPRES" }) end
    assert.has_tag(ada, "looks and does not buy")
    shop:advance_to "2026-02-12 12:00"
    assert.has_tag(ada, "looks and does not buy")
    shop:advance_to "2026-02-13 12:00" -- thirty days later
    assert.has_no_tag(ada, "looks and does not buy")
  end)

  it("behaviour: who bought within ninety days does not only look", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 2899.00 })
    shop:advance_to "2026-04-13 12:00"
    for _ = 1, 5 do ada:does("Product Viewed", { sku = "GE-ESPRES" }) end
    assert.has_no_tag(ada, "looks and does not buy")
    shop:advance_to "2026-04-14 12:00" -- ninety days after the order
    assert.has_tag(ada, "looks and does not buy")
  end)

  it("behaviour: who shares twice", function()
    ada:does("Product Shared", { sku = "GE-V60" })
    assert.has_no_tag(ada, "sharer")
    ada:does("Product Shared", { sku = "GE-V60" })
    assert.has_tag(ada, "sharer")
    shop:advance "12 months" -- and does not any more
    assert.has_no_tag(ada, "sharer")
  end)

  it("behaviour: early birds buy before nine on a working day, and the stamp fades", function()
    ada:does("Order Completed", { order_id = "o1", revenue = 22.00 }, { at = "2026-01-11 08:00" }) -- a Sunday
    assert.has_no_tag(ada, "early bird")
    ada:does("Order Completed", { order_id = "o2", revenue = 22.00 }, { at = "2026-01-14 08:59" })
    assert.has_tag(ada, "early bird")
    shop:advance_to "2026-03-15 08:58"
    assert.has_tag(ada, "early bird")
    shop:advance_to "2026-03-15 09:00"
    assert.has_no_tag(ada, "early bird")
  end)
end)
