-- SPDX-License-Identifier: Apache-2.0
-- Brief: the tenth coffee is free. The till sees a balance of free cups and takes one away; a free cup is good for sixty
-- days.

points "free cups" { expire = { after = "60 days" } }

milestone "tenth coffee" {
  every = 10, of = "cups", value = "coffee",
  give = { points = "free cups", amount = 1 },
}
