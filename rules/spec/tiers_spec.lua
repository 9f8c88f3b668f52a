-- SPDX-License-Identifier: Apache-2.0
local tessera = require "tessera.test"

describe("tiers", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { rules = "..", now = "2026-01-15 10:00" }
    ada = shop:member {}
  end)

  local number = 0
  local function spends(amount)
    number = number + 1
    ada:does("Order Completed", { order_id = "o" .. number, revenue = amount })
  end

  it("go up at once, at exactly 1,000 and 5,000", function()
    spends(999.99)
    assert.in_tier(ada, "Member")
    spends(0.01)
    assert.in_tier(ada, "Silver")
    spends(4000.00)
    assert.in_tier(ada, "Gold")
  end)

  it("are not lost by spending stars", function()
    ada:does("Order Completed", { order_id = "big", revenue = 1000.00 })
    shop:advance "20 days"
    ada:redeem("stars", 1000)
    assert.in_tier(ada, "Silver")
  end)

  it("go down one step, at a review a month after they were told", function()
    spends(5000.00)
    assert.in_tier(ada, "Gold")
    -- The order leaves the window on 15 January 2027. The review of 1 February finds nothing and says so; thirty days
    -- later is 3 March, and the first review after that is on 1 April.
    shop:advance_to "2027-02-02 12:00"
    assert.in_tier(ada, "Gold")
    assert.heard(ada, "tier.notice")
    shop:advance_to "2027-03-31 23:59"
    assert.in_tier(ada, "Gold")
    shop:advance_to "2027-04-01 00:01"
    assert.in_tier(ada, "Silver") -- not Member, although nothing was bought at all
  end)

  it("are kept by who buys in time", function()
    spends(5000.00)
    shop:advance_to "2027-02-15 12:00"
    spends(5000.00)
    shop:advance_to "2027-04-15 12:00"
    assert.in_tier(ada, "Gold")
  end)
end)
