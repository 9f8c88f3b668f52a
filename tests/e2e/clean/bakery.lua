-- SPDX-License-Identifier: Apache-2.0
-- Brief: a small bakery. Everything in one file, written in long lines by somebody who likes short names.
program { name = "Corner Bakery", timezone = "Europe/Paris", currency = "EUR" }
points "crumbs" { decimals = 1, expire = { after = "90 days" } }
measure "loaves" { on = "Order Completed", each = "products", by = "category", sum = "quantity" }
measure "visits" { on = { "Order Completed", "Page Viewed" } }
earn "crumbs" { on = "Order Completed", give = 0.5, per = money "1", of = "total", steps = true, rounding = "half up", once_per = "order_id" }
bonus "early" { of = "crumbs", times = 1.5, during = { hours = { "05:00", "08:30" }, days = { "Saturday", "Sunday" } }, best_of = "hour" }
bonus "late" { of = "crumbs", times = 1.25, during = { hours = { "18:00", "02:00" } }, best_of = "hour", at_most = { 10, per = "1 day" } }
tag "likes rye" { when = function(m) local r = m:loaves("rye", "30 days") return r and r.count >= 3 end }
tag "regular" { when = function(m) return m:visits "7 days" >= 4 and m:since "Order Completed" < 14 end }
tag "new" { on = "member.created", keep = "14 days" }
tag "asked" { class = "life" }
rule "ask once" { on = "Order Completed", priority = 2,
  when = function(m, e) return not m.tags.asked and m.tags.regular and (e.total or 0) > money "10" end,
  act = function(m) m:tag "asked"; m:notify("how do you like us?", { visits = m:visits() }) end }
