-- SPDX-License-Identifier: Apache-2.0
-- The words of the rules language as its specification writes them, in one program, and that each of them does what it
-- says. What belongs to a later version (stages, journeys, coupons ...) is left out; a milestone gives points here.
local tessera = require "tessera.test"

local words = [[
program { name = "Harbour Coffee", timezone = "Asia/Shanghai", currency = "CNY", late = "3 days" }
event "Order Completed" {                   -- the tracking plan; what breaks it goes to quarantine with a reason
  order_id = { "text", required = true },
  revenue  = { "money", required = true },  -- channels send 100.00; rules see 10000
  products = { "list", of = { sku = "text", category = "text", price = "money", quantity = "integer" } },
}
event "QR Scanned" { place = { "text", required = true }, staff_id = "text" }
event "Quote Requested" {}
event "Test Drive Booked" {}
event "Review Posted" {}                    -- the score below counts it
refund "Order Refunded" { of = "Order Completed", by = "order_id", amount = "revenue", lines = "products",
  line = "sku" }

identifier "user_id" { strong = true, per_member = 1 }
identifier "email"   { strong = true, per_member = 5, normalize = "email" }
identifier "phone"   { strong = true, per_member = 3, normalize = "phone:CN" }
identifier "device"  { per_member = 10 }    -- weak: may attach to a member, never joins two
blocked    "email"   { "test@test.com", "none@none.com" }

trait "birthday" { class = "static", type = "date" }     -- static ("dead") data; behaviour ("live") data are measures
trait "city"     { class = "life", type = "text" }       -- life ("fresh") data: circles, places, relations
consent "marketing"       { default = "no" }
consent "points donation" { default = "no" }

measure "orders" { on = "Order Completed" }
measure "spend"  { on = "Order Completed", sum = "revenue" }
measure "shares" { on = "Product Shared" }
measure "bought" { on = "Order Completed", each = "products", by = "category", sum = "quantity" }

tag "solution only" { when = function(member) return member:bought "solution" and not member:bought "lens" end }
tag "came by QR code" { class = "behaviour", on = "QR Scanned", keep = "90 days" }

score "activity"   { half_life = "30 days", at_most = { 20, per = "day" },
                     events = { ["Page Viewed"] = 1, ["Product Shared"] = 3, ["Review Posted"] = 5 } }
score "conversion" { half_life = "90 days", events = { ["Product Added"] = 2, ["Order Completed"] = 10 } }
score "fit"        { traits = { city = { Shanghai = 10, Hangzhou = 6 } } }

benefit "free delivery" { terms = "Every order, mainland addresses" }
benefit "lounge"        { terms = "Twice a month, with one guest", at_most = { 2, per = "month" } }
tiers "membership" {
  basis = { measure = "spend", window = "12 months" },
  { "Member",                      rate = 1.0 },
  { "Silver", from = money "1000", rate = 1.2, benefits = { "free delivery" } },
  { "Gold",   from = money "5000", rate = 1.5, benefits = { "free delivery", "lounge" } },   -- or: share = "10%"
  upgrade = "at once",
  downgrade = { review = "monthly", grace = "30 days", notice = "30 days", steps = 1 },
}

points "stars" { pending = "14 days", on_refund = "debt",
  expire = { after = "36 months", at = "month end", notice = { "60 days", "7 days" } } }
earn "stars on purchases" {
  on = "Order Completed", once_per = "order_id", points = "stars",
  give = 1, per = money "1", of = "revenue", times = "rate",   -- exact; rounded down once, at the end
  at_most = { 2000, per = "day" },
}
bonus "Monday mornings" { of = "stars on purchases", times = 2,
  during = { days = { "Monday" }, hours = { "08:00", "11:00" } } }
milestone "tenth coffee" { every = 10, of = "orders", give = { points = "stars", amount = 50 } }

segment "sleeping" { when = function(member)
  return member:did "Order Completed" and not member:did("Order Completed", "90 days") end }
attribution "shop assistants" { to = "staff_id", touches = "QR Scanned", credit = "Order Completed", model = "last",
  within = "30 days" }
]]

