-- SPDX-License-Identifier: Apache-2.0
-- An airline: two kinds of miles, status by flights or miles of a calendar year, a soft landing, miles that live as long
-- as somebody flies. The figures are computed by hand in the comments.
local tessera = require "tessera.test"

describe("an airline", function()
  local shop, ines
  before_each(function()
    shop = tessera.open { rules = "airline", now = "2026-01-10 09:00" }
    ines = shop:member {}
  end)

  local number = 0
  local function flies(cabin, booking_class, miles, who)
    number = number + 1
    local one = who or ines
    one:does("Flight Flown", { ticket = "t" .. number, cabin = cabin, booking_class = booking_class, miles = miles })
  end
  local function award() return ines:points "award miles".available end
  local function status() return ines:points "status miles".available end

  describe("pays award miles", function()
    it("as flown, but at least 500", function()
      flies("economy", "M", 1200)
      assert.equal(1200, award())
      flies("economy", "M", 320)
      assert.equal(1200 + 500, award())
    end)

    it("with the best of the class bonuses, not their sum", function()
      flies("business", "J", 1000) -- business doubles, full fare would give a quarter: 1000 + 1000
      assert.equal(2000, award())
      flies("economy", "Y", 1001)  -- full fare: 1001 + 250.25, rounded down
      assert.equal(2000 + 1001 + 250, award())
      flies("premium", "W", 300)   -- of the 500 that are the least: 500 + 250
      assert.equal(2000 + 1251 + 750, award())
    end)

    it("and a fifth more to Gold, which adds up with the class", function()
      ines:set_tier("status", "Gold")
      flies("business", "C", 1000) -- 1000 + 1000 + 200
      assert.equal(2200, award())
    end)

    it("but none for flights that were paid with miles", function()
      flies("business", "X", 5000)
      assert.equal(0, award())
      assert.equal(0, status())
    end)
  end)

  describe("has status miles", function()
    it("double in front", function()
      flies("economy", "M", 1200)
      flies("premium", "W", 1000)
      flies("business", "C", 300)
      assert.equal(1200 + 2000 + 600, status())
    end)

    it("that buy nothing", function()
      flies("economy", "M", 1200)
      assert.equal("not_spendable", ines:redeem("status miles", 100, { refused = true }).code)
      assert.equal(1200, status())
      assert.equal("applied", ines:redeem("award miles", 100).status)
      assert.equal(1100, award())
    end)
  end)

  describe("gives status", function()
    it("by flights", function()
      for _ = 1, 3 do flies("economy", "M", 300) end
      assert.in_tier(ines, "Blue")
      flies("economy", "M", 300)
      assert.in_tier(ines, "Silver")
    end)

    it("or by miles", function()
      flies("business", "C", 5000) -- 10,000 status miles with one flight
      assert.in_tier(ines, "Silver")
      flies("business", "C", 7500) -- 25,000
      assert.in_tier(ines, "Gold")
    end)

    it("of the calendar year, not of twelve months", function()
      shop:advance_to "2026-12-20 12:00"
      for _ = 1, 3 do flies("economy", "M", 300) end
      shop:advance_to "2027-01-02 12:00"
      flies("economy", "M", 300)
      assert.in_tier(ines, "Blue")
    end)

    it("for the rest of the year and the whole of the next, and then lands softly", function()
      shop:advance_to "2026-05-01 12:00"
      for _ = 1, 8 do flies("economy", "M", 2000) end -- 8 flights, 16,000 miles: Gold by flights
      assert.in_tier(ines, "Gold")
      shop:advance_to "2027-01-02 12:00"              -- judged by 2026: 8 flights
      assert.in_tier(ines, "Gold")
      for _ = 1, 2 do flies("economy", "M", 2000) end -- 2027: 2 flights, 4,000 miles: too little even for Silver
      shop:advance_to "2027-12-31 23:00"
      assert.in_tier(ines, "Gold")
      shop:advance_to "2028-01-01 01:00"
      assert.in_tier(ines, "Silver")                  -- one level
      shop:advance_to "2028-12-31 23:00"
      assert.in_tier(ines, "Silver")
      shop:advance_to "2029-01-01 01:00"              -- 2028: no flight
      assert.in_tier(ines, "Blue")
    end)

    it("and keeps a level by what the last year gave in either measure", function()
      shop:advance_to "2026-05-01 12:00"
      for _ = 1, 8 do flies("economy", "M", 500) end
      shop:advance_to "2027-06-01 12:00"
      flies("business", "C", 12500) -- 25,000 status miles in 2027, one flight
      shop:advance_to "2028-01-02 12:00"
      assert.in_tier(ines, "Gold")
    end)
  end)

  describe("lets award miles expire", function()
    it("36 months after the last flight", function()
      flies("economy", "M", 1000)
      shop:advance_to "2028-06-10 09:00"
      flies("economy", "M", 600) -- moves the 1,000 to 10 June 2031
      shop:advance_to "2029-01-11 09:00"
      assert.equal(1600, award())
      shop:advance_to "2031-06-10 08:59"
      assert.equal(1600, award())
      shop:advance_to "2031-06-10 09:01"
      assert.equal(0, award())
      assert.books_balance(shop)
    end)

    it("36 months after a flight without miles, too: what counts is flying", function()
      flies("economy", "M", 1000)
      shop:advance_to "2028-06-10 09:00"
      flies("economy", "X", 600)
      shop:advance_to "2029-01-11 09:00"
      assert.equal(1000, award())
    end)

    it("after ten years at the latest", function()
      flies("economy", "M", 1000)
      for year = 2028, 2034, 2 do
        shop:advance_to(year .. "-06-10 09:00")
        flies("economy", "X", 600)
      end
      shop:advance_to "2035-12-10 09:00"
      flies("economy", "X", 600) -- would carry them to December 2038
      assert.equal(1000, award())
      shop:advance_to "2036-01-10 08:59"
      assert.equal(1000, award())
      shop:advance_to "2036-01-10 09:01"
      assert.equal(0, award())
    end)
  end)

  it("keeps its books over a crowd's three years", function()
    local crowd = shop:population(20, function(i)
      return { user_id = "p" .. i }
    end)
    for month = 1, 36 do
      for i, one in ipairs(crowd) do
        if (i + month) % 5 == 0 then flies(i % 3 == 0 and "business" or "economy", "M", 400 + 70 * i, one) end
      end
      shop:advance "30 days"
    end
    assert.equal(0, #shop:errors())
    assert.books_balance(shop)
  end)
end)
