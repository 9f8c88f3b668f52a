-- SPDX-License-Identifier: Apache-2.0
-- Brief: what the web shop, the app, the mini program and the tills send us. Whatever breaks this list goes to
-- quarantine with a reason, and can be sent in again once it is mended. Money comes as 19.90; rules see 1990.

local goods = { sku = "text", category = "text", price = "money", quantity = "integer" }

event "Order Completed" {
  order_id = { "text", required = true },
  revenue = { "money", required = true },
  currency = "text",
  products = { "list", of = goods },
  place = "text", staff_id = "text", -- at a till
}

event "Order Refunded" {
  order_id = { "text", required = true },
  revenue = { "money", required = true },
  currency = "text",
  products = { "list", of = goods },
}

-- A refund is about the order that it names: what that one counted and earned is reckoned again without what came back.
refund "Order Refunded" {
  of = "Order Completed", by = "order_id", amount = "revenue", lines = "products", line = "sku",
}

event "Product Viewed" { sku = { "text", required = true }, name = "text", category = "text", price = "money" }

event "Product Added" {
  sku = { "text", required = true }, name = "text", category = "text", price = "money", quantity = "integer",
}

event "Product Shared" {
  sku = { "text", required = true }, name = "text", category = "text", price = "money", share_via = "text",
}

event "Review Posted" { order_id = "text", sku = "text", category = "text", rating = { "integer", required = true } }

event "QR Scanned" { place = { "text", required = true }, staff_id = "text" }

event "App Opened" { from_background = "boolean" }

-- Of our own making: see reviews.lua.
event "Unhappy Customer" { rating = "integer", sku = "text", spent = "money" }
