-- SPDX-License-Identifier: Apache-2.0
-- Slips of who writes specs: verbs with a point in the place of a colon, options that do not exist, values of another
-- kind. Each is told at the line of the spec, with what would be right; none passes in silence.
local tessera = require "tessera.test"

local rules = { ["house.lua"] = [[
program { name = "House", timezone = "Europe/Vienna", currency = "EUR" }
identifier "user_id" { strong = true, per_member = 1 }
identifier "email" { strong = true }
event "Stay" { nights = "integer", revenue = { "money", required = true } }
measure "nights" { on = "Stay", sum = "nights" }
measure "spend" { on = "Stay", sum = "revenue" }
points "stars" {}
trait "city" {}
consent "marketing" { default = "no" }
tag "vip" { class = "life" }
tiers "club" { basis = { measure = "spend" }, { "Guest" }, { "Gold", from = money "4000" } }
tiers "house" { basis = { { measure = "nights" }, { measure = "spend" } },
  { "Low" }, { "High", from = { 5, money "1000" } } }
rule "fragile" { on = "Stay", when = function(_, event) return event.nights == 3 end,
  act = function() error "not three" end }
]] }

describe("who writes specs", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { files = rules, now = "2026-03-28 10:00" }
    ada = shop:member { email = "ada@example.com" }
  end)

  -- Each message is an error at a line of this file.
  local function told(slips)
    for said, slip in pairs(slips) do
      local ok, found = pcall(slip)
      assert.is_false(ok, said)
      found = tostring(found)
      assert.is_truthy(found:find(said, 1, true), said .. "\n--- is not in:\n" .. found)
      assert.is_truthy(found:find("kit_slips_spec.lua:%d+: "), found)
    end
  end

  it("is told of a point in the place of a colon", function()
    told {
      ["write shop:now(...), with a colon"] = function() local now = shop.now() return now end,
      ["write shop:close(...), with a colon"] = function() shop.close() end,
      ["write ada:does(...), with a colon"] = function() ada.does("Stay", { revenue = 1 }) end,
    }
  end)

  it("is told of options that a verb does not have", function()
    told {
      ['there is no option of redeem "refuse"; did you mean "refused"?'] = function()
        ada:redeem("stars", 1, { refuse = true })
      end,
      ['there is no option of adjust "untl"'] = function() ada:adjust("stars", 1, { untl = "2026-04-01" }) end,
      ['there is no option of set_tier "untl"; did you mean "until"?'] = function()
        ada:set_tier("club", "Gold", { untl = "2026-04-01" })
      end,
      ['there is no option of set_tag "removed"; did you mean "remove"?'] = function()
        ada:set_tag("vip", { removed = true })
      end,
      ['there is no option of identify "wth"; did you mean "with"?'] = function() ada:identify({}, { wth = {} }) end,
      ['there is no identifier "emial"; did you mean "email"?'] = function()
        ada:identify({}, { with = { emial = "a@example.com" } })
      end,
      ['there is no option of advance "error"; did you mean "errors"?'] = function()
        shop:advance("1 day", { error = true })
      end,
      ['there is no option of reload "rule"; did you mean "rules"?'] = function() shop:reload { rule = "x" } end,
      ["reload takes a folder"] = function() shop:reload {} end,
      ['the options of does are a table, as { at = ... }, not "2026-03-27 10:00"'] = function()
        ada:does("Stay", { revenue = 1 }, "2026-03-27 10:00")
      end,
    }
    assert.equal("Guest", ada:tier "club")
  end)

  it("is told of values of another kind", function()
    told {
      ['write shop:member { email = "ada@example.com" }, with the kind of identifier, not "ada"'] = function()
        shop:member "ada"
      end,
      ["population takes a function second"] = function() shop:population(2, { email = "a" }) end,
      ['the consent marketing is true or false, not "Yes"'] = function()
        shop:member { consents = { marketing = "Yes" } }
      end,
      ['tiers are said by name: { membership = "Gold" }'] = function() shop:member { tiers = { "Gold" } } end,
      ["points are said by name: { stars = 100 }"] = function() shop:member { points = { 100 } } end,
      ['write ada:set_tier("membership", "Gold")'] = function() ada:set_tier "Gold" end,
      ['write ada:redeem("stars", 200)'] = function() ada:redeem { points = "stars", amount = 1 } end,
      ["files are texts by name"] = function() tessera.open { files = { "tag" } } end,
      ["assert.has_tag takes a member first, not a shop at 2026-03-28 10:00"] = function() assert.has_tag(shop, "vip") end,
      ["assert.has_tag takes the name of a tag, not a table"] = function() assert.has_tag(ada, { "vip" }) end,
      ['there is no reason "mising_field"; did you mean "missing_field"?'] = function()
        assert.not_quarantined(shop, "mising_field")
      end,
      ['there is no declaration "fragil"; did you mean "fragile"?'] = function()
        assert.not_explained_by(ada, "fragil")
      end,
      ["the name of the points is missing; there are: stars"] = function() ada:points() end,
    }
  end)

  it("is not shown what only the command line has", function()
    local ok, found = pcall(ada.measure, ada, "spend", "12 moths")
    assert.is_false(ok)
    assert.is_truthy(found:find "'12 moths' is not a window; windows are ")
    assert.is_nil(found:find("--window", 1, true))
  end)

  it("may say of a member that a tag is not given, and when he was first seen", function()
    local bob = shop:member { email = "bob@example.com", at = "2025-01-15 10:00", tags = { vip = false } }
    assert.same({}, bob:tags())
    assert.equal("2025-01-15 10:00", bob:timeline()[1].time)
    assert.has_tag(shop:member { tags = { vip = true } }, "vip")
    local eve = shop:member { tags = { vip = "2026-04-01" } }
    assert.has_tag(eve, "vip")
    shop:advance_to "2026-04-01"
    assert.has_no_tag(eve, "vip")
  end)

  it("hears of a rule that a preview makes fail", function()
    told {
      ['a rule would fail:\n  rule "fragile" failed on Stay (house.lua:'] = function()
        shop:decide(ada, "Stay", { revenue = 1, nights = 3 })
      end,
    }
    assert.same({}, shop:decide(ada, "Stay", { revenue = 1, nights = 3 }, { errors = true }))
    assert.same({}, shop:errors())
  end)

  it("sees money as money", function()
    ada:does("Stay", { revenue = "12.00", nights = 1 })
    assert.error_matches(function() assert.in_tier(ada, "club", "Gold") end,
      'the level is "Guest", at 12.00 EUR; 3,988.00 EUR is missing for Gold', 1, true)
    assert.error_matches(function() assert.in_tier(ada, "house", "High") end,
      'the level is "Low", at 1 (nights) and 12.00 EUR (spend); 4 (nights) or 988.00 EUR (spend) is missing for High',
      1, true)
  end)

  it("meets points with decimals in their smallest unit", function()
    local other = tessera.open { files = { ["miles.lua"] = [[
event "Flight" {}
points "miles" { decimals = 2 }
earn "by a head" { on = "Flight", give = 1.5 }
earn "by a function" { on = "Flight", amount = function() return 150 end }
rule "by a rule" { on = "Flight", act = function(member) member:earn("miles", 150) end }
]] } }
    local bob = other:member { points = { miles = 150 } }
    bob:does "Flight"
    assert.equal(600, bob:points "miles".available)
    bob:redeem("miles", 600)
    for _, earned in ipairs(bob:why "earn") do assert.is_truthy(earned.what:find("earned 1.50 miles", 1, true)) end
  end)

  it("may say a time with its offset from UTC, however that is written", function()
    for said, shown in pairs {
      ["2026-02-28 10:00"] = "2026-02-28 10:00", ["2026-02-28"] = "2026-02-28 00:00",
      ["2026-02-28T10:00:00Z"] = "2026-02-28 11:00", ["2026-02-28 10:00+02:00"] = "2026-02-28 09:00",
      ["2026-02-28 10:00+0200"] = "2026-02-28 09:00", ["2026-02-28T10:00:00.5-05:00"] = "2026-02-28 16:00:00.500",
    } do
      assert.equal(shown, tessera.open { files = rules, now = said }:now(), said)
    end
  end)

  it("is told which identifier identifies nobody", function()
    told { ["; it came with email:nomail"] = function() shop:member { email = "nomail" } end }
  end)

  it("reads in a timeline what a function read, money as money", function()
    local other = tessera.open { files = { ["shop.lua"] = [[
program { currency = "EUR" }
event "Sale" { paid = "money" }
measure "paid" { on = "Sale", sum = "paid" }
points "stars" {}
tag "rich" { when = function(member) return member:paid "1 year" >= money "10" and not member.tags["known"] end }
tag "known" { class = "life" }
milestone "hundred" { at = money "100", of = "paid", give = { points = "stars", amount = 5 } }
]] } }
    local bob = other:member {}
    bob:does("Sale", { paid = 120 })
    assert.equal('{"paid 12 months":12000,"tags.known":false}', bob:why "rich"[1].read)
    assert.equal("paid 12 months: 120.00 EUR, tags.known: no", bob:why "rich"[1].having_read)
    assert.equal("figure: 120.00 EUR, threshold: 100.00 EUR, times: 1", bob:why "earn"[1].having_read)
  end)

  it("hears why two are not one", function()
    local other = tessera.open { files = rules }
    told {
      ["is a member of another shop"] = function() shop:merge(ada, other:member {}) end,
      ["a join was refused: member m"] = function()
        shop:merge(shop:member { user_id = "u1" }, shop:member { user_id = "u2", email = "u2@example.com" })
      end,
    }
    assert.equal(ada, shop:merge(ada, ada))
  end)

  it("reads names where values are shown", function()
    assert.equal("email:ada@example.com (m1)", tostring(ada))
    assert.equal("a shop at 2026-03-28 10:00", tostring(shop))
  end)
end)
