-- SPDX-License-Identifier: Apache-2.0
local tessera = require "tessera.test"

describe("the tenth coffee", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { rules = "..", now = "2026-01-15 10:00" }
    ada = shop:member { tags = { "welcomed" } }
  end)

  local number = 0
  local function drinks(cups)
    number = number + 1
    ada:does("Order Completed", { order_id = "c" .. number, revenue = 0.00,
      products = { { sku = "CF-OAT", category = "coffee", price = 34.00, quantity = cups } } })
    return ada:points "stars".pending
  end

  it("gives thirty stars at the tenth cup, not before", function()
    assert.equal(0, drinks(9))
    assert.equal(30, drinks(1))
    assert.equal(30, drinks(9))
    assert.equal(60, drinks(1))
  end)

  it("counts cups and not orders, and loses none when one order goes over ten", function()
    assert.equal(0, drinks(8))
    assert.equal(30, drinks(4))      -- the twelfth
    assert.equal(30, drinks(7))      -- the nineteenth
    assert.equal(30 + 60, drinks(12)) -- the thirty-first: the twentieth and the thirtieth
  end)

  it("does not take beans for coffee", function()
    ada:does("Order Completed", { order_id = "b", revenue = 0.00,
      products = { { sku = "BN-HOUSE", category = "beans", price = 99.00, quantity = 10 } } })
    assert.equal(0, ada:points "stars".pending)
  end)
end)
