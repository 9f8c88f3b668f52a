-- SPDX-License-Identifier: Apache-2.0
-- Brief: Member, Silver, Gold, by what somebody spent with us in the last twelve months. Up at once; down only at the
-- monthly review, a month after being told, and one step at a time.

benefit "free delivery" { terms = "Every order, mainland addresses" }
benefit "tasting"       { terms = "A coffee tasting in a shop, with one guest", at_most = { 1, per = "month" } }

tiers "membership" {
  basis = { measure = "spend", window = "12 months" },
  { "Member",                      rate = 1.0 },
  { "Silver", from = money "1000", rate = 1.2, benefits = { "free delivery" } },
  { "Gold",   from = money "5000", rate = 1.5, benefits = { "free delivery", "tasting" } },
  upgrade = "at once",
  downgrade = { review = "monthly", grace = "30 days", notice = "30 days", steps = 1 },
}
