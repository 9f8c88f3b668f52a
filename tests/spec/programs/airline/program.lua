-- SPDX-License-Identifier: Apache-2.0
-- Brief: Albatross, an airline. Members collect two kinds of miles: award miles, which buy flights, and status miles,
-- which buy nothing and decide who is Silver or Gold.
program { name = "Albatross", timezone = "Europe/Lisbon", currency = "EUR" }

event "Flight Flown" {
  ticket = { "text", required = true },
  cabin = { "text", required = true },         -- "economy", "premium", "business"
  booking_class = { "text", required = true }, -- a letter; X and I are flights that were paid with miles
  miles = { "integer", required = true },
}
identifier "user_id" { strong = true, per_member = 1 }
