#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The slips that everybody makes, each at several places of a realistic program (tests/e2e/club): tessera check says exactly one thing, on
the right line, with the right code, and what mends it; once mended it is silent. What only shows at run time does so in tessera errors."""

import os
import re
import shutil

from lib import Box, ROOT, check, done, equal, run, track

CLUB = os.path.join(ROOT, "tests", "e2e", "club")

# kind: [(file, what stands there, what somebody wrote, code, what the suggestion must hold)]; the line is that of the change.
DECLARED = {
    "a misspelt word": [
        ("points.lua", 'earn "stars for a review"', 'eran "stars for a review"', "unknown_word", '"earn"'),
        ("tags.lua", 'tag "sharer" {', 'tga "sharer" {', "unknown_word", '"tag"'),
        ("measures.lua", 'measure "spend"', 'mesure "spend"', "unknown_word", '"measure"'),
        ("tiers.lua", 'tiers "membership"', 'tier "membership"', "unknown_word", '"tiers"'),
        ("tiers.lua", 'benefit "tasting"', 'benifit "tasting"', "unknown_word", '"benefit"'),
        ("points.lua", 'points "stars" {', 'point "stars" {', "unknown_word", '"points"'),
        ("points.lua", 'money "1"', 'mony "1"', "unknown_word", '"money"'),
        ("events.lua", 'event "App Opened"', 'Event "App Opened"', "unknown_word", '"event"'),
        ("program.lua", "program {", "programme {", "unknown_word", '"program"'),
    ],
    "a misspelt option": [
        ("points.lua", 'once_per = "order_id"', 'onceper = "order_id"', "unknown_option", '"once_per"'),
        ("points.lua", "give = 20,", "gives = 20,", "unknown_option", '"give"'),
        ("tiers.lua", 'grace = "30 days"', 'grase = "30 days"', "unknown_option", '"grace"'),
        ("scores.lua", 'half_life = "90 days"', 'halflife = "90 days"', "unknown_option", '"half_life"'),
        ("measures.lua", 'sum = "revenue"', 'summ = "revenue"', "unknown_option", '"sum"'),
        ("points.lua", 'hours = { "08:00"', 'hour = { "08:00"', "unknown_option", '"hours"'),
        ("tiers.lua", "rate = 1.2", "rat = 1.2", "unknown_option", '"rate"'),
        ("tags.lua", 'keep = "90 days"', 'kep = "90 days"', "unknown_option", '"keep"'),
        ("events.lua", '"integer", required', '"integer", requierd', "unknown_option", '"required"'),
        ("tags.lua", "class = \"behaviour\", on", "clas = \"behaviour\", on", "unknown_option", '"class"'),
    ],
    "a missing comma": [
        ("points.lua", 'pending = "14 days",', 'pending = "14 days"', "syntax", ","),
        ("events.lua", 'order_id = { "text", required = true },', 'order_id = { "text", required = true }', "syntax", ","),
        ("points.lua", "give = 1, per", "give = 1 per", "syntax", ","),
        ("tiers.lua", 'window = "12 months" },', 'window = "12 months" }', "syntax", ","),
        ("scores.lua", '["Page Viewed"] = 1, [', '["Page Viewed"] = 1 [', "syntax", ","),
        ("identity.lua", '{ "test@test.com", "none', '{ "test@test.com" "none', "syntax", ","),
        ("points.lua", 'at_most = { 100, per', 'at_most = { 100 per', "syntax", ","),
        ("tiers.lua", '"Silver", from', '"Silver" from', "syntax", ","),
        ("rules.lua", 'on = "Review Posted",', 'on = "Review Posted"', "syntax", ","),
        ("tags.lua", 'on = "QR Scanned", keep', 'on = "QR Scanned" keep', "syntax", ","),
    ],
    "a wrong field": [
        ("points.lua", 'of = "revenue"', 'of = "revenu"', "unknown_field", '"revenue"'),
        ("measures.lua", 'sum = "revenue"', 'sum = "total"', "unknown_field", "declare"),
        ("measures.lua", 'each = "products"', 'each = "product"', "unknown_field", '"products"'),
        ("measures.lua", 'by = "category"', 'by = "kategory"', "unknown_field", '"category"'),
        ("measures.lua", 'by = "place"', 'by = "plaze"', "unknown_field", '"place"'),
        ("points.lua", 'once_per = "order_id"', 'once_per = "orderId"', "unknown_field", '"order_id"'),
        ("rules.lua", "event.rating <= 2", "event.raiting <= 2", "unknown_field", '"rating"'),
        ("rules.lua", "sku = event.sku", "sku = event.skus", "unknown_field", '"sku"'),
        ("tags.lua", 'return event.to == "Gold"', 'return event.too == "Gold"', "unknown_field", '"to"'),
        ("rules.lua", "event.rating <= 2", 'event["rateing"] <= 2', "unknown_field", '"rating"'),
        ("tags.lua", 'member:spend "12 months" >= money', 'member.traits.citty == "Rome" and member:spend "12 months" >= money', "unknown_field", '"city"'),
    ],
    "a single = for ==": [
        ("rules.lua", 'event.to == "Gold"', 'event.to = "Gold"', "syntax", "=="),
        ("tags.lua", 'return event.to == "Gold"', 'return event.to = "Gold"', "syntax", "=="),
        ("rules.lua", "member:earn(\"stars\", 200)", 'if member.tiers["membership"].name = "Gold" then member:earn("stars", 200) end', "syntax", "=="),
        ("tags.lua", 'member:shares "12 months" >= 2', 'member:shares "12 months" = 2', "syntax", "=="),
        ("tags.lua", 'member:views "30 days" >= 5 and', 'member:views "30 days" = 5 and', "syntax", "=="),
    ],
    "another unknown name": [
        ("rules.lua", 'member:earn("stars", 200)', 'member:earn("starz", 200)', "unknown_points", '"stars"'),
        ("rules.lua", 'member.tags["has been Gold"]', 'member.tags["has been Glod"]', "unknown_tag", '"has been Gold"'),
        ("tags.lua", "member:shares", "member:shars", "unknown_measure", "shares"),
        ("tags.lua", 'member:did "Order Completed"', 'member:did "Order Complete"', "unknown_event", '"Order Completed"'),
        ("tags.lua", 'member:spend "12 months" >= money', 'member:spend "12 mnths" >= money', "bad_duration", "12 months"),
        ("rules.lua", 'member:emit("Unhappy Customer"', 'member:emit("Unhappy Customers"', "unknown_event", '"Unhappy Customer"'),
    ],
    "a string for a number": [
        ("points.lua", "give = 20,", 'give = "20",', "wrong_type", "20, without quotes"),
        ("points.lua", "times = 2,", 'times = "2",', "wrong_type", "2, without quotes"),
        ("tiers.lua", "rate = 1.2", 'rate = "1.2"', "wrong_type", "1.2, without quotes"),
        ("scores.lua", '["Page Viewed"] = 1,', '["Page Viewed"] = "1",', "wrong_type", "1, without quotes"),
        ("scores.lua", "{ 20, per", '{ "20", per', "wrong_type", "20, without quotes"),
        ("identity.lua", "per_member = 20", 'per_member = "20"', "wrong_type", "20, without quotes"),
        ("tiers.lua", "steps = 1", 'steps = "1"', "wrong_type", "1, without quotes"),
        ("points.lua", 'per = money "1"', 'per = "1"', "wrong_type", 'money "1"'),
        ("tiers.lua", 'from = money "1000"', 'from = "1000"', "bad_unit", 'money "1000"'),
        ("tiers.lua", 'from = money "1000"', "from = 1000", "bad_unit", 'money "1000"'),
        ("rules.lua", "event.rating <= 2", 'event.rating <= "2"', "wrong_type", "2"),
        ("rules.lua", 'member:orders "12 months" >= 2', 'member:orders "12 months" >= "2"', "wrong_type", "2"),
        ("rules.lua", 'member:earn("stars", 200)', 'member:earn("stars", "200")', "wrong_type", "without quotes"),
        ("rules.lua", "event.rating <= 2", 'event.rating == "2"', "wrong_type", "2 without quotes"),
        ("rules.lua", "event.rating <= 2", '"2" ~= event.rating', "wrong_type", "2 without quotes"),
        ("rules.lua", 'member:orders "12 months" >= 2', 'member:spend "12 months" >= "2"', "wrong_type", 'money "2"'),
        ("rules.lua", 'member:orders "12 months" >= 2', 'member:orders("12 months" >= 2)', "wrong_type", '("12 months")'),
        ("scores.lua", 'half_life = "30 days"', "half_life = 30", "bad_duration", '"30 days"'),
        ("points.lua", 'pending = "14 days"', "pending = 14", "bad_duration", '"14 days"'),
    ],
    "an unknown tier": [
        ("points.lua", 'times = "rate"', 'times = { rate = "membreship" }', "unknown_tier", '"membership"'),
        ("tiers.lua", '{ "free delivery" } },\n  { "Gold"', '{ "free delivry" } },\n  { "Gold"', "unknown_word", '"free delivery"'),
        ("rules.lua", 'event.to == "Gold"', 'event.to == "Golden"', "unknown_tier", '"Gold"'),
        ("rules.lua", 'event.to == "Gold"', 'member.tiers["membreship"].name == "Gold"', "unknown_tier", '"membership"'),
        ("rules.lua", 'event.to == "Gold"', 'member.tiers.membership.name == "Glod"', "unknown_tier", '"Gold"'),
        ("tags.lua", 'return event.to == "Gold"', 'return event.to == "Silber"', "unknown_tier", '"Silver"'),
        ("rules.lua", 'event.to == "Gold"', '"Gold" == member.tiers["memberschip"].name', "unknown_tier", '"membership"'),
    ],
    "a negative threshold": [
        ("tiers.lua", 'from = money "1000"', 'from = money "-1000"', "negative_threshold", 'money "1000"'),
        ("points.lua", "give = 20", "give = -20", "negative_threshold", "20?"),
        ("points.lua", "{ 5000, per", "{ -5000, per", "negative_threshold", "5000?"),
        ("points.lua", 'money "1"', 'money "-1"', "negative_threshold", 'money "1"'),
        ("points.lua", "times = 2", "times = -2", "negative_threshold", "2?"),
        ("tiers.lua", "rate = 1.2", "rate = -1.2", "negative_threshold", "1.2?"),
        ("scores.lua", "{ 20, per", "{ -20, per", "negative_threshold", "20?"),
        ("rules.lua", 'member:orders "12 months" >= 2', 'member:orders "12 months" >= -2', "negative_threshold", "2?"),
        ("tags.lua", 'member:spend "12 months" >= money "', 'member:spend "12 months" >= money "-', "negative_threshold", 'money "'),
        ("tags.lua", "member:shares \"12 months\" >= 2", "-2 < member:shares \"12 months\"", "negative_threshold", "2?"),
        ("tiers.lua", '{ 1, per = "month" }', '{ -1, per = "month" }', "negative_threshold", "1?"),
    ],
    "a duplicate name": [
        ("tags.lua", 'tag "sharer"', 'tag "big spender"', "duplicate_name", "another name"),
        ("tiers.lua", '{ "Gold",', '{ "Silver",', "duplicate_name", "another name"),
        ("points.lua", "give = 20,", "give = 20, give = 30,", "duplicate_name", "leave one of them out"),
        ("measures.lua", 'measure "views"', 'measure "reviews"', "duplicate_name", "another name"),
        ("traits.lua", 'consent "marketing"', 'consent "city"', "duplicate_name", "another name"),
        ("points.lua", 'earn "stars for a review"', 'earn "stars on purchases"', "duplicate_name", "another name"),
        ("scores.lua", '["Page Viewed"] = 1,', '["Page Viewed"] = 1, ["Page Viewed"] = 2,', "duplicate_name", "leave one of them out"),
        ("events.lua", 'event "App Opened"', 'event "QR Scanned"', "duplicate_name", "another name"),
    ],
}

# Where the second of two equal names is not where the change was made.
ELSEWHERE = {'measure "reviews"': 'measure "reviews"'}


def tokens(text):
    return re.findall(r'"[^"]*"|\w+', text)


def mended(slip, line, right, wrong, suggestion):
    """The slip with the name that is suggested in the place of the one that is wrong; None when that is not what is suggested."""
    meant = re.fullmatch(r'did you mean "([^"]+)"\?', suggestion)
    bad = [t.strip('"') for t in tokens(wrong) if t not in tokens(right)]
    if not meant or len(bad) != 1:
        return None
    lines = slip.split("\n")
    lines[line - 1] = re.sub(r"(?<!\w)%s(?!\w)" % re.escape(bad[0]), meant.group(1), lines[line - 1], count=1)
    return "\n".join(lines)


for kind, instances in DECLARED.items():
    for name, right, wrong, code, suggestion in instances:
        with Box() as box:
            rules = os.path.join(box.path, "rules")
            shutil.copytree(CLUB, rules)
            with open(os.path.join(rules, name), encoding="utf-8") as f:
                text = f.read()
            assert right in text, (name, right)
            slip = text.replace(right, wrong, 1)
            line = text[:text.index(right)].count("\n") + 1
            if wrong in ELSEWHERE:
                line = slip[:slip.rindex(ELSEWHERE[wrong])].count("\n") + 1
            box.file("rules/" + name, slip)
            found = run("check", rules, "--json")
            problems = found.json.get("problems", [])
            at = [(p["file"], p["line"], p["code"]) for p in problems]
            what = "%s: %s" % (kind, " ".join(wrong.split()))
            if equal(what, (found.code, at), (1, [(name, line, code)])):
                check("... and what would be right", suggestion in problems[0]["suggestion"], problems[0])
            again = len(problems) == 1 and code.startswith("unknown_") and mended(slip, line, right, wrong, problems[0]["suggestion"])
            if again:
                box.file("rules/" + name, again)
                silent = run("check", rules)
                equal("... which mends it", (silent.code, silent.out, silent.err), (0, "", ""))

# ---- what only shows at run time ---------------------------------------------------------------------------------------------

ACT = 'rule "late" {\n  on = "Review Posted",\n  act = function(member, event)\n%s\n  end,\n}\n'
FAILING = {  # what, the body, the line in it (from 1), what the message says is wrong, what would be right
    "an endless loop": [
        ("    local n = 0\n    while n < 10 do\n      local twice = n * 2\n    end", 2, "did not end", "loop on line 5"),
        ("    local n = 0\n    repeat\n      n = n + 1\n    until n == 0", 2, "did not end", "loop on line 5"),
        ("    for i = 1, math.huge do\n      local x = i\n    end", 1, "did not end", "loop on line 4"),
        ("    while true do end", 1, "did not end", "loop on line 4"),
        ("    local i = 10\n    while i > 0 do\n      if event.rating > 3 then i = i + 1 else i = i + 2 end\n    end", 2, "did not end",
         "loop on line 5"),
        ("    ::again::\n    local n = 1\n    goto again", 1, "did not end", "loop on line 4"),
        ("    local function deep(n) return deep(n + 1) end\n    deep(1)", 1, "did not end", '"deep" on line 4'),
    ],
    "a nil index": [
        ("    local x = member.traits.city.name", 1, '"city" is absent for some members', "member.traits.city and"),
        ("    local first = event.category.main", 1, '"category" is not in every such event', "event.category and"),
        ("    local by = { coffee = { stars = 2 } }\n    member:earn(\"stars\", by[event.order_id].stars)", 2, "can be absent", "test it first"),
        ("    local city = member.traits.city\n    local first = city.first", 2, '"city" can be absent', "city and"),
        ("    local known = {}\n    member:earn(\"stars\", known.shop.stars)", 2, '"shop" can be absent', "x.shop and"),
    ],
    "more of that kind": [
        ("    if event.order_id > 3 then member:earn(\"stars\", 1) end", 1, "compare", "(x or 0)"),
        ("    member:earn(\"stars\", 10 + member.traits.city)", 1, "arithmetic", "(member.traits.city or 0)"),
        ("    member:notify(\"hello\", { text = \"in \" .. event.category })", 1, "concatenate", '(event.category or "")'),
    ],
}
for kind, instances in FAILING.items():
    for body, line, wrong, right in instances:
        with Box() as box:
            rules = box.rules = os.path.join(box.path, "rules")
            shutil.copytree(CLUB, rules)
            box.file("rules/late.lua", ACT % body)
            what = "%s: %s" % (kind, " ".join(body.split()))
            silent = run("check", rules)
            if silent.code:  # what can be known beforehand is better said then
                problems = run("check", rules, "--json").json["problems"]
                equal(what + " (said by check)", [(p["file"], p["line"]) for p in problems], [("late.lua", line + 3)])
                continue
            box.ingest([track("u1", "Review Posted", "2026-01-05T10:00:00Z", {"rating": 5}, message_id="r1")])
            items = box.run("errors").json["items"]
            if equal(what, [(i["rule"], i["file"], i["line"]) for i in items], [("late", "late.lua", line + 3)]):
                check("... what is wrong and what would be right", wrong in items[0]["message"] and right in items[0]["message"], items[0]["message"])

found = run("check", CLUB)
equal("the program without slips: silence", (found.code, found.out, found.err), (0, "", ""))
done()
