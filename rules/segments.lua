-- SPDX-License-Identifier: Apache-2.0
-- Brief: where somebody stands with us. New: the first order was less than thirty days ago. Regular: three orders
-- within ninety days. Sleeping: bought once, but not for half a year.

tag "new" {
  when = function(member) return member:orders "30 days" > 0 and member:orders "30 days" == member:orders() end,
}

tag "regular" { when = function(member) return member:orders "90 days" >= 3 end }

tag "sleeping" {
  when = function(member)
    return member:did "Order Completed" and not member:did("Order Completed", "180 days")
  end,
}
