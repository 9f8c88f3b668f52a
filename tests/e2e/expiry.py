#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sliding expiry and notices before expiry: what an activity makes live on and until when, what it does not revive, and that a member is told
once for each expiry and span."""

from lib import Box, adjust, check, done, equal, identify, order, tick, track

HEAD = """program { name = "Shop", timezone = "%s", currency = "USD" }
event "Order Completed" { order_id = { "text", required = true }, revenue = { "money", required = true } }
event "Visit" {}
earn "points on orders" { on = "Order Completed", once_per = "order_id", points = "points", give = 1, per = money "1", of = "revenue" }
"""


def lots(box, who="user_id:u1"):
    return {l["original"]: l["expires"] for l in box.member(who)["wallet"]["points"]["lots"]}


def notices(box, who="user_id:u1"):
    found = box.run("why", who, "--what", "notify").json["items"]
    return [i["at"] for i in reversed(found) if i["name"] == "points.notice"]


def told(box):
    """(when, properties) of every notice, in order."""
    out = []
    for row in box.run("journal").json["items"]:
        out += [e["properties"] for e in row["effects"] if e["kind"] == "notify" and e["name"] == "points.notice"]
    return out


def sliding():
    rules = HEAD % "UTC" + 'points "points" { expire = { after = "1 month", extended_by = "Visit", at_latest = "3 months" } }\n'
    with Box(rules) as box:
        box.ingest([order("u1", 1, 10, "2026-01-31T12:00:00Z")])
        equal("Points 4: 31 January and a month", lots(box), {10: "2026-02-28T12:00:00.000Z"})
        box.ingest([track("u1", "Visit", "2026-02-20T12:00:00Z")], name="a")
        equal("Points 4: an activity extends", lots(box), {10: "2026-03-20T12:00:00.000Z"})
        box.ingest([track("u1", "Visit", "2026-02-10T12:00:00Z")], name="b")
        equal("Points 4: one that comes late never shortens", lots(box), {10: "2026-03-20T12:00:00.000Z"})
        box.ingest([track("u1", "Visit", "2026-03-15T12:00:00Z"), track("u1", "Visit", "2026-04-14T12:00:00Z")], name="c")
        equal("Points 4: never past the hard limit, clamped from the day of activation", lots(box), {10: "2026-04-30T12:00:00.000Z"})
        moves = [i for i in box.run("why", "user_id:u1", "--what", "ledger").json["items"] if i["change"] == "extend"]
        equal("why shows each extension", [i["at"] for i in moves],
              ["2026-04-14T12:00:00.000Z", "2026-03-15T12:00:00.000Z", "2026-02-20T12:00:00.000Z"])
        check("with the rule that did it", all(i["rule"]["name"] == "points" and i["balance"] == 10 for i in moves), moves)
        check("and until when", "expires 2026-04-30T12:00:00.000Z" in moves[0]["reason"], moves[0]["reason"])
        box.ingest([track("u1", "Visit", "2026-04-30T12:00:00Z")], name="d")
        equal("Points 4: what is over is not revived", (lots(box), box.report()["points"]["points"]["expired"]), ({}, 10))
        box.healthy("verify, rules run again", "--replay")
        want = box.hash()
        import os
        for name in os.listdir(box.db):
            if name.startswith("state.db"):
                os.unlink(os.path.join(box.db, name))
        box.ingest([], name="none")
        equal("rebuilt from the journal, the same", box.hash(), want)


def month_end():
    rules = HEAD % "Asia/Shanghai" + """points "points" { pending = "14 days",
  expire = { after = "1 month", at = "month end", extended_by = { "Visit", "Order Completed" }, at_latest = "2 months" } }\n"""
    with Box(rules) as box:
        box.ingest([order("u1", 1, 10, "2026-01-31T12:00:00Z")])  # active from 14 February, 20:00 in Shanghai
        equal("Points 4: counted from the activation", lots(box), {10: "2026-03-31T16:00:00.000Z"})
        box.ingest([track("u1", "Visit", "2026-02-10T12:00:00Z")], name="a")
        equal("Points 4: a pending lot is not over sooner than its own", lots(box), {10: "2026-03-31T16:00:00.000Z"})
        box.ingest([order("u1", 2, 7, "2026-03-31T15:59:59Z")], name="b")
        equal("Points 4: extended to the month's end, no further than two months from its activation", lots(box)[10], "2026-04-30T16:00:00.000Z")
        box.ingest([tick("2026-04-30T16:00:00Z")], name="c")
        equal("there it is over", list(lots(box)), [7])
        box.healthy("verify, rules run again", "--replay")


def joined():
    rules = HEAD % "UTC" + 'points "points" { expire = { after = "1 month", extended_by = "Visit", at_latest = "1 year", notice = "7 days" } }\n'
    with Box(rules) as box:
        box.ingest([order("u1", 1, 10, "2026-01-01T12:00:00Z"),
                    track(None, "Order Completed", "2026-01-02T12:00:00Z", {"order_id": "2", "revenue": 7}, anonymousId="a1"),
                    identify("2026-01-03T12:00:00Z", userId="u1", anonymousId="a1"), track("u1", "Visit", "2026-01-20T12:00:00Z")])
        equal("Points 4: of a member that was joined, every lot", lots(box), {10: "2026-02-20T12:00:00.000Z", 7: "2026-02-20T12:00:00.000Z"})
        box.ingest([tick("2026-02-28T12:00:00Z")], name="t")
        equal("Points 4: one notice for both", told(box), [{"amount": 17, "expires": "2026-02-20T12:00:00.000Z", "points": "points"}])
        equal("at its own instant", notices(box), ["2026-02-13T12:00:00.000Z"])
        box.healthy("verify, rules run again", "--replay")


def notice():
    rules = HEAD % "Europe/London" + """points "points" { expire = { after = "12 months", at = "month end", notice = { "60 days", "7 days" } } }
