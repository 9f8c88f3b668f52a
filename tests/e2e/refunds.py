#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Refunds: what an order counted is counted no more, on the date of the order: measures, conditions, tiers and scores; in parts, twice, too much,
before its order, of an order that nobody knows. Each ends with the rules run again and the state rebuilt from the journal."""

import os

from lib import Box, by_name, check, done, equal, identify, tick, track

HEAD = """program { name = "Shop", timezone = "UTC", currency = "USD" }
event "Order Completed" { order_id = "text", revenue = "money",
  products = { "list", of = { sku = "text", category = "text", quantity = "integer", price = "money" } } }
event "Order Refunded" { order_id = "text", revenue = "money", products = { "list", of = { sku = "text", quantity = "integer" } } }
event "Order Cancelled" { order_id = "text" }
refund "Order Refunded" { of = "Order Completed", by = "order_id", amount = "revenue", lines = "products", line = "sku" }
refund "Order Cancelled" { of = "Order Completed", by = "order_id" }
measure "orders" { on = "Order Completed" }
measure "spend" { on = "Order Completed", sum = "revenue" }
measure "items" { on = "Order Completed", each = "products", sum = "quantity" }
measure "bought" { on = "Order Completed", each = "products", by = "category", sum = "quantity" }
measure "paid" { on = "Order Completed", each = "products", sum = "price" }
"""


def bought(user, order, revenue, at, products=None, **more):
    fields = {"order_id": order, "revenue": revenue}
    if products:
        fields["products"] = [{"sku": s, "category": c, "quantity": q, "price": p} for s, c, q, p in products]
    return track(user, "Order Completed", at, fields, message_id="order-" + order, **more)


def refunded(user, order, at, revenue=None, products=None, message_id=None, **more):
    fields = {"order_id": order}
    if revenue is not None:
        fields["revenue"] = revenue
    if products is not None:
        fields["products"] = [{"sku": p} if isinstance(p, str) else {"sku": p[0], "quantity": p[1]} for p in products]
    return track(user, "Order Refunded", at, fields, message_id=message_id, **more)


def figures(box, *names, who="user_id:u1", **more):
    found = box.member(who, **more)["measures"]
    return tuple(found.get(n) for n in names)


def days(box, measure):
    return [tuple(r) for r in box.sql("SELECT day, count, sum FROM measure_day WHERE measure = '%s' ORDER BY day" % measure)]


def sound(box, what):
    """The rules, run again, decide the same; the journal alone gives the same state."""
    box.healthy(what + ": verify, rules run again", "--replay")
    want = box.hash()
    for name in os.listdir(box.db):
        if name.startswith("state.db"):
            os.unlink(os.path.join(box.db, name))
    box.ingest([], name="none")
    equal(what + ": rebuilt from the journal, the same", box.hash(), want)


def amounts():
    with Box(HEAD) as box:
        box.ingest([bought("u1", "o1", 105, "2026-01-10T10:00:00Z"), bought("u1", "o2", 50, "2026-02-10T10:00:00Z"),
                    refunded("u1", "o1", "2026-03-01T10:00:00Z", 40)])
        equal("Time: a refund counts on the date of the order it names", days(box, "spend"), [("2026-01-10", 1, 6500), ("2026-02-10", 1, 5000)])
        equal("a part of an order leaves it counted", figures(box, "orders", "spend"), (2, 11500))
        box.ingest([refunded("u1", "o1", "2026-03-02T10:00:00Z", 60)], name="a")
        equal("a second part", figures(box, "orders", "spend"), (2, 5500))
        box.ingest([refunded("u1", "o1", "2026-03-03T10:00:00Z", 60)], name="b")
        equal("more than is left takes what is left, and the order with it", figures(box, "orders", "spend"), (1, 5000))
        equal("and its day is empty", days(box, "orders"), [("2026-02-10", 1, 0)])
        box.ingest([refunded("u1", "o1", "2026-03-04T10:00:00Z", 60), refunded("u1", "o1", "2026-03-04T11:00:00Z")], name="c")
        equal("what is taken back already is not taken back again", figures(box, "orders", "spend"), (1, 5000))
        shown = [i for i in box.run("why", "user_id:u1", "--what", "refund").json["items"]]
        equal("why shows what each took, newest first", [i["name"] for i in shown], ["o1"] * 5)
        effects = [e for row in box.run("journal").json["items"] for e in row["effects"] if e["kind"] == "refund"]
        equal("with its amount", [(e["properties"]["amount"], e["properties"]["left"], e["properties"]["whole"]) for e in effects],
              [(4000, 6500, False), (6000, 500, False), (500, 0, True), (0, 0, True), (0, 0, True)])
        equal("and the rule", effects[0]["rule"]["name"], "Order Refunded")
        box.ingest([refunded("u1", "o2", "2026-03-05T10:00:00Z", -20)], name="d")
        equal("an amount sent below zero is the same amount", figures(box, "spend"), (3000,))
        box.ingest([track("u1", "Order Cancelled", "2026-03-06T10:00:00Z", {"order_id": "o2"})], name="e")
        equal("another event takes the rest, for it names no amount", (figures(box, "orders", "spend"), days(box, "spend")), ((0, 0), []))
        box.ingest([track("u1", "Order Completed", "2026-03-07T10:00:00Z", {"order_id": "o3"}), refunded("u1", "o3", "2026-03-08T10:00:00Z", 5)], name="f")
        equal("an order of which no amount is known goes wholly", figures(box, "orders"), (0,))
        sound(box, "amounts")


def items():
    products = [("a", "coffee", 3, 9), ("b", "tea", 1, 5), ("a", "coffee", 2, 6)]
    with Box(HEAD) as box:
        box.ingest([bought("u1", "o1", 100, "2026-01-10T10:00:00Z", products), refunded("u1", "o1", "2026-01-20T10:00:00Z", products=[("a", 1)])])
        equal("one of three", figures(box, "orders", "items", "paid", "spend"), (1, 5, 1700, 10000))
        equal("kept by category", [tuple(r) for r in box.sql("SELECT \"by\", count, sum FROM measure_day WHERE measure = 'bought' ORDER BY 1")],
              [("coffee", 2, 4), ("tea", 1, 1)])
        box.ingest([refunded("u1", "o1", "2026-01-21T10:00:00Z", products=["b", "unknown", {"x": 1} and "b"])], name="a")
        equal("an item without a quantity is all of it; one that was not bought, nothing", figures(box, "items", "paid"), (4, 1200))
        box.ingest([refunded("u1", "o1", "2026-01-22T10:00:00Z", revenue=30, products=[("a", 3)])], name="b")
        equal("across two lines of one item; the amount beside it", figures(box, "orders", "items", "paid", "spend"), (1, 1, 300, 7000))
        box.ingest([refunded("u1", "o1", "2026-01-23T10:00:00Z", products=[("a", 9)])], name="c")
        equal("the last item takes the order with it", figures(box, "orders", "items", "paid", "spend"), (0, 0, 0, 0))
        box.ingest([bought("u1", "o2", 100, "2026-02-10T10:00:00Z", products),
                    refunded("u1", "o2", "2026-02-11T10:00:00Z", revenue=90, products=["a", "b", "a"])], name="d")
        equal("all items are back but not all of the money: the order stands", figures(box, "orders", "items", "spend"), (1, 0, 1000))
        box.ingest([refunded("u1", "o2", "2026-02-12T10:00:00Z", revenue=10)], name="e")
        equal("with the rest of the money it goes", figures(box, "orders", "items", "spend"), (0, 0, 0))
        sound(box, "items")


def unknown():
    with Box(HEAD) as box:
        got = box.results([bought("u1", "o1", 100, "2026-01-10T10:00:00Z"), refunded("u1", "o9", "2026-01-11T10:00:00Z", 40),
                           track("u1", "Order Refunded", "2026-01-11T11:00:00Z", {"revenue": 5}),
                           refunded("u2", "o1", "2026-01-11T12:00:00Z", 40)])
        equal("applied all the same", [r["status"] for r in got], ["applied"] * 4)
        errors = box.run("errors").json["items"]
        equal("a refund without its order is a rule error, one without a number too, and one of another member's order",
              sorted(e["message"] for e in errors),
              ['it does not say which order: "order_id" is missing', "no order o9 is known", "the order o1 is one of m1, and the refund names m2"])
        equal("nothing was taken back", figures(box, "orders", "spend"), (1, 10000))
        equal("driven again, they stay", box.run("errors", "redrive", rules=box.rules).json, {"tried": 3, "applied": 0, "still": 3})
        box.ingest([bought("u1", "o9", 70, "2026-01-09T10:00:00Z"), identify("2026-01-12T10:00:00Z", userId="u1", traits={"email": "a@b.c"}),
                    identify("2026-01-12T10:01:00Z", userId="u2", traits={"email": "a@b.c"})], name="a")
        equal("Time: a refund that comes before its order takes nothing by itself", figures(box, "spend"), (17000,))
        found = box.run("errors", "redrive", rules=box.rules).json
        equal("and is driven again when the order, or the join, has come", (found["applied"], found["still"]), (2, 1))
        equal("on the order's date", days(box, "spend"), [("2026-01-09", 1, 3000), ("2026-01-10", 1, 6000)])
        again = box.run("errors", "redrive", rules=box.rules).json
        equal("once", (again["applied"], figures(box, "spend")), (0, (9000,)))
        sound(box, "unknown")


def conditions():
    rules = HEAD + """
