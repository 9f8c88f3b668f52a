-- SPDX-License-Identifier: Apache-2.0
-- Brief: on Monday mornings the shops are empty. What is bought from eight to eleven pays double; at eleven sharp it is
-- over. It doubles what the order earned with the rate of the tier, so a Gold member gets three stars for a yuan then.

bonus "Monday mornings" {
  of = "stars on purchases", times = 2,
  during = { days = { "Monday" }, hours = { "08:00", "11:00" } },
}
