-- SPDX-License-Identifier: Apache-2.0
-- Brief: in the month of the birthday, purchases pay double; on the day itself they pay triple (not double and triple).
-- Whoever was born on 29 February celebrates on the 28th in the years that have no 29th.

bonus "birthday month" {
  of = "stars on purchases", times = 2, best_of = "birthday",
  during = { month_of = "birthday" },
}

bonus "birthday" {
  of = "stars on purchases", times = 3, best_of = "birthday",
  during = { day_of = "birthday" },
}