tag "big spender" { when = function(member) return member:spend "12 months" >= money "100" end }
tag "buyer" { when = function(member) return member:did "Order Completed" and member:since "Order Completed" < 30 end }
score "heat" { events = { ["Order Completed"] = 10 }, at_most = { 15, per = "day" } }
"""
    with Box(rules) as box:
        box.ingest([bought("u1", "o1", 60, "2026-01-01T10:00:00Z"), bought("u1", "o2", 60, "2026-02-10T10:00:00Z"), bought("u1", "o3", 1, "2026-02-10T11:00:00Z")])
        tags = lambda: sorted(t["name"] for t in box.member("user_id:u1")["tags"])
        equal("tags before", (tags(), box.member("user_id:u1")["scores"]["heat"]), (["big spender", "buyer"], 25))
        box.ingest([refunded("u1", "o2", "2026-02-11T10:00:00Z", 30)], name="a")
        equal("a condition is looked at again when a part goes", tags(), ["buyer"])
        box.ingest([refunded("u1", "o2", "2026-02-12T10:00:00Z"), refunded("u1", "o3", "2026-02-12T10:00:00Z")], name="b")
        equal("the last order is the one before", (tags(), box.member("user_id:u1")["scores"]["heat"]), ([], 10))
        box.ingest([bought("u1", "o4", 1, "2026-02-10T12:00:00Z")], name="c")
        equal("a score's cap is given back", box.member("user_id:u1")["scores"]["heat"], 20)
        sound(box, "conditions")


def tiers():
    for on_refund, after in (("review", "Gold"), ("now", "Silver")):
        rules = HEAD + """tiers "club" { basis = { measure = "spend", window = "12 months" }, on_refund = "%s",
  downgrade = { review = "monthly" },
  { "Member", from = money "0" }, { "Silver", from = money "100" }, { "Gold", from = money "200" } }\n""" % on_refund
        with Box(rules) as box:
            level = lambda: box.member("user_id:u1")["tiers"]["club"]["name"]
            box.ingest([bought("u1", "o1", 150, "2026-01-10T10:00:00Z"), bought("u1", "o2", 90, "2026-01-12T10:00:00Z")])
            equal("Tiers 6: upgraded", level(), "Gold")
            box.ingest([refunded("u1", "o2", "2026-01-20T10:00:00Z", 30)], name="a")
            equal("Tiers 6: what is left is still enough", level(), "Gold")
            box.ingest([refunded("u1", "o2", "2026-01-21T10:00:00Z", 30)], name="b")
            equal("Tiers 6: a refund after an upgrade, on_refund = %s" % on_refund, level(), after)
            box.ingest([tick("2026-02-01T00:00:00Z")], name="c")
            equal("at the review in any case", level(), "Silver")
            sound(box, "tiers, " + on_refund)


def joined():
    with Box(HEAD) as box:
        box.ingest([bought(None, "o1", 100, "2026-01-10T10:00:00Z", anonymousId="a1"), bought("u1", "o2", 10, "2026-01-11T10:00:00Z"),
                    identify("2026-01-12T10:00:00Z", userId="u1", anonymousId="a1"), refunded("u1", "o1", "2026-01-13T10:00:00Z", 100)])
        equal("the order of a member that was joined", figures(box, "orders", "spend"), (1, 1000))
        sound(box, "joined")


def versions():
    """Orders before the word was there are not known to it; a measure that is defined anew counts from then on."""
    plain = HEAD.replace('refund "', 'tag "_') if False else "\n".join(l for l in HEAD.splitlines() if not l.startswith("refund")) + "\n"
    with Box(plain) as box:
        box.ingest([bought("u1", "o1", 100, "2026-01-10T10:00:00Z")])
        box.put_rules(HEAD)
        box.ingest([bought("u1", "o2", 50, "2026-01-11T10:00:00Z"), refunded("u1", "o1", "2026-01-12T10:00:00Z", 10),
                    refunded("u1", "o2", "2026-01-12T10:00:00Z", 10)], name="a")
        equal("an order from before the word", ([e["message"] for e in box.run("errors").json["items"]], figures(box, "spend")),
              (["no order o1 is known"], (14000,)))
        box.put_rules(HEAD + 'measure "more" { on = { "Order Completed", "Order Cancelled" } }\n')
        box.ingest([refunded("u1", "o2", "2026-01-13T10:00:00Z")], name="b")
        equal("under another version", figures(box, "orders", "spend", "more"), (1, 10000, 0))
        sound(box, "versions")


# ---- points --------------------------------------------------------------------------------------------------------------

STARS = HEAD + """
points "stars" { pending = "14 days", on_refund = "%s" }
tiers "club" { basis = { points = "stars", window = "12 months" }, on_refund = "now", downgrade = { review = "monthly" },
  { "Member", rate = 1 }, { "Gold", from = 100, rate = 1.5 } }
