-- SPDX-License-Identifier: Apache-2.0
-- Brief: two stars for a dollar of everything but gift cards and deposits, good for half a year to the end of the month.
-- In the happy hour (two to four, Monday to Friday) cold drinks pay double, and only they. In June the oat mill pays five
-- stars more for each drink with its milk.

points "stars" { expire = { after = "6 months", at = "month end" } }

earn "stars on items" {
  on = "Order Completed", once_per = "order_id", points = "stars",
  each = "items", where = { category = { except = { "gift card", "deposit" } } },
  give = 2, per = money "1", of = { "price", "quantity" },
}

bonus "happy hour" {
  of = "stars on items", times = 2, where = { category = "cold drink" },
  during = { days = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday" }, hours = { "14:00", "16:00" } },
}

earn "oat milk in June" {
  on = "Order Completed", once_per = "order_id", points = "stars", funded_by = "The oat mill",
  each = "items", where = { milk = "oat" }, give = 5, per = 1, of = "quantity",
  during = { dates = { "2026-06-01", "2026-06-30" } },
}
