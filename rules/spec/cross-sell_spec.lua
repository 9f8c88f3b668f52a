-- SPDX-License-Identifier: Apache-2.0
local tessera = require "tessera.test"

describe("cross-selling", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { rules = "..", now = "2026-01-15 10:00" }
    ada = shop:member {}
  end)

  local number = 0
  local function buys(category, sku)
    number = number + 1
    local order = { order_id = "o" .. number, revenue = 50.00,
      products = { { sku = sku or category, category = category, price = 50.00, quantity = 1 } } }
    ada:does("Order Completed", order)
    return order
  end

  it("finds who buys the solution here and the lenses elsewhere", function()
    assert.has_no_tag(ada, "solution only")
    buys "solution"
    assert.has_tag(ada, "solution only")
    buys "lens"
    assert.has_no_tag(ada, "solution only")
    assert.has_no_tag(ada, "lens only")
  end)

  it("finds who buys the lenses here and the solution elsewhere", function()
    buys "lens"
    assert.has_tag(ada, "lens only")
  end)

  it("knows who never had a lens: customers only, and not after the first pair", function()
    assert.has_no_tag(ada, "never a lens") -- who bought nothing is no customer
    buys "coffee"
    assert.has_tag(ada, "never a lens")
    buys "lens"
    assert.has_no_tag(ada, "never a lens")
  end)

  it("forgets lenses that were given back", function()
    buys "solution"
    local order = buys "lens"
    ada:does("Order Refunded", order)
    assert.has_tag(ada, "solution only")
  end)

  it("sees the same lens four times in a row, with other goods between", function()
    for _ = 1, 3 do
      buys("lens", "LN-DAY30")
      buys("solution", "SO-360")
      shop:advance "60 days"
    end
    assert.has_no_tag(ada, "the same lens for long")
    buys("lens", "LN-DAY30")
    assert.has_tag(ada, "the same lens for long")
    shop:advance "60 days"
    buys("lens", "LN-TORIC")
    assert.has_no_tag(ada, "the same lens for long")
  end)

  it("expects the next box after three months, and gives up after twelve", function()
    buys "lens"
    shop:advance_to "2026-04-15 12:00"
    assert.has_tag(ada, "lenses due") -- "3 months" on 15 April begins on 16 January
    shop:advance_to "2027-01-14 12:00"
    assert.has_tag(ada, "lenses due")
    shop:advance_to "2027-01-15 12:00"
    assert.has_no_tag(ada, "lenses due")
  end)

  it("knows who drinks our coffee and wears our lenses", function()
    buys "lens"
    assert.has_no_tag(ada, "both worlds")
    buys "beans"
    assert.has_tag(ada, "both worlds")
    shop:advance "12 months"
    assert.has_no_tag(ada, "both worlds")
  end)
end)