earn "stars on purchases" { on = "Order Completed", once_per = "order_id", points = "stars", give = 1, per = money "1", of = "revenue", times = "rate" }
bonus "Mondays" { of = "stars on purchases", times = 1.5, during = { days = { "Monday" } } }
"""


def stars(box, who="user_id:u1", points="stars"):
    w = box.member(who)["wallet"].get(points, {})
    return w.get("available", 0), w.get("pending", 0), w.get("debt", 0)


def spent(key, amount, at, who="user_id:u1"):
    return {"type": "redeem", "key": key, "member": who, "points": "stars", "amount": amount, "timestamp": at}


def books(box, what):
    for name, f in box.report()["points"].items():
        equal("%s: the books of %s add up" % (what, name), f["issued"] + f["adjusted"] - f["spent"] - f["expired"],
              f["available"] + f["pending"] + f["held"] - f["debt"])
        equal("%s: so do its rules" % what, sum(f["by_rule"].values()), f["issued"])
    sound(box, what)


def pending():
    with Box(STARS % "debt") as box:
        box.ingest([bought("u1", "o1", 105, "2026-01-13T10:00:00Z"), bought("u1", "o2", 100, "2026-01-14T10:00:00Z")])
        equal("Points 7: the second order at the rate of Gold", stars(box), (0, 105 + 150, 0))
        box.ingest([refunded("u1", "o2", "2026-01-15T10:00:00Z", 40)], name="a")
        equal("Points 7: clawback = points(original) - points(kept), at the factors of that day", stars(box), (0, 105 + 90, 0))
        box.ingest([refunded("u1", "o1", "2026-01-16T10:00:00Z", 5)], name="b")
        equal("Points 3: a refund takes pending points first", stars(box), (0, 100 + 90, 0))
        level = box.member("user_id:u1")["tiers"]["club"]
        equal("what was earned counts no more in the tier's basis", (level["name"], level["basis"]), ("Gold", 190))
        box.ingest([refunded("u1", "o2", "2026-01-16T11:00:00Z"), refunded("u1", "o1", "2026-01-16T12:00:00Z", 50)], name="c")
        equal("Points 7: at the rate of that day, though he is Gold no more", (stars(box), box.member("user_id:u1")["tiers"]["club"]["name"]),
              ((0, 50, 0), "Member"))
        box.ingest([tick("2026-01-27T10:00:00Z"), tick("2026-01-28T10:00:00Z"), refunded("u1", "o1", "2026-02-01T10:00:00Z")], name="d")
        equal("Points 7: a fully refunded order nets zero", stars(box), (0, 0, 0))
        figures_now = box.report()["points"]["stars"]
        equal("from every rule", (figures_now["by_rule"], figures_now["issued"], figures_now["clawed_back"]), ({"stars on purchases": 0}, 0, 105 + 150))
        got = [(i["change"], i["amount"], i["rule"]["name"], i["event"]["name"]) for i in box.run("why", "user_id:u1", "--what", "ledger").json["items"]]
        equal("why shows each, by the rule that earned", [g for g in got if g[0] == "clawback"],
              [("clawback", -50, "stars on purchases", "Order Refunded")] * 2 + [("clawback", -90, "stars on purchases", "Order Refunded"),
               ("clawback", -5, "stars on purchases", "Order Refunded"), ("clawback", -60, "stars on purchases", "Order Refunded")])
        books(box, "pending")


def parts():
    """Known wrong elsewhere: several partial refunds that take more than was earned, or less."""
    steps = (STARS % "debt").replace('per = money "1", of = "revenue"', 'per = money "10", of = "revenue", steps = true').replace("give = 1", "give = 7")
    with Box(steps) as box:
        box.ingest([bought("u1", "o1", 105, "2026-01-13T10:00:00Z")])
        seen = [stars(box)[1]]
        for i in range(3):
            box.ingest([refunded("u1", "o1", "2026-01-14T10:00:0%dZ" % i, 5)], name="p%d" % i)
            seen.append(stars(box)[1])
        equal("Points 7: three $5 refunds of a $105 order, in steps of $10", seen, [70, 70, 63, 63])
        box.ingest([refunded("u1", "o1", "2026-01-15T10:00:00Z", 80), refunded("u1", "o1", "2026-01-15T11:00:00Z", 80),
                    refunded("u1", "o1", "2026-01-15T12:00:00Z", 80)], name="q")
        equal("Points 7: many refunds take what was earned, once", stars(box), (0, 0, 0))
        books(box, "parts")


def bonuses():
    with Box(STARS % "debt") as box:
        box.ingest([bought("u1", "o1", 99.99, "2026-01-12T10:00:00Z")])  # a Monday
        equal("a bonus", stars(box), (0, 99 + 49, 0))
        box.ingest([refunded("u1", "o1", "2026-01-13T10:00:00Z", 49.99)], name="a")
        equal("Points 7: a bonus goes back with its base", stars(box), (0, 50 + 25, 0))
        box.ingest([refunded("u1", "o1", "2026-01-13T11:00:00Z")], name="b")
        equal("wholly", (stars(box), box.report()["points"]["stars"]["by_rule"]), ((0, 0, 0), {"Mondays": 0, "stars on purchases": 0}))
        books(box, "bonuses")


def order_of_taking():
    for on_refund, debt in (("debt", 70), ("floor", 0)):
        with Box((STARS % on_refund).replace('pending = "14 days", ', 'expire = { after = "1 year" }, ')) as box:
            box.ingest([bought("u1", "o1", 60, "2026-01-13T10:00:00Z"), bought("u1", "o2", 30, "2026-01-14T10:00:00Z"),
                        spent("k1", 40, "2026-01-15T10:00:00Z"), bought("u1", "o3", 5, "2026-01-10T10:00:00Z")])
            lots = lambda: {l["original"]: l["remaining"] for l in box.member("user_id:u1")["wallet"]["stars"]["lots"]}
            equal("before", lots(), {60: 20, 30: 30, 5: 5})
            box.ingest([refunded("u1", "o1", "2026-01-16T10:00:00Z", 22)], name="a")
            equal("Points 7: the rest of its lots, then others, the earliest expiry first", lots(), {30: 30, 5: 3})
            box.ingest([spent("k2", 33, "2026-01-17T10:00:00Z"), refunded("u1", "o1", "2026-01-18T10:00:00Z"), refunded("u1", "o2", "2026-01-18T11:00:00Z"),
                        refunded("u1", "o3", "2026-01-18T12:00:00Z", 3)], name="b")
            owed = debt and 38 + 30 + 3
            equal("Points 7: then debt, or by choice floor at zero", stars(box), (0, 0, owed))
            box.ingest([bought("u1", "o4", 50, "2026-01-20T10:00:00Z")], name="c")
            equal("Points 7: a debt is repaid first by new earnings", stars(box), (0, 0, owed - 50) if owed else (50, 0, 0))
            box.ingest([bought("u1", "o5", 50, "2026-02-20T10:00:00Z"), tick("2029-01-01T00:00:00Z")], name="d")
            equal("and never expires", stars(box), (0, 0, 0))
            books(box, "order of taking, " + on_refund)


def caps():
    rules = (STARS % "debt").replace('times = "rate" }', 'times = "rate", at_most = { 100, per = "month" } }')
    with Box(rules) as box:
        box.ingest([bought("u1", "o1", 80, "2026-01-13T10:00:00Z"), bought("u1", "o2", 80, "2026-01-14T10:00:00Z")])
        equal("capped", stars(box), (0, 100, 0))
        box.ingest([refunded("u1", "o2", "2026-01-15T10:00:00Z", 50)], name="a")
        equal("Points 7: what the cap cut away is not taken back", stars(box), (0, 100, 0))
        box.ingest([refunded("u1", "o2", "2026-01-15T11:00:00Z", 20)], name="b")
        equal("only what was granted", stars(box), (0, 90, 0))
        box.ingest([bought("u1", "o3", 80, "2026-01-16T10:00:00Z")], name="c")
        equal("Points 7: caps are given back", stars(box), (0, 100, 0))
        box.ingest([refunded("u1", "o2", "2026-01-17T10:00:00Z"), track("u1", "Order Completed", "2026-01-17T11:00:00Z", {"order_id": "o2", "revenue": 70})], name="d")
        equal("Points 7: once_per stays taken", stars(box), (0, 90, 0))
        books(box, "caps")


def by_items():
    rules = HEAD + """points "stars" { on_refund = "debt" }
