-- SPDX-License-Identifier: Apache-2.0
-- Brief: a review is worth 20 stars, good or bad alike, at most five times a month. A disappointed customer who bought
-- at least twice this year gets a call: the event stamps the tag that our service team works from, for two weeks.

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
