#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Time: windows are whole local days, tags fall at local midnight, caps roll or follow the calendar, late events count where they belong
but earn nothing, and a timestamp from the future is not believed."""

from lib import Box, check, done, equal, order, tick, track

RULES = """program { name = "Shop", timezone = "Asia/Shanghai", currency = "CNY", late = "3 days" }
event "Order Completed" { order_id = { "text", required = true }, revenue = { "money", required = true } }
event "Scanned" {}
measure "orders" { on = "Order Completed" }
measure "scans" { on = "Scanned" }
tag "active" { when = function(member) return member:orders "7 days" >= 1 end }
tag "came" { on = "Scanned", keep = "2 days" }
points "points" {}
points "daily" {}
points "rolling" {}
earn "points on orders" { on = "Order Completed", points = "points", give = 1, per = money "1", of = "revenue" }
earn "a day's scans" { on = "Scanned", points = "daily", give = 2, at_most = { 5, per = "day" } }
earn "scans of 24 hours" { on = "Scanned", points = "rolling", give = 2, at_most = { 5, per = "1 day" } }
"""


def tags(box):
    return [t["name"] for t in box.member("user_id:u1")["tags"]]


def windows():
    with Box(RULES) as box:
        # 23:30 on 1 March in Shanghai.
        box.ingest([order("u1", 1, 10, "2026-03-01T15:30:00Z")])

        def orders(window, at):
            return box.member("user_id:u1", "--window", window, "--at", at)["measures"]["orders"]

        equal("today is 1 March until midnight in Shanghai", [orders("1 day", at) for at in ("2026-03-01T15:59:59Z", "2026-03-01T16:00:00Z")], [1, 0])
        equal("seven days end with 7 March", [orders("7 days", at) for at in ("2026-03-07T15:59:59Z", "2026-03-07T16:00:00Z")], [1, 0])
        equal("the calendar month ends with March", [orders("calendar month", at) for at in ("2026-03-31T15:59:59Z", "2026-03-31T16:00:00Z")], [1, 0])
        equal("a lifetime does not end", orders("lifetime", "2036-01-01T00:00:00Z"), 1)
        equal("the tag holds", tags(box), ["active"])
        box.ingest([tick("2026-03-07T15:59:59.999Z")], name="t1")
        equal("until the last millisecond of the seventh day", tags(box), ["active"])
        box.ingest([tick("2026-03-07T16:00:00.000Z")], name="t2")
        equal("and no longer", tags(box), [])
        removed = [i for i in box.run("why", "user_id:u1", "--what", "tag").json["items"] if i["name"] == "active"]
        equal("why says when it fell", (len(removed), removed[0]["at"] if removed else None), (2, "2026-03-07T16:00:00.000Z"))
        box.healthy("windows: verify finds nothing", "--replay")


def stamps():
    with Box(RULES) as box:
        box.ingest([track("u1", "Scanned", "2026-03-01T10:00:00Z")])
        since = box.member("user_id:u1")["tags"][0]
        equal("a stamp says how long it stays", (since["name"], since["until"]), ("came", "2026-03-03T10:00:00.000Z"))
        box.ingest([track("u1", "Scanned", "2026-03-02T10:00:00Z"), tick("2026-03-03T12:00:00Z")], name="2")
        equal("a second one prolongs it", [t["until"] for t in box.member("user_id:u1")["tags"]], ["2026-03-04T10:00:00.000Z"])
        box.ingest([tick("2026-03-04T10:00:00Z")], name="3")
        equal("then it goes", tags(box), [])


def caps():
    at = ("2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z", "2026-03-01T14:00:00Z", "2026-03-01T15:00:00Z",  # 20:00 to 23:00 on the 1st
          "2026-03-01T16:30:00Z",  # 00:30 on the 2nd
          "2026-03-02T12:00:00.000Z", "2026-03-02T13:30:00Z")
    with Box(RULES) as box:
        results = box.results([track("u1", "Scanned", t) for t in at])

        def granted(points):
            return [(e["desired"], e["granted"]) for r in results for e in r["effects"] if e["kind"] == "earn" and e["points"] == points]

        equal("a cap of the calendar begins anew at midnight", granted("daily"), [(2, 2), (2, 2), (2, 1), (2, 0), (2, 2), (2, 2), (2, 1)])
        # 2, 2, 1 in the first three hours; nothing until 24 hours after the first; then as much as fell out of the span.
        equal("one of 24 hours rolls", granted("rolling"), [(2, 2), (2, 2), (2, 1), (2, 0), (2, 0), (2, 2), (2, 2)])
        w = box.member("user_id:u1")["wallet"]
        equal("together", (w["daily"]["available"], w["rolling"]["available"]), (10, 9))
        box.healthy("caps: verify finds nothing", "--replay")


def late_and_early():
    with Box(RULES) as box:
        box.ingest([tick("2026-03-10T00:00:00Z"), order("u1", 1, 10, "2026-03-07T00:00:01Z"), order("u1", 2, 20, "2026-03-06T23:59:59Z")])
        m = box.member("user_id:u1", "--window", "calendar month")
        equal("later than three days: counted", m["measures"]["orders"], 2)
        equal("and without points", m["wallet"]["points"]["available"], 10)
        equal("counted on the day it belongs to", box.member("user_id:u1", "--window", "1 day", "--at", "2026-03-07T10:00:00Z")["measures"]["orders"], 2)
        got = box.results([order("u1", 3, 30, "2126-03-01T00:00:00Z")], "--clock", "wall", name="future")
        m = box.member("user_id:u1", "--window", "1 day")
        check("live, a timestamp from the future is set to its arrival", got[0]["status"] == "applied" and box.report()["clock"] < "2126"
              and m["measures"]["orders"] == 1, (got, box.report()["clock"], m["measures"]))
        kept = [i for i in box.run("journal", "--limit", 1000).json["items"] if "order-3" in str(i["payload"])]
        check("and the original is kept", len(kept) == 1 and "2126-03-01" in str(kept[0]["payload"]), kept)
        got = box.results([order("u1", 4, 30, "2226-03-01T00:00:00Z")], name="beyond")
        equal("a year that nobody will see is no time", got[0]["reason"], "bad_timestamp")


def clocks():
    with Box(RULES) as box:
        box.ingest([tick("2026-03-10T00:00:00Z"), tick("2026-03-01T00:00:00Z"), order("u1", 1, 10, "2026-03-09T00:00:00Z")])
        equal("the clock never falls", box.report()["clock"], "2026-03-10T00:00:00.000Z")
        box.ingest([order("u1", 2, 10, "2026-03-09T00:00:00Z")], "--clock", "wall", name="wall")
        check("with the wall's clock it is now", box.report()["clock"] > "2026-03-11", box.report()["clock"])
        got = box.run("tick", "--to", "2020-01-01T00:00:00Z")
        check("a tick into the past moves nothing", got.code in (0, 4) and box.report()["clock"] > "2026-03-11", got)


for part in (windows, stamps, caps, late_and_early, clocks):
    part()
done()
