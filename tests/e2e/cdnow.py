#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Real history: the purchases of CDNOW's first customers of 1997, from the file as it was published to the totals that are known of
it; then the same file again, which must change nothing."""

from lib import Box, check, data, done, equal, track

RULES = """program { name = "CDNOW", timezone = "America/New_York", currency = "USD" }
event "Order Completed" { order_id = { "text", required = true }, revenue = { "money", required = true }, items = "integer" }
measure "orders" { on = "Order Completed" }
measure "spend" { on = "Order Completed", sum = "revenue" }
measure "items" { on = "Order Completed", sum = "items" }
points "points" { expire = { after = "12 months" } }
earn "points on orders" { on = "Order Completed", once_per = "order_id", points = "points", give = 1, per = money "1", of = "revenue" }
"""


def purchases(path):
    """Rows of `customer YYYYMMDD number-of-CDs dollars`, in order of date, each with the number of its line."""
    with open(path, encoding="ascii") as f:
        rows = [(n, *line.split()) for n, line in enumerate(f, 1) if n > 1 and line.strip()]
    return sorted(rows, key=lambda r: (r[2], r[0]))


def offset(date):
    """New York's midnight: daylight saving time from the first Sunday in April to the last in October, 1997 and 1998."""
    begin, end = {"1997": ("19970406", "19971026"), "1998": ("19980405", "19981025")}[date[:4]]
    return "-04:00" if begin < date <= end else "-05:00"


def event(row):
    n, customer, date, items, dollars = row
    at = "%s-%s-%sT00:00:00%s" % (date[:4], date[4:6], date[6:], offset(date))
    # The dollars as they stand in the file: a Python float would be printed again as the same digits, 11.77.
    return track(customer, "Order Completed", at, {"order_id": "row-%d" % n, "revenue": float(dollars), "items": int(items)},
                 message_id="cdnow-%d" % n)


rows = purchases(data("cdnow", "master.txt"))
with Box(RULES) as box:
    events = [event(r) for r in rows]
    got = box.ingest(events)
    s = got.json
    equal("the import ends with 0", got.code, 0)
    equal("every row is a record", (s["lines"], s["duplicates"], s["quarantined"]), (69659, 0, 0))
    equal("members are created", s["members_created"], 23570)
    report = box.report()
    equal("members", report["members"], 23570)
    equal("orders", report["measures"]["orders"], 69659)
    equal("revenue is exact to the cent", report["measures"]["spend"], 250031563)
    equal("CDs", report["measures"]["items"], sum(int(r[3]) for r in rows))
    equal("the input has 80 rows of nothing", sum(float(r[4]) == 0 for r in rows), 80)
    whole = sum(int(round(float(r[4]) * 100)) // 100 for r in rows)
    equal("a point for each whole dollar of each order", report["points"]["points"]["issued"], whole)
    p = report["points"]["points"]
    equal("issued = available + pending + held + spent + expired", p["issued"],
          p["available"] + p["pending"] + p["held"] + p["spent"] + p["expired"] - p["adjusted"] - p["debt"])
    first = box.member("user_id:00001")
    equal("the first customer bought once, for 11.77", (first["measures"]["orders"], first["measures"]["spend"]), (1, 1177))
    before = box.hash()
    again = box.ingest(events).json
    equal("the same file again is all duplicates", (again["lines"], again["records"], again["duplicates"]), (69659, 0, 69659))
    equal("and leaves the state as it was", box.hash(), before)
    box.healthy("verify finds nothing")
    check("the state has a hash", before and len(before) == 64, before)
done()