earn "coffee" { on = "Order Completed", each = "products", of = { "price", "quantity" }, where = { category = "coffee" }, points = "stars",
  give = 1, per = money "3" }
bonus "arabica" { of = "coffee", times = 2, where = { sku = "a" } }
earn "an order" { on = "Order Completed", points = "stars", give = 10, where = { revenue = { at_least = money "50" } } }
earn "by hand" { on = "Order Completed", points = "stars", amount = function(member, event) return 5 end }
milestone "each order" { every = 1, of = "orders", give = { points = "stars", amount = 4 } }
rule "a star" { on = "Order Completed", act = function(member, event) member:earn("stars", 1) end }
"""
    products = [("a", "coffee", 3, 5), ("b", "coffee", 1, 5), ("c", "tea", 1, 50)]
    with Box(rules) as box:
        box.ingest([bought("u1", "o1", 70, "2026-01-13T10:00:00Z", products)])
        given = 5 + 4 + 1  # by the function, the milestone and the rule
        equal("20 of coffee pay 6, of which 5 are of a, and again; 10 by the order", stars(box)[0], 6 + 5 + 10 + given)
        box.ingest([refunded("u1", "o1", "2026-01-14T10:00:00Z", 5, [("a", 1)])], name="a")
        equal("Points 7: what an item earned goes with it, and what it brought", stars(box)[0], 5 + 3 + 10 + given)
        box.ingest([refunded("u1", "o1", "2026-01-14T11:00:00Z", products=["c"])], name="b")
        equal("one that earned nothing takes nothing", stars(box)[0], 18 + given)
        box.ingest([refunded("u1", "o1", "2026-01-14T12:00:00Z", 20)], name="c")
        equal("an order that would not have earned any more", stars(box)[0], 8 + given)
        box.ingest([refunded("u1", "o1", "2026-01-14T13:00:00Z", products=["b"])], name="d")
        equal("the other item", stars(box)[0], 3 + 3 + given)
        box.ingest([refunded("u1", "o1", "2026-01-14T14:00:00Z", 45)], name="e")
        equal("Points 7: from every rule: items, bonus, order, function, milestone and rule", stars(box), (0, 0, 0))
        check("each", set(box.report()["points"]["stars"]["by_rule"].values()) == {0}, box.report()["points"]["stars"]["by_rule"])
        books(box, "by items")


def retried():
    """What a rule earned when it was tried again belongs to the order as well."""
    rules = HEAD + """points "stars" {}
