#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tessera rules explain: a file in plain words, within its rule set. Every option of every word changes what is said; a new option without a
case here makes the test fail."""

import os

from lib import Box, ROOT, check, done, equal, run

WHEN = "function(member) return member:orders() > %s end"
DURING = '{ days = { "Monday" } }'
# word: (what it needs, {option: (a value, another or None for leaving it out)}, options that cannot stand beside the others)
BASE = 'program { currency = "EUR" }\nmeasure "orders" { on = "Order Completed" }\npoints "stars" {}\ntrait "city" {}\ntrait "birthday" { type = "date" }\n'
WORDS = {
    "program": ("", {"name": ('"A"', '"B"'), "timezone": ('"Asia/Shanghai"', None), "currency": ('"CNY"', '"JPY"'), "late": ('"3 days"', None),
                     "unknown_events": ('"accept"', None)}),
    "identifier": ("", {"strong": ("true", None), "per_member": ("3", None), "per": ('"30 days"', None), "normalize": ('"email"', None),
                        "from": ('"traits.card"', '"traits.pass"')}),
    "trait": ("", {"class": ('"life"', None), "type": ('"integer"', None)}),
    "consent": ("", {"default": ('"yes"', '"no"')}),
    "measure": ('event "E" { n = "integer", products = { "list", of = { n = "integer", kind = "text" } } }\n',
                {"on": ('"E"', '{ "E" }'), "sum": ('"n"', None), "each": ('"products"', None), "by": ('"kind"', None), "where": ('{ n = 3 }', None)}),
    "score": ("", {"half_life": ('"30 days"', None), "events": ('{ ["Page Viewed"] = 1 }', None), "traits": ('{ city = { Rome = 10 } }', None),
                   "at_most": ('{ 20, per = "day" }', None), "floor": ("1", None)}),
    "tag": ("", {"when": (WHEN % 3, None), "on": ('"Order Completed"', '"Page Viewed"'), "during": (DURING, None), "keep": ('"9 days"', '"8 days"'),
                 "class": ('"life"', None)}),
    "segment": ("", {"when": (WHEN % 3, WHEN % 4)}),
    "benefit": ("", {"terms": ('"a"', '"b"'), "at_most": ('{ 2, per = "month" }', None)}),
    "tiers": ("", {"basis": ('{ measure = "orders", window = "3 months" }', '{ points = "stars" }'), "upgrade": ('"review"', None),
                   "downgrade": ('{ review = "weekly" }', None), "on_refund": ('"now"', None)}),
    "points": ("", {"pending": ('"14 days"', None), "expire": ('{ after = "1 month" }', None), "on_refund": ('"floor"', None), "decimals": ("2", None),
                    "spendable": ("false", None)}),
    "earn": ('event "E" { id = "text", n = "integer", products = { "list", of = { m = "integer", kind = "text" } } }\npoints "moons" {}\n'
             'tiers "club" { basis = { measure = "orders" }, { "A", rate = 2 } }\n',
             {"on": ('"E"', '{ "E" }'), "once_per": ('"id"', None), "points": ('"stars"', '"moons"'), "give": ("1", "2"), "per": ("3", None),
              "of": ('"m"', '"n"'), "each": ('"products"', None), "where": ('{ kind = "x" }', None), "times": ('"rate"', None), "steps": ("true", None),
              "rounding": ('"up"', None), "when": (WHEN % 3, None), "amount": ("function() return 1 end", None), "during": (DURING, None),
              "late": ("true", None), "at_most": ('{ 9, per = "day" }', None), "priority": ("4", None), "funded_by": ('"Roastery"', None)}),
    "bonus": ('event "E" { products = { "list", of = { kind = "text" } } }\nearn "e" { on = "E", points = "stars", give = 1, each = "products" }\n'
              'earn "f" { on = "E", points = "stars", give = 1, each = "products" }\n',
              {"of": ('"e"', '"f"'), "times": ("2", "3"), "best_of": ('"g"', None), "when": (WHEN % 3, None), "during": (DURING, None),
               "at_most": ('{ 9, per = "day" }', None), "where": ('{ kind = "x" }', None), "funded_by": ('"Roastery"', None)}),
    "milestone": ('measure "bought" { on = "Order Completed", each = "products", by = "category" }\n',
                  {"of": ('"bought"', None), "value": ('"coffee"', '"tea"'), "every": ("10", "5"), "at": ("{ 5, 25 }", "{ 6 }"),
                   "give": ('{ points = "stars", amount = 5 }', '{ points = "stars", amount = 6 }'), "when": (WHEN % 3, None), "during": (DURING, None),
                   "late": ("true", None), "funded_by": ('"Roastery"', None)}),
    "attribution": ('event "S" { staff = "text", desk = "text" }\n',
                    {"to": ('"staff"', '"desk"'), "touches": ('"S"', '{ "S", "S2" }'), "credit": ('"Order Completed"', '"Order Updated"'),
                     "model": ('"even"', None), "within": ('"9 days"', '"8 days"'), "of": ('"revenue"', None)}),
    "rule": ("", {"on": ('"Order Completed"', '"Page Viewed"'), "when": (WHEN % 3, None), "act": ("function() end", "\nfunction() end"),
                  "during": (DURING, None), "priority": ("3", None)}),
    "refund": ("".join('event "%s" { order_id = "text", checkout_id = "text", revenue = "money", products = { "list", of = { '
                       'sku = "text", product_id = "text", quantity = "integer", weight = "integer" } } }\n' % e
                       for e in ("Order Completed", "Order Refunded", "Order Updated")),
               {"of": ('"Order Completed"', '"Order Updated"'), "by": ('"order_id"', '"checkout_id"'), "amount": ('"revenue"', None),
                    "lines": ('"products"', None), "line": ('"sku"', '"product_id"'), "quantity": ('"quantity"', '"weight"')}),
}
# An option that stands only without these others; what goes with an option that is left out; how it is changed instead.
WITHOUT = {("earn", "amount"): ("give", "per", "of", "times", "steps", "rounding", "each", "where"), ("milestone", "at"): ("every",)}
WITH = {("measure", "each"): ("by", "where"), ("earn", "each"): ("where",), ("earn", "per"): ("steps",), ("identifier", "per_member"): ("per",),
        ("refund", "lines"): ("line", "quantity"), ("milestone", "of"): ("value",), ("measure", "on"): ()}
INSTEAD = {("milestone", "of"): {"of": '"orders"'}, ("measure", "on"): {"on": '{ "E", "E2" }'}, ("measure", "each"): {"on": '"E"'},
           ("earn", "on"): {"on": '{ "E", "E2" }'}, ("earn", "each"): {"of": '"n"'}}
SKIP_FULL = {"earn": ("amount",), "milestone": ("at",)}
EXTRA = {"measure": 'event "E2" { n = "integer", products = { "list", of = { n = "integer", kind = "text" } } }\n',
         "earn": 'event "E2" { id = "text", n = "integer", products = { "list", of = { m = "integer", kind = "text" } } }\n',
         "attribution": 'event "S2" { staff = "text", desk = "text" }\n'}
NAMES = {"refund": "Order Refunded"}
LEVELS = {"tiers": '{ "A" }, { "B", from = 10 }, '}


def declaration(word, options):
    body = "{ " + LEVELS.get(word, "") + ", ".join("%s = %s" % item for item in options.items()) + " }"
    return "%s %s%s\n" % (word, '"%s" ' % NAMES.get(word, "x") if word != "program" else "", body)


def explained(word, needs, options):
    """The text of the declaration; None when the rule set is refused."""
    base = BASE if word != "program" else ""
    with Box({"program.lua": base + needs + EXTRA.get(word, "") + declaration(word, options)}) as box:
        found = run("rules", "explain", os.path.join(box.rules, "program.lua"), "--json")
        texts = [d["text"] for d in found.json.get("declarations", []) if d["word"] == word and (d["name"] or "x") == NAMES.get(word, "x")]
        return texts[0] if found.code == 0 and texts else found.error


words = {w["name"]: {o["name"] for o in w.get("options", []) if not o.get("later")} for w in run("rules", "words", "--json").json["words"]}
for word, (needs, options) in WORDS.items():
    equal("%s: every option has a case" % word, sorted(words[word]), sorted(options))
    full = {k: v[0] for k, v in options.items() if k not in SKIP_FULL.get(word, ())}
    whole = explained(word, needs, full)
    if not check("... and all together are explained", isinstance(whole, str), whole):
        continue
    for option, (value, other) in options.items():
        at = (word, option)
        before = {k: v for k, v in dict(full, **{option: value}).items() if k not in WITHOUT.get(at, ())}
        after = {k: v for k, v in full.items() if k not in WITH.get(at, ()) + (option,)}
        if other is not None:
            after = dict(before, **{option: other})
        after.update(INSTEAD.get(at, {}))
        before, after = explained(word, needs, before), explained(word, needs, after)
        check("... %s changes the text" % option, isinstance(before, str) and isinstance(after, str) and before != after, (before, after))

for word, key, values in (("points", "expire", ['after = "1 month"', 'after = "1 month", at = "month end"', 'after = "1 month", notice = "3 days"',
                                                'after = "1 month", extended_by = "Order Completed", at_latest = "9 months"',
                                                'after = "1 month", extended_by = "Order Completed", at_latest = "8 months"']),
                          ("tiers", "downgrade", ['review = "weekly"', 'review = "weekly", grace = "3 days"', 'review = "weekly", notice = "3 days"',
                                                  'review = "weekly", steps = 1', 'review = "weekly", window = "9 months"']),
                          ("tiers", "basis", ['measure = "orders"', 'measure = "orders", window = "9 months"', 'points = "stars"']),
                          ("milestone", "give", ['points = "stars", amount = 5', 'points = "stars", amount = 6', 'notify = "n"', 'tag = "t"',
                                                 'tag = "t", keep = "9 days"', 'emit = "Made"']),
                          ("bonus", "during", ['days = { "Friday" }', 'hours = { "08:00", "11:00" }', 'months = { "May" }',
                                               'dates = { "2026-01-01", "2026-01-31" }', 'month_of = "birthday"', 'day_of = "birthday"'])):
    needs = WORDS[word][0] + 'tag "t" { class = "life" }\nevent "Made" {}\n'
    base = {k: v[0] for k, v in WORDS[word][1].items() if k not in SKIP_FULL.get(word, ())}
    texts = [explained(word, needs, dict(base, **{key: "{ %s }" % value})) for value in values]
    for value, text in zip(values, texts):
        if "window" in value and word == "tiers" and not isinstance(text, str):
            continue # a version without it
        check("%s.%s { %s }" % (word, key, value), isinstance(text, str) and texts.count(text) == 1, text)

# ---- places ---------------------------------------------------------------------------------------------------------------

RULES = {"program.lua": 'program { currency = "CNY" }\n', "points.lua": 'points "stars" {}\n\nearn "e" { on = "Order Completed", give = 1, per = money "1", of = "revenue" }\n',
         "more/tags.lua": 'tag "fan" { when = function(member) return member:did "Order Completed" end }\n'}
with Box(RULES) as box:
    found = run("rules", "explain", os.path.join(box.rules, "points.lua"), "--json").json
    equal("a file has its own declarations", [(d["word"], d["name"], d["file"], d["line"]) for d in found["declarations"]],
          [("points", "stars", "points.lua", 1), ("earn", "e", "points.lua", 3)])
    equal("... and says which it is", found["file"], "points.lua")
    check("... with the currency of the program", "1.00 CNY of revenue" in found["declarations"][1]["text"], found)
    found = run("rules", "explain", os.path.join(box.rules, "more", "tags.lua"), "--json").json
    equal("a file further down belongs to the program above", [d["file"] for d in found["declarations"]], ["more/tags.lua"])
    check("... with its condition as it is written", '`member:did "Order Completed"`' in found["declarations"][0]["text"], found)
    equal("a folder has all", len(run("rules", "explain", box.rules, "--json").json["declarations"]), 4)
    equal("... and so has --rules", len(run("rules", "explain", "--rules", box.rules, "--json").json["declarations"]), 4)
    text = run("rules", "explain", os.path.join(box.rules, "points.lua"))
    check("for people a paragraph each", text.code == 0 and text.out.startswith('points "stars" (points.lua:1)\n  Whole points.'), text)
    equal("a file that is not there", run("rules", "explain", os.path.join(box.rules, "none.lua")).code, 3)
    box.file("rules/bad.lua", 'tga "x" {}\n')
    found = run("rules", "explain", os.path.join(box.rules, "points.lua"), "--json")
    equal("a set with errors is refused with its problems", (found.code, [p["code"] for p in found.error.get("problems", [])]), (4, ["unknown_word"]))
for folder in ("rules", "tests/e2e/club"):
    found = run("rules", "explain", os.path.join(ROOT, folder), "--json").json
    check("%s: no declaration without words" % folder, found["declarations"] and all(len(d["text"]) > 15 for d in found["declarations"]), found)
done()
