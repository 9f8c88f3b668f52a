-- SPDX-License-Identifier: Apache-2.0
-- Brief: Meridian Motors sells cars through dealers. Nobody collects points for a car; what counts is to know who is about
-- to buy one, and which dealer brought them that far.
program { name = "Meridian Motors", timezone = "Europe/Berlin", currency = "EUR" }

event "Car Viewed" { model = { "text", required = true } }
event "Brochure Downloaded" { model = "text" }
event "Configuration Saved" { model = { "text", required = true }, price = "money" }
event "Test Drive Done" { model = { "text", required = true }, dealer = { "text", required = true } }
event "Quote Requested" { model = { "text", required = true }, dealer = { "text", required = true } }
event "Contract Signed" {
  contract = { "text", required = true }, model = { "text", required = true }, price = { "money", required = true },
}
identifier "user_id" { strong = true, per_member = 1 }
identifier "anonymous_id" { per_member = 20 }
