-- SPDX-License-Identifier: Apache-2.0
-- A small rule set for tests/kill, which touches what is written on the way of a record: figures, tags with timers, a score, tiers
-- with a review, pending and expiring points, and a rule that raises now and then. Its input is `tessera sample`.
program { name = "Under fire", timezone = "Asia/Shanghai", currency = "CNY", unknown_events = "accept" }

event "Order Completed" {
  order_id = { "text", required = true },
  revenue = { "money", required = true },
  products = { "list", of = { sku = "text", category = "text", price = "money", quantity = "integer" } },
}
event "QR Scanned" { place = { "text", required = true } }
event "Review Posted" { rating = "integer" }

measure "orders" { on = "Order Completed" }
measure "spend" { on = "Order Completed", sum = "revenue" }
measure "bought" { on = "Order Completed", each = "products", by = "category", sum = "quantity" }

tag "regular" { when = function(member) return member:orders "90 days" >= 3 end }
tag "came by QR code" { on = "QR Scanned", keep = "30 days" }
tag "lens buyer" { when = function(member) return member:bought "lens" and true or false end }

score "activity" { half_life = "30 days", at_most = { 20, per = "day" }, events = { ["Page Viewed"] = 1, ["Review Posted"] = 5 } }

tiers "club" {
  basis = { measure = "spend", window = "6 months" },
  { "Member", rate = 1.0 },
  { "Silver", from = money "500", rate = 1.25 },
  { "Gold", from = money "2000", rate = 1.5 },
  upgrade = "at once",
  downgrade = { review = "monthly", grace = "30 days", notice = "14 days", steps = 1 },
}

points "stars" { pending = "7 days", expire = { after = "6 months", at = "month end" } }
earn "stars on orders" {
  on = "Order Completed", once_per = "order_id", points = "stars", give = 1, per = money "1", of = "revenue", times = "rate",
  at_most = { 1000, per = "day" },
}
bonus "Mondays twice" { of = "stars on orders", times = 2, during = { days = { "Monday" } } }

rule "thank for reviews" {
  on = "Review Posted",
  act = function(member, event)
    if event.rating == 1 then error("a review of one star") end
    member:set("last rating", event.rating)
  end,
}
trait "last rating" { class = "life", type = "integer" }
