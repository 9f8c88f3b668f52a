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


for part in (amounts, items, unknown, conditions, tiers, joined, versions):
    part()
done()