measure "warned" { on = "points.expiring", sum = "amount" }
tag "warned" { on = "points.expiring", keep = "1 year" }
"""
    with Box(rules) as box:
        box.ingest([order("u1", 1, 10, "2025-03-02T12:00:00Z"), order("u1", 2, 7, "2025-03-30T12:00:00Z"), order("u1", 3, 5, "2025-04-30T12:00:00Z"),
                    adjust("user_id:u1", "k", 3, "2025-05-01T12:00:00Z"), order("u2", 4, 9, "2026-03-31T12:00:00Z")])
        end = "2026-03-31T23:00:00.000Z"
        box.ingest([tick("2026-01-31T00:00:00Z"), tick("2026-03-24T23:00:00Z"), order("u1", 9, 2, "2025-03-20T12:00:00Z")], name="t")
        first = [p for p in told(box) if p["expires"] == end]
        equal("Points 4: 60 and 7 days before, in local days, all lots of one boundary together", first,
              [{"amount": 17, "expires": end, "points": "points"}] * 2)
        box.ingest([tick("2026-04-01T00:00:00Z")], name="u")
        equal("once for each expiry and span", [p for p in told(box) if p["expires"] == end], first)
        equal("points.expiring reaches rules", box.member("user_id:u1")["measures"]["warned"], 17 + 17 + 5)
        check("and tags", [t["name"] for t in box.member("user_id:u1")["tags"]] == ["warned"])
        box.healthy("verify, rules run again", "--replay")
        box.put_rules(HEAD % "Europe/London" + 'points "points" { expire = { after = "12 months", at = "month end" } }\n')
        box.ingest([tick("2027-01-01T00:00:00Z")], name="v")
        equal("without notices nobody is told", len(told(box)), 3)
        box.healthy("verify after another version")


for part in (sliding, month_end, joined, notice):
    part()
done()
