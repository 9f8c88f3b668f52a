#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Segments: who enters and leaves them, where they are shown, that rules hear of it, and that a backup keeps them."""

import os

from lib import Box, check, done, equal, order, run, tick

RULES = """program { name = "Shop", timezone = "UTC", currency = "USD" }
event "Order Completed" { order_id = { "text", required = true }, revenue = { "money", required = true } }
measure "spend" { on = "Order Completed", sum = "revenue" }
segment "sleeping" { when = function(member) return not member:did("Order Completed", "30 days") end }
segment "golden and awake" { when = function(member)
  return member.tiers.club.name == "Gold" and not member.segments.sleeping end }
tiers "club" { basis = { measure = "spend", window = "12 months" }, { "Member" }, { "Gold", from = money "100" },
  upgrade = "at once", downgrade = { review = "monthly" } }
tag "woken" { class = "life" }
rule "tell" { on = { "segment.entered", "segment.left" }, act = function(member, event) member:notify(event.segment) end }
rule "wake" { on = "Order Completed", when = function(member) return member.segments.sleeping end,
  act = function(member) member:tag("woken", "7 days") end }
"""


def shown(box, who="user_id:u1"):
    return [(s["name"], s["since"][:10]) for s in box.member(who)["segments"]]


def all_of_it():
    with Box(RULES) as box:
        got = box.results([order("u1", 1, 150, "2026-01-01T10:00:00Z"), order("u2", 1, 5, "2026-01-10T10:00:00Z")])
        equal("entered after the tier that it reads", [(e["kind"], e["name"]) for e in got[0]["effects"] if e["kind"] in ("tier", "segment.entered", "notify")],
              [("tier", "club"), ("segment.entered", "golden and awake"), ("notify", "golden and awake")])
        equal("in it since the event", shown(box), [("golden and awake", "2026-01-01")])
        box.ingest([tick("2026-02-01T00:00:00Z")], name="t")
        equal("time alone moves him", shown(box), [("sleeping", "2026-01-31")])
        equal("the report counts", box.run("report").json["segments"], {"sleeping": 1})
        equal("sql", box.run("sql", "SELECT member, name, since FROM segment").json["rows"], [["m1", "sleeping", "2026-01-31T00:00:00.000Z"]])
        check("the canonical state", '"segments":[{"name":"sleeping","since":"2026-01-31T00:00:00.000Z"}]' in run("state", "--members", "m1", "--db", box.db).out,
              box.run("state", "--members", "m1"))
        items = box.run("why", "user_id:u1", "--what", "segment").json["items"]
        equal("why, newest first", [(i["change"], i["name"]) for i in items], [("left", "golden and awake"), ("entered", "sleeping"), ("entered", "golden and awake")])
        check("with the condition and what it read", items[1]["rule"]["name"] == "sleeping" and items[1]["read"], items[1])
        got = box.results([order("u1", 2, 1, "2026-02-10T10:00:00Z")], name="o")
        equal("a rule reads the segment as it stood before the event", "woken" in [t["name"] for t in box.member("user_id:u1")["tags"]], True)
        equal("then it is left", shown(box), [("golden and awake", "2026-02-10")])
        check("the card shows it", "golden and awake" in run("member", "user_id:u1", "--db", box.db).out)
        state = box.run("state", "--hash").json
        backup = os.path.join(box.path, "backup.db")
        equal("backup", box.run("backup", backup).code, 0)
        box.healthy("verify finds nothing", "--replay")
        with Box() as other:
            other.run("restore", backup)
            equal("a restored folder holds them", other.run("state", "--hash").json, state)
            other.healthy("and is sound", "--replay")
        second = box.put_rules(RULES.replace('segment "sleeping"', 'segment "quiet"').replace("segments.sleeping", "segments.quiet"), "v2")
        box.ingest([tick("2026-04-01T00:00:00Z")], name="t2", rules=second)
        equal("one that is no longer declared is left", shown(box), [("quiet", "2026-03-12")])
        box.healthy("verify finds nothing after new rules", "--replay")


all_of_it()
done()
