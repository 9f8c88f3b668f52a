-- SPDX-License-Identifier: Apache-2.0
-- Brief: a mile for each mile flown, at least 500 for a flight. Premium pays half as much again, business double, and the
-- full fare classes J and Y a quarter more: of these the best one counts. Gold members get a fifth more, whatever the class.
-- Flights paid with miles earn none. Award miles live for 36 months after the last flight, but never longer than 10 years.

points "award miles" {
  expire = { after = "36 months", extended_by = "Flight Flown", at_latest = "10 years" },
}

earn "miles flown" {
  on = "Flight Flown", once_per = "ticket", points = "award miles",
  where = { booking_class = { except = { "X", "I" } } },
  amount = function(_, event) return math.max(500, event.miles) end,
}

bonus "premium cabin" {
  of = "miles flown", times = 1.5, best_of = "class",
  when = function(_, event) return event.cabin == "premium" end,
}
bonus "business cabin" {
  of = "miles flown", times = 2, best_of = "class",
  when = function(_, event) return event.cabin == "business" end,
}
bonus "full fare" {
  of = "miles flown", times = 1.25, best_of = "class",
  when = function(_, event) return event.booking_class == "J" or event.booking_class == "Y" end,
}
bonus "Gold" {
  of = "miles flown", times = 1.2,
  when = function(member) return member.tiers["status"].name == "Gold" end,
}