earn "first" { on = "Order Completed", points = "stars", give = 1, per = money "1", of = "revenue" }
earn "second" { on = "Order Completed", points = "stars", amount = function(member, event) %s end }
"""
    with Box(rules % 'error "not yet"') as box:
        box.ingest([bought("u1", "o1", 10, "2026-01-13T10:00:00Z")])
        equal("one of two failed", stars(box)[0], 10)
        box.put_rules(rules % "return 7")
        box.ingest([tick("2026-01-13T11:00:00Z")], name="t")
        box.run("errors", "redrive", rules=box.rules)
        equal("tried again", stars(box)[0], 17)
        box.ingest([refunded("u1", "o1", "2026-01-14T10:00:00Z", 4)], name="a")
        equal("a part", stars(box)[0], 6 + 7)
        box.ingest([refunded("u1", "o1", "2026-01-14T11:00:00Z")], name="b")
        equal("all of it", stars(box), (0, 0, 0))
        books(box, "retried")
    with Box(rules % 'error "not yet"') as box:
        box.ingest([bought("u1", "o1", 10, "2026-01-13T10:00:00Z"), refunded("u1", "o1", "2026-01-14T10:00:00Z"),
                    bought("u1", "o2", 10, "2026-01-15T10:00:00Z"), refunded("u1", "o2", "2026-01-16T10:00:00Z", 4)])
        box.put_rules(rules % "return 7")
        box.ingest([tick("2026-01-17T11:00:00Z")], name="t")
        equal("tried again after the refund", box.run("errors", "redrive", rules=box.rules).json, {"tried": 2, "applied": 2, "still": 0})
        equal("an order that is taken back wholly nets zero all the same, one in part keeps what is left", stars(box), (6 + 7, 0, 0))
        equal("for every rule", box.report()["points"]["stars"]["by_rule"], {"first": 6, "second": 7})
        books(box, "retried after the refund")


def retried_elsewhere():
    """His device is somebody else's by the time a rule is tried again: the order is still his, and a refund of it finds all of it."""
    rules = HEAD + """points "stars" {}
identifier "user_id" { strong = true }
identifier "anonymous_id" {}
earn "first" { on = "Order Completed", points = "stars", give = 1, per = money "1", of = "revenue" }
earn "second" { on = "Order Completed", points = "stars", amount = function(member, event) %s end }
"""
    with Box(rules % 'error "not yet"') as box:
        box.ingest([identify("2026-01-12T10:00:00Z", userId="u1", anonymousId="a1"), bought(None, "o1", 10, "2026-01-13T10:00:00Z", anonymousId="a1"),
                    identify("2026-01-14T10:00:00Z", userId="u2"), identify("2026-01-14T11:00:00Z", userId="u2", anonymousId="a1")])
        box.put_rules(rules % "return 7")
        box.ingest([tick("2026-01-14T12:00:00Z")], name="t")
        box.run("errors", "redrive", rules=box.rules)
        equal("a rule that is tried again gives to whom the order is", (stars(box)[0], "points" in box.member("user_id:u2")), (17, False))
        equal("the order goes back", box.ingest([refunded("u1", "o1", "2026-01-15T10:00:00Z")], name="a").code, 0)
        equal("its own points are gone", stars(box), (0, 0, 0))
        books(box, "retried elsewhere")


