-- SPDX-License-Identifier: Apache-2.0
-- Brief: a star for each yuan, more for Silver and Gold, spendable when the two weeks for returning goods are over, and
-- good for a year, to the end of that month. Two months and a week before stars are lost, the member is told. What
-- comes back takes its stars with it. At most 5,000 stars a day from purchases, bonuses apart: it is for households.

points "stars" {
  pending = "14 days",
  expire = { after = "12 months", at = "month end", notice = { "60 days", "7 days" } },
}

earn "stars on purchases" {
  on = "Order Completed", once_per = "order_id", points = "stars",
  give = 1, per = money "1", of = "revenue", times = "rate", -- the rate of the tier: tiers.lua
  at_most = { 5000, per = "day" },
}
