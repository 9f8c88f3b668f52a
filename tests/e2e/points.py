#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Points: waiting, activation, expiry at the month's end in the program's zone, spending in the right order, keys that make a command
happen once, and two currencies beside each other."""

from lib import Box, adjust, check, done, equal, order, redeem, tick, track

HEAD = """program { name = "Shop", timezone = "%s", currency = "USD" }
event "Order Completed" { order_id = { "text", required = true }, revenue = { "money", required = true } }
earn "points on orders" { on = "Order Completed", once_per = "order_id", points = "points", give = 1, per = money "1", of = "revenue" }
"""


def wallet(box, who="user_id:u1", points="points"):
    w = box.member(who)["wallet"][points]
    return w["available"], w["pending"]


def books(box, what):
    p = box.report()["points"]
    for name, f in p.items():
        equal("%s: the books of %s add up" % (what, name), f["issued"] + f["adjusted"] - f["spent"] - f["expired"],
              f["available"] + f["pending"] + f["held"] - f["debt"])
    box.healthy(what + ": verify finds nothing")


def pending():
    rules = HEAD % "UTC" + 'points "points" { pending = "14 days", expire = { after = "6 months" } }\n'
    with Box(rules) as box:
        box.ingest([order("u1", 1, 100.99, "2026-01-31T10:00:00Z")])
        equal("points wait, rounded down", wallet(box), (0, 100))
        lot = box.member("user_id:u1")["wallet"]["points"]["lots"][0]
        equal("until the moment 14 days later", lot["activates"], "2026-02-14T10:00:00.000Z")
        equal("and live six months from then", lot["expires"], "2026-08-14T10:00:00.000Z")
        got = box.results([redeem("user_id:u1", "r1", 1, "2026-02-14T09:59:59Z")], name="r")
        equal("what waits cannot be spent", got[0]["reason"], "insufficient_points")
        box.ingest([tick("2026-02-14T09:59:59.999Z")], name="t1")
        equal("a millisecond before", wallet(box), (0, 100))
        box.ingest([tick("2026-02-14T10:00:00.000Z")], name="t2")
        equal("at the moment", wallet(box), (100, 0))
        box.ingest([tick("2026-08-14T09:59:59.999Z")], name="t3")
        equal("a millisecond before expiry", wallet(box), (100, 0))
        box.ingest([tick("2026-08-14T10:00:00.000Z")], name="t4")
        equal("expired", (wallet(box), box.report()["points"]["points"]["expired"]), ((0, 0), 100))
        box.ingest([order("u1", 2, 50, "2025-01-31T10:00:00Z")], name="late")
        equal("earned and past its end already: issued and expired in one record",
              (wallet(box), box.report()["points"]["points"]["issued"], box.report()["points"]["points"]["expired"]), ((0, 0), 150, 150))
        books(box, "pending")


def month_end():
    """The instant at which a month ends, in zones on both sides of UTC; and months that are clamped from the day they began."""
    for zone, end in (("UTC", "2026-05-01T00:00:00.000Z"), ("Asia/Shanghai", "2026-04-30T16:00:00.000Z"),
                      ("America/New_York", "2026-05-01T04:00:00.000Z"), ("Pacific/Kiritimati", "2026-04-30T10:00:00.000Z")):
        with Box(HEAD % zone + 'points "points" { expire = { after = "3 months", at = "month end" } }\n') as box:
            box.ingest([order("u1", 1, 10, "2026-01-20T12:00:00Z")])
            lot = box.member("user_id:u1")["wallet"]["points"]["lots"][0]
            equal("the end of April in %s" % zone, lot["expires"], end)
            box.ingest([tick(end)], name="t")
            equal("there they are gone", wallet(box), (0, 0))
    with Box(HEAD % "UTC" + 'points "points" { expire = { after = "1 month" } }\n') as box:
        box.ingest([order("u1", 1, 10, "2026-01-31T12:00:00Z")])
        equal("31 January and a month", box.member("user_id:u1")["wallet"]["points"]["lots"][0]["expires"], "2026-02-28T12:00:00.000Z")


def spending():
    with Box(HEAD % "UTC" + 'points "points" { expire = { after = "12 months", at = "month end" } }\n') as box:
        box.ingest([order("u1", 1, 100, "2026-02-10T10:00:00Z"), order("u1", 2, 50, "2026-01-10T10:00:00Z"),
                    adjust("user_id:u1", "a1", 30, "2026-02-11T10:00:00Z")])
        got = box.results([redeem("user_id:u1", "r1", 60, "2026-02-12T10:00:00Z")], name="r")
        equal("redeemed", got[0]["status"], "applied")
        lots = {lot["original"]: lot["remaining"] for lot in box.member("user_id:u1")["wallet"]["points"]["lots"]}
        equal("the earliest expiry is spent first", (lots.get(50, 0), lots.get(100), lots.get(30)), (0, 90, 30))
        got = box.results([redeem("user_id:u1", "r2", 121, "2026-02-12T11:00:00Z"), redeem("user_id:u1", "r3", 120, "2026-02-12T12:00:00Z"),
                           redeem("user_id:u1", "r4", 1, "2026-02-12T13:00:00Z")], name="r2")
        equal("one too many, all, and one more", [(r["status"], r["reason"]) for r in got],
              [("refused", "insufficient_points"), ("applied", None), ("refused", "insufficient_points")])
        equal("nothing is left", wallet(box), (0, 0))
        got = box.results([redeem("user_id:u1", "r5", 5, "2026-02-13T10:00:00Z", points="stars"),
                           redeem("user_id:nobody", "r6", 5, "2026-02-13T10:00:00Z")], name="r3")
        equal("points that are not, a member that is not", [r["reason"] for r in got], ["unknown_points", "unknown_member"])
        books(box, "spending")


def keys():
    with Box(HEAD % "UTC" + 'points "points" {}\n') as box:
        box.ingest([order("u1", 1, 100, "2026-02-10T10:00:00Z"), order("u2", 2, 100, "2026-02-10T10:00:00Z")])
        at = ("--at", "2026-02-11T10:00:00Z")

        def spend(who, amount, key):
            return box.run("redeem", who, "--points", "points", "--amount", amount, "--key", key, *at)

        first = spend("user_id:u1", 40, "k1")
        equal("a redemption on the command line", (first.code, first.json["status"]), (0, "applied"))
        want = box.hash()
        again = spend("user_id:u1", 40, "k1")
        equal("the same key and content: the same answer", (again.code, again.json["status"], again.json.get("answer")),
              (0, "replayed", first.json.get("answer")))
        equal("and nothing is done twice", (wallet(box), box.hash()), ((60, 0), want))
        for what, got in (("another amount", spend("user_id:u1", 41, "k1")), ("another member", spend("user_id:u2", 40, "k1"))):
            equal("the same key with %s is refused" % what, (got.code, got.error.get("code")), (4, "key_reused"))
        got = spend("user_id:u1", 61, "k2")
        equal("too much", (got.code, got.error.get("code")), (4, "insufficient_points"))
        got = spend("user_id:nobody", 1, "k3")
        equal("nobody", (got.code, got.error.get("code")), (3, "unknown_member"))
        equal("nothing", spend("user_id:u1", 0, "k4").code, 2)
        got = box.run("adjust", "user_id:u1", "--points", "points", "--amount", -10, "--reason", "mistake", "--key", "k5", *at)
        equal("a correction downwards", (got.code, wallet(box)), (0, (50, 0)))
        box.ingest([redeem("user_id:u1", "k1", 40, "2026-02-10T23:00:00Z")], name="k")
        equal("a key from the command line is known to a file", wallet(box), (50, 0))
        books(box, "keys")


def race():
    """Redemptions of the whole balance, side by side in one stream: exactly one succeeds."""
    with Box(HEAD % "UTC" + 'points "points" {}\n') as box:
        box.ingest([order("u1", 1, 100, "2026-02-10T10:00:00Z")])
        got = box.results([redeem("user_id:u1", "n%d" % i, 100, "2026-02-11T10:00:00Z") for i in range(20)], name="r")
        equal("one of twenty", sorted(r["status"] for r in got), ["applied"] + ["refused"] * 19)


def two_currencies():
    rules = HEAD % "UTC" + """points "points" { expire = { after = "12 months" } }
points "miles" { decimals = 2, expire = { after = "1 month" } }
event "Flown" { km = { "integer", required = true } }
earn "miles flown" { on = "Flown", points = "miles", give = 0.62, per = 1, of = "km" }
earn "points flown" { on = "Flown", points = "points", give = 5 }
"""
    with Box(rules) as box:
        box.ingest([track("u1", "Flown", "2026-01-10T10:00:00Z", {"km": 101}), order("u1", 1, 10, "2026-01-11T10:00:00Z"),
                    redeem("user_id:u1", "r1", 1000, "2026-01-12T10:00:00Z", points="miles")])
        equal("each has its own", (wallet(box), wallet(box, points="miles")), ((15, 0), (6262 - 1000, 0)))
        box.ingest([tick("2026-02-10T10:00:00Z")], name="t")
        equal("and its own expiry", (wallet(box), wallet(box, points="miles")), ((15, 0), (0, 0)))
        check("entries of the one never balance the other", box.sql("SELECT count(*) FROM (SELECT 1 FROM ledger_entry GROUP BY transaction_id, points "
                                                                    "HAVING sum(amount) <> 0)") == [[0]])
        books(box, "two currencies")


for part in (pending, month_end, spending, keys, race, two_currencies):
    part()
done()
