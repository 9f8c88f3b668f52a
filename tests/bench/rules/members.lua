-- SPDX-License-Identifier: Apache-2.0
-- What the benchmark keeps of a member: figures, tags and a score.
measure "orders" { on = "Order Completed" }
measure "spend" { on = "Order Completed", sum = "revenue" }
measure "shares" { on = "Product Shared" }

tag "big spender" { when = function(member) return member:spend() > 500000 end }
tag "sharer" { when = function(member) return member:shares() >= 3 end }

score "activity" {
  half_life = "30 days",
  events = { ["Page Viewed"] = 1, ["Product Shared"] = 3, ["Checked In"] = 2, ["Review Posted"] = 5 },
}
