-- SPDX-License-Identifier: Apache-2.0
-- Brief: Kettle & Cup, a chain of coffee shops in New York. A happy hour is one on the clock of the wall, in summer too.
program { name = "Kettle & Cup", timezone = "America/New_York", currency = "USD" }

event "Order Completed" {
  order_id = { "text", required = true },
  items = { "list", required = true, of = {
    sku = "text", category = "text", price = "money", quantity = "integer", milk = "text",
  } },
}
event "Order Refunded" {
  order_id = { "text", required = true },
  items = { "list", of = { sku = "text", category = "text", price = "money", quantity = "integer" } },
}
refund "Order Refunded" { of = "Order Completed", by = "order_id", lines = "items", line = "sku" }

identifier "user_id" { strong = true, per_member = 1 }
measure "cups" { on = "Order Completed", each = "items", by = "category", sum = "quantity" }
