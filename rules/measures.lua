-- SPDX-License-Identifier: Apache-2.0
-- Brief: the figures that everything else is decided by, and those that the card of a member shows. Each is kept by
-- member and day, so that any window ("12 months", "7 days", "calendar year") is exact. A refund lowers them.

measure "orders"  { on = "Order Completed" }
measure "spend"   { on = "Order Completed", sum = "revenue" }
measure "bought"  { on = "Order Completed", each = "products", by = "category", sum = "quantity" }
measure "lenses"  { on = "Order Completed", each = "products", by = "sku", where = { category = "lens" } }
measure "views"   { on = { "Page Viewed", "Product Viewed" } }
measure "shares"  { on = "Product Shared" }
measure "reviews" { on = "Review Posted" }
measure "scans"   { on = "QR Scanned", by = "place" }