def joined_score():
    rules = HEAD + """identifier "user_id" { strong = true }
identifier "email" { strong = true, normalize = "email" }
score "heat" { events = { ["Order Completed"] = 5 }, floor = 0 }
"""
    with Box(rules) as box:
        address = {"context": {"traits": {"email": "a@b.c"}}}
        box.ingest([bought("u1", "o1", 10, "2026-01-10T10:00:00Z"), bought("u1", "o2", 10, "2026-01-10T11:00:00Z"),
                    identify("2026-01-11T10:00:00Z", **address), identify("2026-01-11T11:00:00Z", userId="u1", **address)])
        equal("a score above its floor", box.member("user_id:u1")["scores"]["heat"], 10)
        box.ingest([refunded(None, "o1", "2026-01-12T10:00:00Z", **address)], name="a")
        equal("the floor is the member's: what the one profile never had, the other gives back", box.member("user_id:u1")["scores"]["heat"], 5)
        sound(box, "joined score")


def joined_points():
    with Box((STARS % "debt").replace('pending = "14 days", ', "")) as box:
        box.ingest([bought(None, "o1", 20, "2026-01-10T10:00:00Z", anonymousId="a1"), bought("u1", "o2", 30, "2026-01-11T10:00:00Z"),
                    identify("2026-01-12T10:00:00Z", userId="u1", anonymousId="a1"), spent("k", 45, "2026-01-12T11:00:00Z"),
                    refunded("u1", "o1", "2026-01-13T10:00:00Z")])
        equal("the points of a member that was joined, wherever they lie", stars(box), (0, 0, 15))
        box.ingest([bought("u1", "o3", 40, "2026-01-14T10:00:00Z")], name="a")
        equal("and the debt is the union's", stars(box), (25, 0, 0))
        books(box, "joined points")


for part in (amounts, items, unknown, conditions, tiers, joined, versions, pending, parts, bonuses, order_of_taking, caps, by_items, retried,
             retried_elsewhere, joined_score, joined_points):
    part()
done()
