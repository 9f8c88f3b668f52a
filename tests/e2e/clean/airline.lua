-- SPDX-License-Identifier: Apache-2.0
-- Brief: two currencies of points, one for status and one to spend; times of the year; attribution; milestones.
program { name = "Northern Air", timezone = "Europe/Oslo", currency = "NOK" }

event "Flight Flown" {
  ticket = { "text", required = true }, fare = { "money", required = true }, cabin = "text", distance = "integer",
  agent = "text",
  legs = { "list", of = { from = "text", to = "text", distance = "integer", fare = "money", cabin = "text" } },
}
event "Offer Opened" { agent = "text" }
event "Flight Refunded" { ticket = { "text", required = true }, fare = "money" }
refund "Flight Refunded" { of = "Flight Flown", by = "ticket", amount = "fare" }

trait "birthday" { type = "date" }
measure "flights" { on = "Flight Flown" }
measure "paid" { on = "Flight Flown", sum = "fare" }
measure "cabins" { on = "Flight Flown", each = "legs", by = "cabin", where = { distance = { at_least = 500 } } }

points "miles" { pending = "3 days",
  expire = { after = "24 months", at = "quarter end", notice = "30 days", extended_by = "Flight Flown", at_latest = "60 months" } }
points "status miles" { spendable = false }

tag "frequent" { class = "behaviour" }
earn "miles" { on = "Flight Flown", points = "miles", each = "legs", give = 1, of = "distance", once_per = "ticket",
  where = { cabin = { "business", "first" }, fare = { at_least = money "500" }, to = { except = "SVL" } }, late = true }
earn "status" { on = "Flight Flown", points = "status miles", give = 2, per = money "10", of = "fare", priority = 3, funded_by = "Alliance" }
bonus "summer" { of = "miles", times = 2, during = { months = { "June", "July", "August" } }, where = { to = "LYR" } }
bonus "anniversary" { of = "miles", times = 3, during = { month_of = "birthday" } }
bonus "christmas" { of = "status", times = 2, during = { dates = { "2026-12-20", "2027-01-06" } } }
milestone "ten flights" { every = 10, of = "flights", give = { points = "miles", amount = 500, tag = "frequent", keep = "12 months" } }
milestone "a fortune" { at = { money "100000", money "500000" }, of = "paid", give = { notify = "thank you" } }
attribution "agents" { to = "agent", touches = "Offer Opened", credit = "Flight Flown", model = "even", within = "14 days", of = "fare" }
benefit "lounge" { terms = "With one guest", at_most = { 2, per = "calendar month" } }
tiers "wings" {
  basis = { points = "status miles", window = "calendar year" },
  { "Blue" }, { "Silver", from = 2000, benefits = { "lounge" } }, { "Gold", from = 5000, benefits = "lounge" },
  downgrade = { review = "yearly", grace = "1 month" }, on_refund = "review",
}
rule "congratulate" { on = "milestone.reached", act = function(member, event) member:notify(event.milestone, { times = event.times }) end }
rule "warn" { on = "points.expiring", act = function(member, event)
  member:notify("your " .. event.points .. " lapse", { amount = event.amount, left = member:points "miles".available })
end }
