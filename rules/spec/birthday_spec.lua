-- SPDX-License-Identifier: Apache-2.0
local tessera = require "tessera.test"

describe("birthdays", function()
  local shop
  before_each(function()
    shop = tessera.open { rules = "..", now = "2027-02-01 12:00" }
  end)

  -- The stars of an order of 100.00 at noon of that day.
  local function stars(member, day)
    shop:advance_to(day .. " 12:00")
    local before = member:points "stars".pending
    member:does("Order Completed", { order_id = day, revenue = 100.00 })
    return member:points "stars".pending - before
  end

  it("double the stars of their month, and triple those of the day", function()
    local ada = shop:member { traits = { birthday = "1990-02-10" }, tags = { "welcomed" } }
    assert.equal(200, stars(ada, "2027-02-09"))
    assert.equal(300, stars(ada, "2027-02-10")) -- the better of both, not both
    assert.equal(200, stars(ada, "2027-02-11"))
    assert.equal(100, stars(ada, "2027-03-01"))
  end)

  it("on 29 February are kept on the 28th where there is no 29th", function()
    local leo = shop:member { traits = { birthday = "2000-02-29" }, tags = { "welcomed" } }
    assert.equal(200, stars(leo, "2027-02-27"))
    assert.equal(300, stars(leo, "2027-02-28"))
    assert.equal(200, stars(leo, "2028-02-28")) -- a year with a 29th
    assert.equal(300, stars(leo, "2028-02-29"))
  end)

  it("that we do not know are never", function()
    assert.equal(100, stars(shop:member { tags = { "welcomed" } }, "2027-02-10"))
  end)
end)
