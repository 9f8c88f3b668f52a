-- SPDX-License-Identifier: Apache-2.0
local tessera = require "tessera.test"

describe("Monday mornings", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { rules = "..", now = "2026-01-12 07:00" } -- a Monday
    ada = shop:member { tags = { "welcomed" } }
  end)

  local function stars_at(time)
    shop:advance_to(time)
    local before = ada:points "stars".pending
    ada:does("Order Completed", { order_id = time, revenue = 100.00 })
    return ada:points "stars".pending - before
  end

  it("pay double from eight on", function()
    assert.equal(100, stars_at "2026-01-12 07:59")
    assert.equal(200, stars_at "2026-01-12 08:00")
  end)

  it("are over at eleven sharp, and on Tuesdays", function()
    assert.equal(200, stars_at "2026-01-12 10:59")
    assert.equal(100, stars_at "2026-01-12 11:00")
    assert.equal(100, stars_at "2026-01-13 09:00")
  end)

  it("double what Gold members get, which is one and a half", function()
    ada:set_tier("membership", "Gold")
    assert.equal(300, stars_at "2026-01-12 09:00")
  end)
end)
