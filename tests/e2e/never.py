#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What is right word by word and yet will never do anything: times that never meet, events that never come, donations that expiry
forestalls, a matrix with a hole. Each has a neighbour that works, on which tessera check is silent."""

from lib import Box, done, equal, run

HEAD = """program { name = "Shop", timezone = "UTC", currency = "EUR" }
points "stars" {}
measure "orders" { on = "Order Completed" }
"""
LATER = """points "moons" { pending = "14 days", expire = { after = "12 months", at = "month end" } }
points "suns" {}
consent "points donation" { default = "no" }
score "activity" { half_life = "30 days", events = { ["Page Viewed"] = 1 } }
score "conversion" { half_life = "90 days", events = { ["Product Added"] = 2 } }
"""
EARN = 'earn "e" { on = "Order Completed", points = "stars", give = 1, during = { %s } }\n'
BONUS = 'bonus "b" {\n  of = "e", times = 2,\n  during = { %s },\n}\n'
RULE = 'rule "r" {\n  on = "%s",\n  act = function(member) member:earn("stars", 1) end,\n}\n'
TIERS = 'tiers "club" { basis = { measure = "orders" }, { "Member" }, { "Gold", from = 10 }%s }\n'

CAPPED = ('points "moons" {}%s\ntiers "club" {\n  basis = { points = "moons", window = "30 days" }, { "Member" }, { "Gold", from = 1000 } }\n'
          'earn "m" { on = "Order Completed", points = "moons", at_most = %s, give = 1 }\n%s')

# what, the text, and (line of the text, code) of what is wrong; none: silence.
CASES = [
    ("bonus and earning on other days", EARN % 'days = { "Monday", "Friday" }' + BONUS % 'days = { "Tuesday" }', (4, "never_fires")),
    ("... on one of them", EARN % 'days = { "Monday", "Friday" }' + BONUS % 'days = { "Tuesday", "Friday" }', None),
    ("... in other hours", EARN % 'hours = { "08:00", "11:00" }' + BONUS % 'hours = { "11:00", "12:00" }', (4, "never_fires")),
    ("... hours that pass midnight", EARN % 'hours = { "22:00", "02:00" }' + BONUS % 'hours = { "01:00", "12:00" }', None),
    ("... hours that pass midnight and do not meet", EARN % 'hours = { "22:00", "02:00" }' + BONUS % 'hours = { "02:00", "22:00" }', (4, "never_fires")),
    ("... in other months", EARN % 'months = { "June" }' + BONUS % 'months = { "July" }', (4, "never_fires")),
    ("... dates in another month", EARN % 'months = { "June" }' + BONUS % 'dates = { "2026-11-01", "2026-11-30" }', (4, "never_fires")),
    ("... dates that touch the month", EARN % 'months = { "June" }' + BONUS % 'dates = { "2026-05-20", "2026-06-01" }', None),
    ("... a year of dates", EARN % 'months = { "February" }' + BONUS % 'dates = { "2026-03-01", "2027-02-01" }', None),
    ("... dates that follow each other", EARN % 'dates = { "2026-05-20", "2026-06-01" }' + BONUS % 'dates = { "2026-06-02", "2026-06-08" }', (4, "never_fires")),
    ("a day of the week that is not in the dates", EARN % 'days = { "Monday" }, dates = { "2026-11-03", "2026-11-08" }', (1, "never_fires")),
    ("... that is in them", EARN % 'days = { "Monday" }, dates = { "2026-11-03", "2026-11-09" }', None),
    ("a leap day", EARN % 'months = { "February" }, dates = { "2028-02-29", "2028-03-01" }', None),
    ("the day after it", EARN % 'months = { "February" }, dates = { "2028-03-01", "2028-03-01" }', (1, "never_fires")),
    ("said once, though the bonus cannot meet it either",
     EARN % 'days = { "Monday" }, dates = { "2026-11-03", "2026-11-08" }' + BONUS % 'days = { "Monday" }', (1, "never_fires")),
    ("a rule on a fall, where nobody falls", TIERS % "" + RULE % "tier.downgraded", (3, "never_fires")),
    ("... where somebody does", TIERS % ', downgrade = { review = "monthly" }' + RULE % "tier.downgraded", None),
    ("... where a refund is reckoned with at once", TIERS % ', on_refund = "now"' + RULE % "tier.downgraded", None),
    ("a rule on a rise, without tiers", RULE % "tier.upgraded", (2, "never_fires")),
    ("... with tiers", TIERS % "" + RULE % "tier.upgraded", None),
    ("a rule on tags, without tags", RULE % "tag.added", (2, "never_fires")),
    ("... with one", 'tag "x" { class = "life" }\n' + RULE % "tag.added", None),
    ("a rule on expiry, where nothing expires", RULE % "points.expired", (2, "never_fires")),
    ("... where something does", 'points "p" { expire = { after = "1 month" } }\n' + RULE % "points.expired", None),
    ("a rule on segments, without segments", RULE % "segment.entered", (2, "never_fires")),
    ("a tag on what never comes", 'tag "x" {\n  class = "life", keep = "7 days",\n  on = { "Order Completed", "tier.upgraded" } }\n', (3, "never_fires")),
    ("a level that the caps forbid", CAPPED % ("", '{ 10, per = "day" }', ""), (3, "unreachable_tier")),
    ("... that they let through", CAPPED % ("", '{ 100, per = "day" }', ""), None),
    ("... without a cap", CAPPED.replace("at_most = %s, ", "") % ("", ""), None),
    ("... that a bonus without a cap may lift", CAPPED % ("", '{ 10, per = "day" }', 'bonus "b" { of = "m", times = 2 }\n'), None),
    ("... that a bonus with one does not", CAPPED % ("", '{ 10, per = "day" }', 'bonus "b" { of = "m", times = 2, at_most = { 10, per = "month" } }\n'),
     (3, "unreachable_tier")),
    ("... that a rule may lift", CAPPED % ("", '{ 10, per = "day" }', 'rule "r" { on = "Page Viewed", act = function(m) m:earn("moons", 500) end }\n'), None),
    ("... for ever", CAPPED.replace(', window = "30 days"', "") % ("", '{ 10, per = "day" }', ""), None),
    ("... for ever, and capped for ever", CAPPED.replace(', window = "30 days"', "") % ("", "999", ""), (3, "unreachable_tier")),
    ("... with another basis that gives it", CAPPED.replace('basis = { points = "moons", window = "30 days" }',
     'basis = { { points = "moons", window = "30 days" }, { measure = "orders" } }').replace("from = 1000", "from = { 1000, 5 }")
     % ("", '{ 10, per = "day" }', ""), None),
    ("an event that a brand may send", 'event "Unheard Of" {}\n' + RULE % "Unheard Of", None),
]

LATER_CASES = [
    ("a donation that expiry forestalls", 'donate "d" {\n  points = "moons", to = "Fund",\n  idle = { "24 months", since = "Order Completed" } }', [(3, "never_fires")]),
    ("... in time", 'donate "d" { points = "moons", to = "Fund", idle = { "11 months", since = "Order Completed" } }', []),
    ("... so near that it may be", 'donate "d" { points = "moons", to = "Fund", idle = { "13 months", since = "Order Completed" } }', []),
    ("... of points that live for ever", 'donate "d" { points = "suns", to = "Fund", idle = { "24 months", since = "Order Completed" } }', []),
    ("... in the place of an expiry that is not", 'donate "d" { points = "suns", to = "Fund",\n instead_of = "expiry" }', [(2, "never_fires")]),
    ("a donation to nobody", 'donate "d" { points = "moons", instead_of = "expiry" }', [(1, "missing_body")]),
    ("... of unknown points", 'donate "d" { points = "moon", to = "Fund", instead_of = "expiry" }', [(1, "unknown_points")]),
    ("... with an unknown consent", 'donate "d" { points = "moons", to = "Fund", instead_of = "expiry",\n  consent = "point donation" }', [(2, "unknown_word")]),
    ("... with a trait for a consent", 'trait "vip" { type = "boolean" } donate "d" { points = "moons", to = "Fund", instead_of = "expiry",\n'
     '  consent = "vip" }', [(2, "unknown_word")]),
    ("... since an unknown event", 'donate "d" { points = "moons", to = "Fund",\n idle = { "1 month", since = "Order Complet" } }', [(2, "unknown_event")]),
    ("a whole donation", 'donate "d" { points = "moons", to = "Fund", idle = { "6 months", since = "Order Completed" }, notice = "30 days", '
     'consent = "points donation" }', []),
]
OF = '{ "activity", high = "top 20%" }, { "conversion", high = "top 20%" }'
FOUR = '{ "star", "high", "high" }, { "KOC", "high", "low" }, { "buyer", "low", "high" }, { "quiet", "low", "low" }'
LATER_CASES += [
    ("a whole matrix", 'matrix "m" { of = { %s }, %s }' % (OF, FOUR), []),
    ("a matrix of one score", 'matrix "m" { of = { { "activity", high = 10 } }, { "lively", "high" }, { "still", "low" } }', []),
    ("a matrix with a hole", 'matrix "m" { of = { %s }, %s }' % (OF, FOUR.replace(', { "quiet", "low", "low" }', "")), [(1, "missing_body")]),
    ("... with two", 'matrix "m" { of = { %s }, %s }' % (OF, FOUR.replace('{ "KOC", "high", "low" }, ', "")
                                                         .replace(', { "quiet", "low", "low" }', "")),
     [(1, "missing_body"), (1, "missing_body")]),
    ("a cell twice, and so one missing", 'matrix "m" { of = { %s },\n %s }' % (OF, FOUR.replace('"low", "low"', '"low", "high"')), [(2, "duplicate_name")]),
    ("one cell too many", 'matrix "m" { of = { %s },\n %s, { "more", "low", "low" } }' % (OF, FOUR), [(2, "duplicate_name")]),
    ("an unknown score", 'matrix "m" { of = { %s }, %s }' % (OF.replace("conversion", "convertion"), FOUR), [(1, "unknown_word")]),
    ("an unknown level", 'matrix "m" { of = { %s },\n %s }' % (OF, FOUR.replace('"low", "low"', '"low", "lov"')), [(2, "wrong_type")]),
    ("a level too few", 'matrix "m" { of = { %s },\n %s }' % (OF, FOUR.replace('"low", "low"', '"low"')), [(2, "wrong_type")]),
    ("no border", 'matrix "m" { of = { %s }, %s }' % (OF.replace(', high = "top 20%"', "", 1), FOUR), [(1, "missing_body")]),
]


def found(text):
    with Box({"a.lua": HEAD, "b.lua": text}) as box:
        return [(p["line"], p["code"], p["message"]) for p in run("check", box.rules, "--json").json["problems"]]


for what, text, wrong in CASES:
    equal(what, [f[:2] for f in found(text)], [wrong] if wrong else [])
for what, text, wrong in LATER_CASES:
    problems = found(LATER + text)
    above = LATER.count("\n")
    equal(what + ": refused once", [f[2].count("later version") for f in problems].count(1), 1)
    equal("... and what else is wrong", [(f[0] - above, f[1]) for f in problems if "later version" not in f[2]], wrong)
done()
