-- SPDX-License-Identifier: Apache-2.0
-- Tiers, points, and what makes them.
benefit "free delivery" { terms = "Every order, mainland addresses" }
benefit "lounge"        { terms = "Twice a month, with one guest", at_most = { 2, per = "month" } }
tiers "membership" {
  basis = { measure = "spend", window = "12 months" },
  { "Member",                      rate = 1.0 },
  { "Silver", from = money "1000", rate = 1.2, benefits = { "free delivery" } },
  { "Gold",   from = money "5000", rate = 1.5, benefits = { "free delivery", "lounge" }, never_lost = true,
    gift = { name = "cup", worth = money "3.5", sizes = { 1, 2.5 } } },
  upgrade = "at once",
  downgrade = { review = "quarterly", grace = "30 days", notice = "1 month", steps = 1 },
}
tiers "collector" { basis = { points = "stars" }, { "New" }, { "Old", from = 12.5 }, upgrade = "review", on_refund = "now" }

points "stars" { pending = "14 days", on_refund = "debt", decimals = 1,
  expire = { after = "36 months", at = "month end", notice = { "60 days", "7 days" } } }
points "coins" {}

earn "stars on purchases" {
  on = "Order Completed", once_per = "order_id", points = "stars",
  give = 1.25, per = money "1", of = "revenue", times = { rate = "membership" },
  at_most = { 2000, per = "day" }, rounding = "half up", steps = true,
}
earn "coins for reviews" { on = "Review Posted", points = "coins", priority = 5, late = true,
  when = function() return true end, amount = function(member, event) return event.stars end,
  at_most = { 3, per = "7 days" } }
earn "a coin a scan" { on = { "QR Scanned", "Quote Requested" }, points = "coins", give = 2, times = 1.15,
  during = { dates = { "2026-01-01", "2026-12-31" } } }

bonus "Monday mornings" { of = "stars on purchases", times = 2.5, when = function() return true end,
  during = { days = { "Monday", "Sunday" }, hours = { "08:00", "11:00" }, months = { "January", "December" },
    month_of = "birthday" } }
bonus "Autumn" { of = "stars on purchases", times = 1.15, best_of = "season", at_most = { 50, per = "lifetime" } }

rule "welcome gold" { on = { "tier.upgraded", "tag.added" }, priority = -1,
  when = function(member) return member.tiers["membership"].name == "Gold" end,
  act = function(member, event) member:tag("came by QR code", "30 days") end, during = { months = "May" } }
