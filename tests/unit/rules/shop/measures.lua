-- SPDX-License-Identifier: Apache-2.0
-- What is kept of a member.
measure "orders" { on = "Order Completed" }
measure "spend"  { on = "Order Completed", sum = "revenue" }
measure "shares" { on = { "Product Shared", "Cart Shared" } }
measure "bought" { on = "Order Completed", each = "products", by = "category", sum = "quantity" }
measure "places" { on = "QR Scanned", by = "place" }
measure "weight" { on = "Review Posted", sum = "weight" }
measure "lines"  { on = "Order Completed", each = "products", by = "order_id" }

score "activity"   { half_life = "30 days", at_most = { 20, per = "day" },
                     events = { ["Page Viewed"] = 1, ["Product Shared"] = 3, ["Review Posted"] = 5 } }
score "conversion" { half_life = "36 hours", events = { ["Order Completed"] = 10.5 }, floor = -2 }
score "fit"        { traits = { city = { Shanghai = 10, ["\"Hangzhou\""] = 6.5 }, mood = { [3] = 1, [true] = 2 } },
                     at_most = { 2.5, per = "12 hours" } }
