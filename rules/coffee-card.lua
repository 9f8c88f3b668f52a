-- SPDX-License-Identifier: Apache-2.0
-- Brief: the paper card with ten stamps, without the paper. Each tenth cup of coffee gives 30 stars, which is what a
-- cup costs. Three cups in one order are three stamps. Nothing is lost when it goes over ten: the next card begins.

milestone "tenth coffee" {
  every = 10, of = "bought", value = "coffee", -- cups: the measure adds up quantities
  give = { points = "stars", amount = 30 },
}
