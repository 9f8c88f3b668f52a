-- SPDX-License-Identifier: Apache-2.0
-- A car brand: no points at all, but scores that fade, tags, a segment of those who are about to buy, and dealers who
-- share the credit. The figures are computed by hand in the comments.
local tessera = require "tessera.test"

describe("a car brand", function()
  local shop, carla
  before_each(function()
    shop = tessera.open { rules = "cars", now = "2026-05-04 10:00" }
    carla = shop:member { traits = { children = 2, parking = "street" }, consents = { "calls" } }
  end)

  local function drives(dealer) carla:does("Test Drive Done", { model = "M3", dealer = dealer }) end
  local function quote(dealer) carla:does("Quote Requested", { model = "M3", dealer = dealer }) end
  local function signs(contract, price)
    carla:does("Contract Signed", { contract = contract, model = "M3", price = price })
  end

  local function credited(dealer) -- in cents
    local sum = 0
    for _, item in ipairs(carla:why "credit") do
      if item.effect.to == dealer then sum = sum + item.effect.amount end
    end
    return sum
  end

  it("weighs what somebody does", function()
    carla:does("Car Viewed", { model = "M3" })
    assert.equal(1, carla:score "browsing")
    carla:does("Brochure Downloaded", {})
    assert.equal(1 + 3, carla:score "browsing")
    carla:does("Configuration Saved", { model = "M3", price = 41000.00 })
    assert.equal(1 + 3 + 5, carla:score "browsing")
    drives "Lind"
    assert.equal(20, carla:score "interest")
    quote "Lind"
    assert.equal(20 + 30, carla:score "interest")
  end)

  it("counts no more than ten points of looking a day", function()
    for _ = 1, 30 do carla:does("Car Viewed", { model = "M3" }) end
    assert.equal(10, carla:score "browsing")
    shop:advance "30 days" -- half of it is left
    assert.near(5, carla:score "browsing", 1e-9)
  end)

  it("knows whom its cars suit, and changes its mind with their lives", function()
    assert.equal(10, carla:score "fit")
    carla:identify { parking = "garage" }
    assert.equal(15, carla:score "fit")
    carla:identify { ["company car"] = true }
    assert.equal(5, carla:score "fit")
    carla:identify { children = 0 }
    assert.equal(-5, carla:score "fit")
    carla:identify { children = 1 }
    assert.equal(0, carla:score "fit")
    carla:identify { children = 3 }
    assert.equal(5, carla:score "fit")
    carla:identify { children = 4 } -- too many for our cars
    assert.equal(-5, carla:score "fit")
  end)

  it("sees who is about to buy, and calls once", function()
    drives "Lind"                    -- 20
    assert.not_in_segment(carla, "about to buy")
    shop:advance "15 days"           -- 20 / sqrt 2 = 14.14
    quote "Lind"                     -- 44.14
    assert.in_segment(carla, "about to buy")
    assert.heard(carla, "call")
    shop:advance "16 days"           -- 44.14 / 2^(16/30) = 30.50
    assert.in_segment(carla, "about to buy")
    shop:advance "1 day"             -- 44.14 / 2^(17/30) = 29.80, but 30.09 at midnight, when segments are looked at
    assert.in_segment(carla, "about to buy")
    shop:advance "1 day"             -- at the next midnight 29.40
    assert.not_in_segment(carla, "about to buy")
  end)

  it("does not call who did not allow it, nor whom its cars do not suit", function()
    local dirk = shop:member { traits = { children = 1 } } -- fit 5
    dirk:does("Quote Requested", { model = "M3", dealer = "Lind" }) -- interest 30
    assert.in_segment(dirk, "about to buy")
    assert.not_heard(dirk, "call")
    local eva = shop:member { traits = { children = 0 }, consents = { "calls" } }
    eva:does("Quote Requested", { model = "M3", dealer = "Lind" })
    assert.not_in_segment(eva, "about to buy")
    assert.not_heard(eva, "call")
  end)

  it("lets owners in peace", function()
    quote "Lind"
    assert.in_segment(carla, "about to buy")
    signs("c1", 41000.00)
    assert.not_in_segment(carla, "about to buy")
    assert.has_tag(carla, "owner")
  end)

  it("remembers a drive for half a year and a quote for sixty days", function()
    drives "Lind"
    quote "Lind"
    shop:advance_to "2026-07-03 09:59"
    assert.has_tag(carla, "has a quote")
    shop:advance_to "2026-07-03 10:01"
    assert.has_no_tag(carla, "has a quote")
    shop:advance_to "2026-11-04 09:59"
    assert.has_tag(carla, "drove one")
    shop:advance_to "2026-11-04 10:01"
    assert.has_no_tag(carla, "drove one")
  end)

  it("knows who made up his mind which car", function()
    for _ = 1, 4 do carla:does("Car Viewed", { model = "M3" }) end
    carla:does("Car Viewed", { model = "M5" })
    assert.has_no_tag(carla, "knows which") -- four of five, but not five views
    carla:does("Car Viewed", { model = "M3" })
    assert.has_tag(carla, "knows which")     -- five of six: 0.83
    carla:does("Car Viewed", { model = "M5" })
    assert.has_no_tag(carla, "knows which") -- five of seven: 0.71
    for _ = 1, 3 do carla:does("Car Viewed", { model = "M3" }) end
    assert.has_tag(carla, "knows which")    -- eight of ten: 0.8, which is enough
    shop:advance_to "2026-08-02 12:00"      -- ninety days later
    assert.has_no_tag(carla, "knows which")
  end)

  it("shares the credit evenly, to the cent", function()
    drives "Lind"
    shop:advance "10 days"
    drives "Moor"
    shop:advance "10 days"
    quote "Nagel"
    signs("c1", 40000.00)
    -- 4,000,000 cents in three: one of them gets the cent that is over
    assert.equal(1333334, credited "Lind")
    assert.equal(1333333, credited "Moor")
    assert.equal(1333333, credited "Nagel")
  end)

  it("forgets dealers after ninety days", function()
    drives "Lind"
    shop:advance "89 days"
    quote "Moor"
    signs("c1", 30000.00) -- ninety local days, today among them: Lind is in
    assert.equal(1500000, credited "Lind")
    shop:advance "1 day"
    signs("c2", 30000.00) -- Lind is out
    assert.equal(1500000, credited "Lind")
    assert.equal(1500000 + 3000000, credited "Moor")
  end)

  it("has no points, and nothing goes wrong without them", function()
    assert.equal(0, #shop:errors())
    assert.books_balance(shop)
  end)
end)
