-- SPDX-License-Identifier: Apache-2.0
local tessera = require "tessera.test"

describe("segments", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { rules = "..", now = "2026-01-01 10:00" }
    ada = shop:member { consents = { "marketing" } }
  end)

  local number = 0
  local function buys()
    number = number + 1
    ada:does("Order Completed", { order_id = "o" .. number, revenue = 50.00 })
  end

  it("new: within thirty days of the first order, and never again", function()
    assert.not_in_segment(ada, "new") -- a visitor is no customer yet
    buys()
    assert.in_segment(ada, "new")
    shop:advance "30 days"
    assert.not_in_segment(ada, "new")
    buys()
    assert.not_in_segment(ada, "new") -- the second order makes nobody new
  end)

  it("regular: three orders within ninety days", function()
    buys() buys()
    assert.not_in_segment(ada, "regular")
    buys()
    assert.in_segment(ada, "regular")
    shop:advance "90 days"
    assert.not_in_segment(ada, "regular")
  end)

  it("sleeping: half a year after the last order, and a letter for who likes letters", function()
    buys()
    shop:advance_to "2026-06-29 12:00" -- day 179
    assert.not_in_segment(ada, "sleeping")
    shop:advance_to "2026-06-30 12:00" -- day 180
    assert.in_segment(ada, "sleeping")
    assert.heard(ada, "we miss you")
    buys()
    assert.not_in_segment(ada, "sleeping")
  end)

  it("sleeping: no letter for who did not ask for it", function()
    local leo = shop:member {}
    leo:does("Order Completed", { order_id = "leo1", revenue = 50.00 })
    shop:advance "200 days"
    assert.in_segment(leo, "sleeping")
    assert.not_heard(leo, "we miss you")
  end)

  it("sleeping: who never bought does not sleep", function()
    shop:advance "365 days"
    assert.not_in_segment(ada, "sleeping")
  end)
end)
