-- SPDX-License-Identifier: Apache-2.0
-- Brief: how lively somebody is, and how close to buying. Both fade, one within weeks, the other within months, so
-- that the score of today is about today. No more than twenty points of liveliness a day: a robot is not a friend.

score "activity" {
  half_life = "30 days", at_most = { 20, per = "day" },
  events = {
    ["Page Viewed"] = 1, ["Product Viewed"] = 1, ["App Opened"] = 1,
    ["Product Shared"] = 3, ["QR Scanned"] = 3, ["Review Posted"] = 5,
  },
}

-- An order that comes back takes its ten points with it (refund: events.lua).
score "conversion" { half_life = "90 days", events = { ["Product Added"] = 2, ["Order Completed"] = 10 } }

-- Where our shops are.
score "fit" {
  traits = { city = { Shanghai = 10, Beijing = 8, Hangzhou = 6, Guangzhou = 6, Shenzhen = 6, Chengdu = 6 } },
}
