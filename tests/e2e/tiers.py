#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Tiers: up at once; down only at a review, after a notice and a time of grace, so many steps at a time; and never for spending
points."""

import os
import sqlite3

from lib import Box, check, done, equal, order, redeem, run, tick, track

RULES = """program { name = "Shop", timezone = "UTC", currency = "USD" }
event "Order Completed" { order_id = { "text", required = true }, revenue = { "money", required = true } }
measure "spend" { on = "Order Completed", sum = "revenue" }
tiers "club" {
  basis = { measure = "spend", window = "3 months" },
  { "Member", rate = 1.0 },
  { "Silver", from = money "100", rate = 1.15 },
  { "Gold", from = money "500", rate = 1.5 },
  upgrade = "at once",
  downgrade = { review = "monthly", grace = "30 days", notice = "10 days", steps = 1 },
}
points "points" {}
earn "points on orders" { on = "Order Completed", points = "points", give = 1, per = money "1", of = "revenue", times = "rate" }
"""


def tier(box, who="user_id:u1"):
    return box.member(who)["tiers"]["club"]["name"]


def changes(box):
    return [(i["change"], i["at"][:10]) for i in reversed(box.run("why", "user_id:u1", "--what", "tier").json["items"])]


def upgrade():
    with Box(RULES) as box:
        got = box.results([order("u1", 1, 99.99, "2026-01-10T10:00:00Z"), order("u1", 2, 0.01, "2026-01-11T10:00:00Z"),
                           order("u1", 3, 100, "2026-01-12T10:00:00Z"), order("u1", 4, 1000, "2026-01-13T10:00:00Z")])
        moves = [[(e["from"], e["to"]) for e in r["effects"] if e["kind"] == "tier"] for r in got]
        equal("up at once, at the cent, over two levels at a time if need be", moves, [[], [("Member", "Silver")], [], [("Silver", "Gold")]])
        granted = [e["granted"] for r in got for e in r["effects"] if e["kind"] == "earn"]
        equal("each order earns at the rate that stood before it, as exact decimals", granted, [99, 115, 1150])
        m = box.member("user_id:u1")["tiers"]["club"]
        equal("nothing is above Gold", (m["name"], m["next"]), ("Gold", None))
        box.ingest([redeem("user_id:u1", "r", 1364, "2026-01-14T10:00:00Z")], name="r")
        equal("spending points costs no tier", tier(box), "Gold")


def missing():
    with Box(RULES) as box:
        box.ingest([order("u1", 1, 40.5, "2026-01-10T10:00:00Z")])
        m = box.member("user_id:u1")["tiers"]["club"]
        equal("what is missing to the next", (m["name"], m["basis"], m["next"], m["missing"]), ("Member", 4050, "Silver", 5950))


def downgrade():
    with Box(RULES) as box:
        box.ingest([order("u1", 1, 600, "2026-01-15T10:00:00Z"), order("u1", 2, 1, "2026-01-20T10:00:00Z")])
        equal("Gold", tier(box), "Gold")
        # The order leaves the window in the middle of April; the review of 1 May is the first that sees it.
        box.ingest([tick("2026-04-30T23:59:59Z")], name="t1")
        equal("between reviews nothing falls", tier(box), "Gold")
        box.ingest([tick("2026-05-05T00:00:00Z")], name="t2")
        equal("at the first review grace begins, and he is told", tier(box), "Gold")
        told = [i for i in box.run("journal", "--limit", 1000).json["items"] if "notify" in str(i.get("effects"))]
        box.ingest([tick("2026-07-02T00:00:00Z")], name="t3")
        equal("after grace, one step at a review", tier(box), "Silver")
        check("after a notice", told or any("notify" in str(i.get("effects")) for i in box.run("journal", "--limit", 1000).json["items"]))
        box.ingest([tick("2026-12-31T00:00:00Z")], name="t4")
        equal("and the next step at a later one", tier(box), "Member")
        found = changes(box)
        check("each change is explained, in order", len(found) >= 3, found)
        box.healthy("verify finds nothing", "--replay")


def rescued():
    with Box(RULES) as box:
        box.ingest([order("u1", 1, 600, "2026-01-15T10:00:00Z"), tick("2026-05-05T00:00:00Z"), order("u1", 2, 600, "2026-05-20T10:00:00Z"),
                    tick("2026-07-02T00:00:00Z")])
        equal("who buys enough within the time of grace stays", tier(box), "Gold")


AIR = """program { name = "Air", timezone = "UTC", currency = "USD" }
event "Flight Taken" { miles = { "integer", required = true } }
measure "flights" { on = "Flight Taken" }
points "status miles" {}
earn "miles" { on = "Flight Taken", points = "status miles", give = 1, per = 1, of = "miles" }
tiers "status" {
  basis = { { measure = "flights", window = "calendar year" }, { points = "status miles", window = "calendar year" } },
  { "Blue" }, { "Silver", from = { 2, 25000 } }, { "Gold", from = { 4, false } },
  downgrade = { review = "yearly", window = "last calendar year", steps = 1 },
}
"""


def flight(n, miles, at):
    return track("u1", "Flight Taken", at, {"miles": miles}, message_id="f%d" % n)


def bases():
    with Box(AIR) as box:
        got = box.results([flight(1, 24000, "2026-02-01T10:00:00Z"), flight(2, 1000, "2026-03-01T10:00:00Z")])
        change = [e for e in got[1]["effects"] if e["kind"] == "tier"][0]
        equal("the reason stands with the change", change["because"], {"basis": "flights", "window": "calendar year", "from": "2026-01-01",
              "to": "2026-03-01", "figure": 2, "threshold": 2})
        m = box.member("user_id:u1")["tiers"]["status"]
        equal("each basis with its figure and what is missing", (m["name"], m["basis"], m["next"], m["missing"], m["bases"]),
              ("Silver", 2, "Gold", 2, [{"name": "flights", "window": "calendar year", "figure": 2, "missing": 2},
                                        {"name": "status miles", "window": "calendar year", "figure": 25000, "missing": None}]))
        box.ingest([flight(3, 1, "2026-04-01T10:00:00Z"), flight(4, 1, "2026-05-01T10:00:00Z"), flight(5, 1, "2027-02-01T10:00:00Z")], name="f")
        card = run("member", "user_id:u1", "--db", box.db).out
        check("the card shows both", "flights (calendar year): 1" in card and "status miles (calendar year): 1 status miles" in card, card)
        box.ingest([tick("2028-01-01T00:00:00Z")], name="t")
        items = box.run("why", "user_id:u1", "--what", "tier").json["items"]
        equal("a soft landing", [(i["change"], i["to"], i["at"][:10]) for i in items],
              [("downgraded", "Silver", "2028-01-01"), ("upgraded", "Gold", "2026-05-01"), ("upgraded", "Silver", "2026-03-01")])
        equal("why: the days that went out of the window", items[0]["read"]["fell_out"],
              [{"date": d, "count": 1, "sum": 0} for d in ("2026-05-01", "2026-04-01", "2026-03-01", "2026-02-01")])
        check("in words", "flights (last calendar year, 2027-01-01 to 2027-12-31) was 1 of 4; no longer in it: 2026-05-01 1" in items[0]["reason"], items[0]["reason"])
        equal("who fell, and why, in one question", box.sql(
            "SELECT at, member, \"from\", \"to\", figure, json_extract(because, '$.window'), json_extract(because, '$.threshold'), rule"
            " FROM tier_change WHERE \"from\" = 'Gold' AND at LIKE '2028-01%'"),
            [["2028-01-01T00:00:00.000Z", "m1", "Gold", "Silver", 1, "last calendar year", 4, "status"]])
        backup = box.file("backup.db")
        os.remove(backup)
        box.run("backup", backup)
        equal("in a backup too", sqlite3.connect(backup).execute("SELECT count(*) FROM tier_change").fetchone(), (3,))
        box.healthy("verify finds nothing", "--replay")


for part in (bases, upgrade, missing, downgrade, rescued):
    part()
done()
