-- SPDX-License-Identifier: Apache-2.0
-- A whole program for test_load.c, which checks each declaration field by field: lines matter.
program { name = "Harbour Coffee", timezone = "Asia/Shanghai", currency = "CNY", late = "3 days" }
event "Order Completed" {
  order_id = { "text", required = true },
  revenue  = { "money", required = true },
  products = { "list", of = { sku = "text", category = "text", price = "money", quantity = "integer" } },
}
event "QR Scanned" { place = { "text", required = true }, staff_id = "text" }
event "Quote Requested" {}
event "Review Posted" { stars = "integer", weight = "number", at = "time", day = "date", kept = "boolean", rest = "any" }

identifier "device"  { per_member = 10 }
identifier "user_id" { strong = true, per_member = 1 }
identifier "email"   { strong = true, per_member = 5, normalize = "email" }
identifier "phone"   { strong = true, per_member = 3, per = "30 days", normalize = "phone:CN" }
identifier "crm"     { from = { "traits.crm", "context.traits.crm" } }
identifier "card"    { from = "properties.card", normalize = "none" }
blocked    "email"   { "Test@Test.com", "none@none.com" }
blocked    "phone"   { "138 0013 8000" }

trait "birthday" { class = "static", type = "date" }
trait "city"     { class = "life" }
trait "mood"     { class = "behaviour", type = "number" }
consent "marketing"       { default = "no" }
consent "points donation" { default = "yes" }
