-- SPDX-License-Identifier: Apache-2.0
-- The codes of problems, as `tessera check` shows them: what each means, and a rule file that has this problem and no
-- other.
return {
  syntax = { text = "Lua cannot read the file here", example = 'points "stars" { pending = "14 days"' },
  unknown_word = { text = "no such word, or a name that nothing declares",
    example = 'tags "big spender" { class = "life" }' },
  unknown_option = { text = "the word takes no such option", example = 'points "stars" { pendng = "14 days" }' },
  unknown_event = { text = "no event of that name is declared",
    example = 'measure "orders" { on = "Order Complete" }' },
  unknown_field = { text = "the event has no such field, or nothing is known of members under that name",
    example = 'measure "spend" { on = "Order Completed", sum = "revenu" }' },
  unknown_measure = { text = "no measure of that name is declared", example = [[
tiers "club" { basis = { measure = "orders" }, { "Member" }, { "Gold", from = 10 } }]] },
  unknown_tag = { text = "no tag of that name is declared", example = [[
tag "lively" { class = "behaviour" }
rule "hello" { on = "Product Viewed", act = function(member) member:tag "livley" end }]] },
  unknown_tier = { text = "no tiers, or no level, of that name are declared", example = [[
points "stars" {}
earn "stars" { on = "Order Completed", give = 1, times = "rate" }]] },
  unknown_points = { text = "no points of that name are declared", example = [[
points "stars" {}
earn "stars" { on = "Order Completed", points = "star", give = 1 }]] },
  bad_duration = { text = "no span of time, or no window", example = 'points "stars" { pending = "14 dayz" }' },
  bad_unit = { text = "money against a plain number, or a unit that does not fit here", example = [[
points "stars" {}
earn "stars" { on = "Order Completed", give = 1, per = 1, of = "revenue" }]] },
  wrong_type = { text = "the value is of another type than is taken here",
    example = 'identifier "email" { strong = "yes" }' },
  duplicate_name = { text = "two declarations, or two values, have one name", example = [[
measure "orders" { on = "Order Completed" }
measure "orders" { on = "Order Updated" }]] },
  missing_body = { text = "something that has to be said is not said", example = 'benefit "lounge" {}' },
  negative_threshold = { text = "below zero, or zero, where only more makes sense", example = [[
points "stars" {}
earn "stars" { on = "Order Completed", give = -1 }]] },
  unreachable_tier = { text = "a level that nobody can come to stand on", example = [[
measure "orders" { on = "Order Completed" }
tiers "club" { basis = { measure = "orders" }, { "Member" }, { "Silver", from = 10 }, { "Gold", from = 5 } }]] },
  never_fires = { text = "it is right as it stands, but will never do anything", example = [[
points "stars" {}
earn "stars" { on = "Order Completed", give = 1, during = { hours = { "08:00", "08:00" } } }]] },
  global = { text = "a variable that is not local", example = "limit = 10" },
  outer_assignment = {
    text = "a function that changes a variable outside of itself: a rule keeps nothing between calls", example = [[
local seen = 0
rule "count" { on = "Product Viewed", act = function() seen = seen + 1 end }]] },
  limit = { text = "larger, longer or deeper than it may be", example = 'points "stars" { decimals = 7 }' },
}
