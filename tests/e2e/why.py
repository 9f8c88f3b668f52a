#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tessera why: every change names its rule, the event and the figures behind it; what each kind of function read is kept; pages go on
where the one before ended; what an older version of the rules paid is told in the words of that version."""

import re

from lib import Box, check, done, equal, identify, order, redeem, run, tick, track

RULES = """program { name = "Shop", timezone = "UTC", currency = "CNY" }
event "Order Completed" { order_id = { "text", required = true }, revenue = { "money", required = true } }
event "Asked" {}
event "Visited" {}
event "Answered" { what = "text" }
identifier "user_id" { strong = true }
identifier "email" { strong = true, normalize = "email", from = "traits.email" }
trait "city" {}
trait "mood" {}
consent "letters" { default = "no" }
measure "spend" { on = "Order Completed", sum = "revenue" }
measure "orders" { on = "Order Completed" }
measure "visits" { on = "Visited" }
score "warmth" { events = { ["Visited"] = 2 }, half_life = "30 days" }
points "stars" { pending = "2 days", expire = { after = "30 days" } }
tiers "club" { basis = { measure = "spend", window = "2 months" },
  { "Member" }, { "Gold", from = money "50", rate = 1.5 }, downgrade = { review = "monthly" } }
earn "base" { on = "Order Completed", give = 2, per = money "1", of = "revenue", times = "rate", points = "stars",
  at_most = { 300, per = "day" } }
earn "looked" { on = "Visited", points = "stars",
  when = function(member) return member.traits.city == "Shanghai" end,
  amount = function(member) return member:visits() * 3 end }
earn "flat" { on = "Visited", points = "stars", give = 1, when = function(member) return not member.consents.letters end }
bonus "weekend" { of = "base", times = 1.5, when = function(member) return member:spend "7 days" > 1000 end }
rule "asked" { on = "Asked",
  when = function(member) return member.tiers["club"].name == "Member" end,
  act = function(member, event)
    member:set("mood", member.scores["warmth"] > 1 and "warm" or "cold")
    member:add("warmth", 1)
    member:tag "asked"
    member:emit("Answered", { what = "yes" })
    member:notify("hello", { call = event.at.date .. "T12:00:00Z", of = { 1 }, mood = "warm" })
  end }
tag "asked" { class = "behaviour" }
tag "buyer" { when = function(member) return member:orders "30 days" > 0 end }
tag "visitor" { on = "Visited", keep = "10 days", when = function(member) return member:did("Visited", "7 days") end }
segment "quiet" { when = function(member) return member:orders() > 0 and not member:did("Order Completed", "20 days") end }
points "beans" {}
event "Picked" { products = { "list", of = { price = "money", quantity = "integer" } } }
earn "by items" { on = "Picked", points = "beans", each = "products", give = 1, per = money "3", of = { "price", "quantity" } }
milestone "much bought" { at = { money "150" }, of = "spend", give = { points = "beans", amount = 1 } }
milestone "third order" { every = 3, of = "orders", give = { points = "stars", amount = 7 },
  when = function(member) return member:points "stars".pending > 0 end }