describe("the words of the specification", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { files = { ["words.lua"] = words }, now = "2026-01-15 10:00" } -- a Thursday
    ada = shop:member { email = "ada@example.com" }
  end)

  local function order(id, revenue, products, options)
    return ada:does("Order Completed", { order_id = id, revenue = revenue, products = products }, options)
  end

  describe("stars on purchases", function()
    before_each(function() ada:set_tier("membership", "Gold") end)

    it("pays Gold members one and a half, once the return window has passed", function()
      ada:does("Order Completed", { order_id = "o1", revenue = 100.00 })     -- as a channel sends it
      assert.equal(150, ada:points "stars".pending)
      shop:advance "15 days"
      assert.equal(150, ada:points "stars".available)
    end)

    it("takes back what a refund no longer earns, at the rate of that day", function()
      ada:does("Order Completed", { order_id = "o1", revenue = 100.00 })
      ada:set_tier("membership", "Member")
      ada:does("Order Refunded", { order_id = "o1", revenue = 40.00 })
      assert.equal(90, ada:points "stars".pending)
    end)

    it("pays an order once, and no more than the cap in a day", function()
      order("o1", 100)
      order("o1", 100)
      assert.equal(150, ada:points "stars".pending)
      order("o2", 5000)
      assert.equal(2000, ada:points "stars".pending)
      shop:advance "1 day"
      order("o3", 10)
      assert.equal(2015, ada:points "stars".pending)
    end)

    it("expires at the month's end, three years on", function()
      order("o1", 10)
      assert.equal("2029-02-01 00:00", ada:points "stars".lots[1].expires)
      shop:advance_to "2029-01-31 23:59"
      assert.equal(15, ada:points "stars".available)
      shop:advance_to "2029-02-01 00:00"
      assert.equal(0, ada:points "stars".available)
    end)
  end)

  it("adds Monday mornings as an entry of their own", function()
    shop:advance_to "2026-01-19 08:00"
    order("o1", 10)
    assert.equal(20, ada:points "stars".pending)
    assert.explained_by(ada, "Monday mornings", "stars")
    shop:advance_to "2026-01-19 11:00"
    order("o2", 10)
    assert.equal(30, ada:points "stars".pending)
  end)

  it("quarantines what breaks the tracking plan, with a reason", function()
    ada:does("Order Completed", { order_id = "o1" }, { quarantine = true })
    assert.quarantined(shop, "missing_field")
    ada:does("Order Complete", { order_id = "o1" }, { quarantine = true })
    assert.quarantined(shop, "unknown_event")
    assert.equal(0, ada:measure "orders")
  end)

  it("joins by strong identifiers, never by weak ones, and knows blocked values", function()
    local other = shop:member { phone = "13800138000" }
    ada:does("Page Viewed", nil, { with = { device = "d1" } })
    other:does("Page Viewed", nil, { with = { device = "d1" } })
    assert.not_equal(ada:number(), other:number())
    ada:does("Page Viewed", nil, { with = { phone = "+86 138 0013 8000" } })
    assert.equal(ada:number(), other:number())
    local tester = shop:member { user_id = "u1", email = "test@test.com" }
    local again = shop:member { user_id = "u2", email = "test@test.com" }
    assert.not_equal(tester:number(), again:number())
  end)

  it("keeps traits and consents", function()
    ada:identify { birthday = "1990-02-28", city = "Shanghai" }
    assert.equal("1990-02-28", ada:trait "birthday")
    assert.is_false(ada:consent "marketing")
    ada:consents "marketing"
    assert.is_true(ada:consent "marketing")
    assert.is_false(ada:consent "points donation")
  end)

  it("keeps figures by day, so that any window is exact", function()
    order("o1", 100, { { sku = "a", category = "solution", price = 100, quantity = 2 } })
    shop:advance "40 days"
    order("o2", 50)
    ada:does("Product Shared", { share_via = "wechat" })
    assert.equal(2, ada:measure "orders")
    assert.equal(1, ada:measure("orders", "30 days"))
    assert.equal(15000, ada:measure("spend", "12 months"))
    assert.same({ solution = 2 }, ada:measure "bought")
    assert.equal(1, ada:measure "shares")
  end)

  it("tags while a condition is true, and stamps at an event", function()
    order("o1", 100, { { sku = "a", category = "solution", price = 100, quantity = 1 } })
    assert.has_tag(ada, "solution only")
    order("o2", 100, { { sku = "b", category = "lens", price = 100, quantity = 1 } })
    assert.has_no_tag(ada, "solution only")
    ada:does("QR Scanned", { place = "till 3" })
    shop:advance "89 days"
    assert.has_tag(ada, "came by QR code")
    shop:advance "1 day"
    assert.has_no_tag(ada, "came by QR code")
  end)

  it("scores what fades, what is capped and who somebody is", function()
    for _ = 1, 30 do ada:does "Page Viewed" end
    assert.near(20, ada:score "activity", 1e-9)
    shop:advance "30 days"
    assert.near(10, ada:score "activity", 1e-9)
    ada:does "Product Added"
    assert.near(2, ada:score "conversion", 1e-9)
    ada:identify { city = "Hangzhou" }
    assert.equal(6, ada:score "fit")
  end)

  it("lifts at once, and lowers only at a review, after notice and grace, one step at a time", function()
    order("o1", 999.99)
    assert.in_tier(ada, "membership", "Member")
    order("o2", 4000.01)
    assert.in_tier(ada, "membership", "Gold")
    shop:advance_to "2027-02-01 00:00" -- the first review that finds too little
    assert.in_tier(ada, "membership", "Gold")
    shop:advance "60 days"
    assert.in_tier(ada, "membership", "Silver")
    assert.explained_by(ada, "membership", "tier")
  end)

  it("gives for every tenth order", function()
    for i = 1, 20 do order("o" .. i, 0.5) end
    local gifts = 0
    for _, item in ipairs(ada:why "earn") do
      if item.rule == "tenth coffee" then gifts = gifts + item.effect.granted end
    end
    assert.equal(100, gifts)
  end)

  it("knows who sleeps", function()
    assert.not_in_segment(ada, "sleeping")
    order("o1", 10)
    shop:advance "89 days"
    assert.not_in_segment(ada, "sleeping")
    shop:advance "1 day"
    assert.in_segment(ada, "sleeping")
    order("o2", 10)
    assert.not_in_segment(ada, "sleeping")
  end)

  it("credits the shop assistant of the last scan", function()
    ada:does("QR Scanned", { place = "till 1", staff_id = "s1" })
    shop:advance "1 minute"
    ada:does("QR Scanned", { place = "till 2", staff_id = "s2" })
    shop:advance "2 days"
    order("o1", 10)
    assert.explained_by(ada, "shop assistants")
    local credit = ada:why "credit"[1]
    assert.equal("s2", credit.effect.to)
  end)

  it("says of words that are not here yet that they belong to a later version", function()
    for _, word in ipairs { "hold", "transfer", "donates", "claims", "joins_by", "in_arm" } do
      assert.error_matches(function() ada[word](ada, "x") end, "belongs to a later version")
    end
    assert.error_matches(function() shop:charity "Clean Water Fund" end, "belongs to a later version")
    assert.error_matches(function() shop:split(ada) end, "belongs to a later version")
    assert.error_matches(function() assert.was_sent(ada, "we miss you") end, "belongs to a later version")
    assert.error_matches(function() assert.was_not_sent(ada, "we miss you") end, "belongs to a later version")
    assert.error_matches(function() assert.in_stage(ada, "car purchase", "ask") end, "belongs to a later version")
    assert.error_matches(function() assert.owns_coupon(ada, "a coffee") end, "belongs to a later version")
  end)
end)
