-- SPDX-License-Identifier: Apache-2.0
-- Brief: a star for each yuan, more for Silver and Gold, spendable when the two weeks for returning goods are over, and
-- good for a year, to the end of that month. Monday mornings pay double. A word about us is worth something too.

points "stars" {
  pending = "14 days",
  expire = { after = "12 months", at = "month end", notice = { "60 days", "7 days" } },
}

earn "stars on purchases" {
  on = "Order Completed", once_per = "order_id", points = "stars",
  give = 1, per = money "1", of = "revenue", times = "rate",
  at_most = { 5000, per = "day" },
}

bonus "Monday mornings" {
  of = "stars on purchases", times = 2,
  during = { days = { "Monday" }, hours = { "08:00", "11:00" } },
}

earn "stars for a review" {
  on = "Review Posted", points = "stars", give = 20,
  at_most = { 100, per = "month" },
}