"""


def items(box, what, **match):
    found = box.run("why", "user_id:u1", "--what", what).json["items"]
    return [i for i in found if all(i.get(k) == v for k, v in match.items())]


def one(box, what, rule, **match):
    found = [i for i in items(box, what, **match) if i["rule"] and i["rule"]["name"] == rule]
    check("there is one of " + rule, len(found) >= 1, (what, match, items(box, what)))
    return found[-1] if found else {"read": {}, "rule": {}, "reason": ""}


def history(box):
    box.ingest([
        identify("2026-01-01T00:00:00Z", userId="u1", traits={"city": "Shanghai"}),
        track("u1", "Visited", "2026-01-02T00:00:00Z", message_id="v1"),
        track("u1", "Asked", "2026-01-02T01:00:00Z", message_id="a1"),
        order("u1", 1, 60, "2026-01-03T00:00:00Z"),
        order("u1", 2, 100, "2026-01-03T01:00:00Z"),
        order("u1", 3, 1, "2026-01-04T01:00:00Z"),
        identify("2026-01-05T00:00:00Z", userId="u2", traits={"email": "u@x.org"}),
        identify("2026-01-05T01:00:00Z", userId="u1", traits={"email": "u@x.org"}),
        tick("2026-04-02T00:00:00Z"),
    ], name="h")


def reads():
    with Box(RULES) as box:
        history(box)
        got = one(box, "ledger", "looked")
        equal("when and amount of an earning", got["read"], {"traits.city": "Shanghai", "visits lifetime": 1})
        equal("when of a declared earning", one(box, "ledger", "flat")["read"], {"consents.letters": False})
        equal("when of a bonus", one(box, "ledger", "weekend")["read"], {"spend 7 days": 6000})
        want = {"tiers.club": "Member", "scores.warmth": 2}
        for what in ("trait", "score", "tag", "notify", "emit"):
            got = one(box, what, "asked")
            equal("when and act of a rule: " + what, {k: round(v) if isinstance(v, float) else v for k, v in got["read"].items()}, want)
        said = one(box, "notify", "asked")["reason"]
        check("what a notice carries, times by the program's clock", re.search(r"with call: 20\d\d-\d\d-\d\d \d\d:00, mood: \"warm\", of: a list", said), said)
        said = one(box, "emit", "asked")["reason"]
        check("what an event carries", 'with what: "yes"' in said, said)
        equal("when of a tag alone", one(box, "tag", "buyer", change="added")["read"], {"orders 30 days": 1})
        equal("when it ends", items(box, "tag", name="buyer", change="removed")[0]["read"], {"orders 30 days": 0})
        equal("when of a tag at an event", one(box, "tag", "visitor", change="added")["read"], {"did Visited 7 days": True})
        equal("when of a segment", one(box, "segment", "quiet", change="entered")["read"],
              {"orders lifetime": 3, "did Order Completed 20 days": False})
        equal("when of a milestone, and what it counted", sorted(one(box, "ledger", "third order")["read"]),
              ["figure", "points.stars.pending", "threshold", "times"])
        box.healthy("verify finds nothing", "--replay")


def figures():
    with Box(RULES) as box:
        history(box)
        first, second = items(box, "ledger", change="earn")[::-1][2:4]
        equal("of the first order", (first["rule"]["name"], first["amount"], first["desired"], first["granted"]), ("base", 120, 120, 120))
        equal("its factors", first["factors"], {"base": 6000, "give": 2, "per": 100, "rate": 1, "times": 1, "cap": {"amount": 300, "text": "300 in a calendar day"}})
        check("in words", "60.00 CNY of revenue at 2 for each 1.00 CNY, times 1 (the rate of the level)" in first["reason"], first["reason"])
        equal("the second is cut by the cap", (second["desired"], second["granted"]), (300, 180))
        check("in words", "300 wanted, 180 granted: the rest was over the cap, 300 in a calendar day" in second["reason"], second["reason"])
        check("file and line", first["rule"]["line"] > 0 and first["rule"]["file"].endswith(".lua") and first["rule"]["version"], first["rule"])
        extra = items(box, "ledger", change="bonus")[-1]
        equal("a bonus names its base", (extra["base"]["rule"]["name"], extra["base"]["transaction"], extra["base"]["amount"]),
              ("base", first["transaction"], 120))
        lapsed = items(box, "ledger", change="expire")[-1]
        check("what lapses says what it was earned by", lapsed["earned_by"]["rule"]["name"] in ("looked", "flat"), lapsed)
        equal("a join names who", [i["who"] for i in items(box, "join")], ["m2"])
        text = run("why", "user_id:u1", "--limit", 400, "--db", box.db).out
        for said in ("earned 120 stars, to spend from 2026-01-05 00:00 on", 'earn "base" (', "stars lapsed", "spend 7 days: 60.00 CNY",
                     'has the tag "buyer" no more', "rose from Member to Gold in club", "fell from Gold to Member in club",
                     "m2 turned out to be the same", 'came into the segment "quiet"', 'made the event "Answered"', "afterwards"):
            check("the text says: " + said, said in text, text[:3000])


def items_and_milestones():
    with Box(RULES) as box:
        box.ingest([
            track("u1", "Picked", "2026-01-02T00:00:00Z", {"products": [{"price": 4, "quantity": 2}, {"price": 5, "quantity": 1}]}, message_id="p1"),
            order("u1", 1, 160, "2026-01-03T00:00:00Z"),
        ], name="i")
        got = one(box, "ledger", "by items")
        equal("the items' shares", (got["amount"], got["lines"]["points"]), (4, [2, 2]))
        check("in words", "by the items of products: 2, 2" in got["reason"], got["reason"])
        got = one(box, "ledger", "much bought")
        check("a milestone tells its figure in money", "figure: 160.00 CNY, threshold: 150.00 CNY" in got["reason"], got["reason"])


def pages():
    with Box(RULES) as box:
        history(box)
        for what in (None, "tag", "ledger"):
            more = ["--what", what] if what else []
            whole = box.run("why", "user_id:u1", *more).json
            equal("all at once", (whole["next"], len(whole["items"]) > 3), (None, True))
            got, after = [], None
            while True:
                page = box.run("why", "user_id:u1", "--limit", 3, *(["--after", after] if after else []), *more).json
                check("a page holds at most its limit", 0 < len(page["items"]) <= 3, page)
                got += page["items"]
                after = page["next"]
                if not after:
                    break
            equal("page by page it is the same", got, whole["items"])
        equal("an unknown kind is a usage error", box.run("why", "user_id:u1", "--what", "nothing").code, 2)
        equal("an unknown member is not found", box.run("why", "user_id:nobody").code, 3)


def versions():
    with Box(RULES) as box:
        history(box)
        box.put_rules(RULES.replace("give = 2,", "give = 5,"))
        box.ingest([order("u1", 9, 10, "2026-04-03T00:00:00Z")], name="later")
        found = [i for i in items(box, "ledger", change="earn") if i["rule"]["name"] == "base"]
        equal("each in the words of its version", (found[0]["factors"]["give"], found[-1]["factors"]["give"]), (5, 2))
        box.ingest([redeem("user_id:u1", "k1", 10, "2026-04-06T00:00:00Z", points="stars", reason="a cup")], name="spent")
        spent = items(box, "ledger", change="spend")[0]
        check("a redemption says what for", "a cup" in spent["reason"], spent)


def elsewhere():
    with Box(RULES) as box:
        history(box)
        card = run("member", "user_id:u1", "--db", box.db).out
        equal("the card has an address once, though it came as a trait", card.count("u@x.org"), 1)
        rows = box.sql("SELECT DISTINCT movement, note FROM ledger_transaction WHERE movement IN ('earn', 'bonus')")
        equal("the packed factors of an earning are no text for people", sorted(map(tuple, rows)), [("bonus", None), ("earn", None)])


KEYS = ["what", "name", "change", "amount", "balance", "at", "record", "rule", "event", "read", "reason"]


def keys_and_errors():
    late = 'tag "late" { class = "life" }\nrule "late" { on = "Page Viewed", act = function(member) member:tag "late" error "so it is" end }\n'
    with Box(RULES + late) as box:
        history(box)
        box.ingest([track("u1", "Page Viewed", "2026-05-01T10:00:00Z", {}, message_id="late")])
        items = box.run("why", "user_id:u1", "--limit", "200").json["items"]
        check("there are changes of several kinds", len({i["what"] for i in items}) > 3, items)
        equal("each has every key of the contract", [i for i in items if any(k not in i for k in KEYS)], [])
        failed = [i for i in items if i["what"] == "error"]
        equal("a rule that failed says why", [(i["name"], "so it is" in i["reason"]) for i in failed], [("late", True)])


for part in (reads, figures, items_and_milestones, pages, versions, elsewhere, keys_and_errors):
    part()
done()
