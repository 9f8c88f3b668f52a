-- SPDX-License-Identifier: Apache-2.0
-- Brief: a review is worth 20 stars, whatever it says, at most five times a month. A regular customer who is
-- disappointed hears from us before he tells others: the event stamps the tag that our service team works from.

earn "stars for a review" {
  on = "Review Posted", points = "stars", give = 20,
  at_most = { 100, per = "month" },
}

rule "unhappy customer" {
  on = "Review Posted",
  when = function(member, event) return event.rating <= 2 and member:orders "12 months" >= 2 end,
  act = function(member, event)
    member:emit("Unhappy Customer", { rating = event.rating, sku = event.sku, spent = member:spend "12 months" })
  end,
}

tag "to be called" { on = "Unhappy Customer", keep = "14 days" }
