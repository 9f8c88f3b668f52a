-- SPDX-License-Identifier: Apache-2.0
-- A coffee chain: stars for each item of an order, a happy hour for some of them, every tenth coffee free. The figures are
-- computed by hand in the comments.
local tessera = require "tessera.test"

describe("a coffee chain", function()
  local shop, tom
  before_each(function()
    shop = tessera.open { rules = "coffee", now = "2026-01-05 08:00" } -- a Monday
    tom = shop:member {}
  end)

  local function item(category, price, quantity, milk)
    return { sku = category, category = category, price = price, quantity = quantity or 1, milk = milk }
  end
  local number = 0
  local function orders(items, at)
    number = number + 1
    tom:does("Order Completed", { order_id = "o" .. number, items = items }, { at = at })
  end
  local function stars() return tom:points "stars".available end

  it("pays two stars for a dollar, rounded once for the whole order", function()
    orders { item("pastry", 1.25), item("coffee", 1.25), item("coffee", 1.25) }
    assert.equal(7, stars()) -- 3.75 x 2 = 7.5; line by line it would be 2 + 2 + 2
  end)

  it("multiplies the price by the quantity", function()
    orders { item("coffee", 4.75, 3) }
    assert.equal(28, stars()) -- 14.25 x 2 = 28.5
  end)

  it("pays nothing for gift cards and deposits", function()
    orders { item("gift card", 25.00), item("coffee", 4.00), item("deposit", 0.50, 2) }
    assert.equal(8, stars())
  end)

  it("pays double for cold drinks in the happy hour, and only for them", function()
    shop:advance_to "2026-01-06 15:00"
    orders { item("coffee", 4.50), item("cold drink", 5.25, 2) }
    assert.equal(9 + 21 + 21, stars())
  end)

  it("ends the happy hour at four by the clock on the wall, in summer and in winter", function()
    for _, day in ipairs { "2026-03-06", "2026-03-09" } do -- summer time begins on 8 March
      shop:advance_to(day .. " 12:00")
      local before = stars()
      shop:advance_to(day .. " 13:59")
      orders { item("cold drink", 5.00) }
      assert.equal(10, stars() - before)
      shop:advance_to(day .. " 14:00")
      orders { item("cold drink", 5.00) }
      assert.equal(10 + 20, stars() - before)
      shop:advance_to(day .. " 16:00")
      orders { item("cold drink", 5.00) }
      assert.equal(10 + 20 + 10, stars() - before)
    end
  end)

  it("takes back what an order no longer earns, item by item", function()
    shop:advance_to "2026-01-06 15:00"
    orders { item("coffee", 4.50), item("cold drink", 5.25, 2) }
    assert.equal(9 + 21 + 21, stars())
    local order = "o" .. number
    tom:does("Order Refunded", { order_id = order, items = { item("coffee", 4.50) } })
    assert.equal(21 + 21, stars())
    tom:does("Order Refunded", { order_id = order, items = { item("cold drink", 5.25) } }) -- one of the two
    assert.equal(10 + 10, stars()) -- 5.25 x 2 = 10.5
    tom:does("Order Refunded", { order_id = order, items = { item("cold drink", 5.25) } })
    assert.equal(0, stars())
    assert.books_balance(shop)
  end)

  it("takes back from what is there when the stars of the order are spent, and else writes it down", function()
    orders { item("coffee", 50.00) }
    tom:redeem("stars", 80)
    orders { item("pastry", 5.00) }
    assert.equal(20 + 10, stars())
    tom:does("Order Refunded", { order_id = "o" .. number - 1 }) -- all of the first order: 100 stars
    assert.equal(0, stars())
    assert.equal(70, math.abs(tom:points "stars".debt))
    orders { item("pastry", 40.00) } -- 80: the debt is paid first
    assert.equal(10, stars())
    assert.equal(0, tom:points "stars".debt)
    assert.books_balance(shop)
  end)

  it("gives five stars for each drink with the mill's oats, in June", function()
    shop:advance_to "2026-05-31 23:59"
    orders { item("coffee", 4.00, 2, "oat") }
    assert.equal(16, stars())
    shop:advance_to "2026-06-01 00:00"
    orders { item("coffee", 4.00, 2, "oat"), item("coffee", 4.00, 1) }
    assert.equal(16 + 24 + 10, stars())
    shop:advance_to "2026-07-01 00:00"
    orders { item("coffee", 4.00, 1, "oat") }
    assert.equal(16 + 24 + 10 + 8, stars())
  end)

  it("gives the tenth coffee, also when one order goes over it", function()
    orders { item("coffee", 4.00, 9), item("pastry", 3.00, 5) }
    assert.equal(0, tom:points "free cups".available)
    orders { item("coffee", 4.00, 12) } -- the tenth and the twentieth
    assert.equal(2, tom:points "free cups".available)
    shop:advance_to "2026-03-06 07:59" -- sixty days
    assert.equal(2, tom:points "free cups".available)
    shop:advance_to "2026-03-06 08:00"
    assert.equal(0, tom:points "free cups".available)
  end)

  it("lives through a year of Mondays", function()
    for week = 1, 52 do -- Monday 5 January to Monday 28 December 2026
      orders { item("coffee", 4.00) } -- eight stars
      if week == 11 then assert.equal("applied", tom:redeem("free cups", 1).status) end -- that of 9 March
      if week < 52 then shop:advance "7 days" end
    end
    shop:advance_to "2027-01-01 12:00"
    -- Stars of July are good to the end of January. Mondays from July on: 4 + 5 + 4 + 4 + 5 + 4 = 26
    assert.equal(26 * 8, stars())
    -- Free cups: 9 March (spent), 18 May, 27 July, 5 October (lost after sixty days), 14 December
    assert.equal(1, tom:points "free cups".available)
    assert.books_balance(shop)
    assert.equal(0, #shop:errors())
  end)
end)
