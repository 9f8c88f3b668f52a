-- SPDX-License-Identifier: Apache-2.0
-- Brief: how lively somebody is, and how close to buying. Both fade, one within weeks, the other within months, so
-- that the score of today is about today. Liveliness grows by no more than twenty points a day: robots click a lot.

score "activity" {
  half_life = "30 days", at_most = { 20, per = "day" },
  events = {
    ["Page Viewed"] = 1, ["Product Viewed"] = 1, ["App Opened"] = 1,
    ["Product Shared"] = 3, ["QR Scanned"] = 3, ["Review Posted"] = 5,
  },
}

-- An order that comes back takes its ten points with it (refund: events.lua).
score "conversion" { half_life = "90 days", events = { ["Product Added"] = 2, ["Order Completed"] = 10 } }

-- How well our shops can serve the city that somebody lives in: the larger ones count more.
score "fit" {
  traits = { city = { Shanghai = 10, Beijing = 8, Hangzhou = 6, Guangzhou = 6, Shenzhen = 6, Chengdu = 6 } },
}
