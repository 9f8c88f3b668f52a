-- SPDX-License-Identifier: Apache-2.0
-- Brief: in the month of the birthday, purchases pay double.

bonus "birthday month" {
  of = "stars on purchases", times = 2,
  during = { month_of = "birthday" },
}
