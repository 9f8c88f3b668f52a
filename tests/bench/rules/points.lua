-- SPDX-License-Identifier: Apache-2.0
-- Tiers by what was ever spent, and points on orders at the rate of the tier before the order.
tiers "membership" {
  basis = { measure = "spend", window = "lifetime" },
  { "bronze", rate = 1.0 },
  { "silver", from = money "1000.00", rate = 1.2 },
  { "gold", from = money "5000.00", rate = 1.5 },
  upgrade = "at once",
}

points "points" { expire = { after = "12 months" } }

earn "points on orders" {
  on = "Order Completed", points = "points",
  give = 1, per = money "1", of = "revenue", times = "rate",
}
