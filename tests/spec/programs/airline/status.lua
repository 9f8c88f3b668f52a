-- SPDX-License-Identifier: Apache-2.0
-- Brief: status by flights or by status miles of a calendar year, whichever is better: Silver from 4 flights or 10,000
-- miles, Gold from 8 flights or 25,000. Who reaches a level has it at once and through the whole of the next year; on the
-- first of January the last year is judged, and who flew too little goes down one level, never two (the soft landing).
-- A status mile for a mile in economy, two in the cabins before it, none on flights paid with miles.

measure "flights" { on = "Flight Flown" }

points "status miles" { spendable = false }

earn "status miles in economy" {
  on = "Flight Flown", once_per = "ticket", points = "status miles", give = 1, per = 1, of = "miles",
  where = { cabin = "economy", booking_class = { except = { "X", "I" } } },
}
earn "status miles in front" {
  on = "Flight Flown", once_per = "ticket", points = "status miles", give = 2, per = 1, of = "miles",
  where = { cabin = { "premium", "business" }, booking_class = { except = { "X", "I" } } },
}

tiers "status" {
  basis = {
    { measure = "flights", window = "calendar year" },
    { points = "status miles", window = "calendar year" },
  },
  { "Blue" },
  { "Silver", from = { 4, 10000 } },
  { "Gold",   from = { 8, 25000 } },
  upgrade = "at once",
  downgrade = { review = "yearly", window = "last calendar year", steps = 1 },
}
