-- SPDX-License-Identifier: Apache-2.0
local tessera = require "tessera.test"

describe("shop assistants", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { rules = "..", now = "2026-01-15 10:00" }
    ada = shop:member {}
  end)

  local function scans(assistant) ada:does("QR Scanned", { place = "Hangzhou West Lake", staff_id = assistant }) end
  local function credited(assistant) -- in fen
    local sum = 0
    for _, item in ipairs(ada:why "credit") do
      if item.effect.to == assistant then sum = sum + item.effect.amount end
    end
    return sum
  end

  it("get the credit for what their members buy within thirty days", function()
    scans "s101"
    shop:advance "29 days"
    ada:does("Order Completed", { order_id = "o1", revenue = 100.00 })
    assert.equal(10000, credited "s101")
    assert.has_tag(ada, "came by QR code")
  end)

  it("are remembered for ninety days by the tag", function()
    scans "s101"
    shop:advance_to "2026-04-15 09:59"
    assert.has_tag(ada, "came by QR code")
    shop:advance_to "2026-04-15 10:01"
    assert.has_no_tag(ada, "came by QR code")
  end)

  it("get none on the thirty-first day", function()
    scans "s101"
    shop:advance "30 days"
    ada:does("Order Completed", { order_id = "o1", revenue = 100.00 })
    assert.equal(0, credited "s101")
  end)

  it("get it all when they were the last", function()
    scans "s101"
    shop:advance "1 day"
    scans "s102"
    ada:does("Order Completed", { order_id = "o1", revenue = 100.00 })
    assert.equal(0, credited "s101")
    assert.equal(10000, credited "s102")
  end)
end)
