-- SPDX-License-Identifier: Apache-2.0
-- Brief: what none of the other words says.

-- Gold is a reason to celebrate: two hundred stars, once, when it is reached for the first time.
rule "welcome to Gold" {
  on = "tier.upgraded",
  when = function(member, event) return event.to == "Gold" and not member.tags["has been Gold"] end,
  act = function(member) member:earn("stars", 200) end,
}

-- A regular customer who is disappointed hears from us before he tells others: the event stamps the tag "to be called".
rule "unhappy customer" {
  on = "Review Posted",
  when = function(member, event) return event.rating <= 2 and member:orders "12 months" >= 2 end,
  act = function(member, event)
    member:emit("Unhappy Customer", { rating = event.rating, sku = event.sku, spent = member:spend "12 months" })
  end,
}
