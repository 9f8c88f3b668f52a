-- SPDX-License-Identifier: Apache-2.0
-- Brief: where somebody stands with us. New: the first order was less than thirty days ago. Regular: three orders
-- within ninety days. Sleeping: bought before, but not for half a year. Who falls asleep gets one letter, given consent
-- to marketing.

segment "new" {
  when = function(member) return member:orders "30 days" > 0 and member:orders "30 days" == member:orders() end,
}

segment "regular" { when = function(member) return member:orders "90 days" >= 3 end }

segment "sleeping" {
  when = function(member)
    return member:did "Order Completed" and not member:did("Order Completed", "180 days")
  end,
}

rule "we miss you" {
  on = "segment.entered",
  when = function(member, event) return event.segment == "sleeping" and member.consents["marketing"] end,
  act = function(member) member:notify("we miss you", { last_order_days = member:since "Order Completed" }) end,
}
