-- SPDX-License-Identifier: Apache-2.0
-- The "ordinary member" of which the memory that a member takes is measured: 3 identifiers, 6 tags, 3 scores, 5 measures of 20
-- active days, 8 lots of points, and timers (stamps that end, windows that move, points that expire). See history.py.
program { name = "Ordinary members", timezone = "UTC", currency = "USD" }

identifier "user_id" { strong = true }
identifier "email" { strong = true, normalize = "email", from = "context.traits.email" }
identifier "anonymous_id" {}

event "Order Completed" { revenue = { "money", required = true }, items = "integer", minutes = "integer", photos = "integer" }
event "Shop Visited" { revenue = { "money", required = true }, items = "integer", minutes = "integer", photos = "integer" }

measure "visits" { on = { "Order Completed", "Shop Visited" } }
measure "spend" { on = { "Order Completed", "Shop Visited" }, sum = "revenue" }
measure "items" { on = { "Order Completed", "Shop Visited" }, sum = "items" }
measure "minutes" { on = { "Order Completed", "Shop Visited" }, sum = "minutes" }
measure "photos" { on = { "Order Completed", "Shop Visited" }, sum = "photos" }

tag "has come" { when = function(member) return member:visits() >= 1 end }
tag "has photos" { when = function(member) return member:photos() >= 1 end }
tag "this year" { when = function(member) return member:visits "12 months" >= 1 end }
tag "buyer" { on = "Order Completed", keep = "5 years" }
tag "visitor" { on = "Shop Visited", keep = "5 years" }
tag "known" { on = { "Order Completed", "Shop Visited" }, keep = "10 years" }

score "interest" { half_life = "30 days", events = { ["Shop Visited"] = 1, ["Order Completed"] = 5 } }
score "loyalty" { half_life = "90 days", events = { ["Order Completed"] = 10 } }
score "reach" { half_life = "7 days", events = { ["Shop Visited"] = 2 } }

tiers "membership" {
  basis = { measure = "spend", window = "lifetime" },
  { "bronze", rate = 1.0 },
  { "silver", from = money "1000.00", rate = 1.2 },
  upgrade = "at once",
}

points "points" { expire = { after = "36 months" } }
earn "points on orders" { on = "Order Completed", points = "points", give = 1, per = money "1", of = "revenue", times = "rate" }
