-- SPDX-License-Identifier: Apache-2.0
-- Tags, and what functions hold from outside: `limits` is frozen and its money becomes minor units.
local limits = { big = money "1000.50", list = { 1, 2, 3 } }
limits.self = limits
local small = money "5"

tag "solution only" { when = function(member) return member:bought "solution" and not member:bought "lens" end }
tag "came by QR code" { class = "life", on = "QR Scanned", keep = "90 days",
  when = function(member, event) return event.place ~= "" end, during = { hours = { "22:00", "06:30" } } }
tag "held" { when = function() return true, limits.self.big, small, limits.list[2], #limits.list, limits end }
tag "away" { when = function(member)
  return member:did "Order Completed" and not member:did("Order Completed", "90 days")
    and member:since 'Product Viewed' > 30
end }
