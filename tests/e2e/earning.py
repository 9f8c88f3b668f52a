#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Earning in full: items with their lines, who pays, bonuses on items, milestones, attribution, points that cannot be spent; in results,
`why`, `journal`, `report` and `sql`; and the same after recovery, replay, backup and restore."""

import os
import sqlite3

from lib import Box, check, done, equal, redeem, run, track

RULES = """program { name = "Harbour Coffee", timezone = "Europe/London", currency = "GBP", late = "3 days" }
event "Order Completed" { order_id = { "text", required = true }, revenue = { "money", required = true }, staff_id = "text",
  products = { "list", of = { sku = "text", category = "text", price = "money", quantity = "integer" } } }
event "QR Scanned" { staff_id = { "text", required = true } }
points "stars" {}
points "miles" { spendable = false }
measure "orders" { on = "Order Completed" }
earn "stars on items" {
  on = "Order Completed", points = "stars", each = "products", of = { "price", "quantity" }, give = 1, per = money "1",
  where = { category = { except = "gift card" } }, at_most = { 100, per = "day" }, funded_by = "Roastery",
}
bonus "double coffee" { of = "stars on items", times = 2, where = { category = "coffee" }, funded_by = "Visa" }
earn "miles" { on = "Order Completed", points = "miles", give = 1, per = money "1", of = "revenue" }
milestone "third order" { every = 3, of = "orders", give = { points = "stars", amount = 5, tag = "regular", keep = "30 days" },
  funded_by = "Roastery" }
tag "regular" { class = "behaviour" }
attribution "shop assistants" { to = "staff_id", touches = "QR Scanned", credit = "Order Completed", model = "even",
  within = "7 days", of = "revenue" }
attribution "till" { to = "staff_id", touches = "Order Completed", credit = "Order Completed", within = "1 day" }
"""


def order(user, number, at, revenue, items, **more):
    products = [{"sku": "s%d" % i, "category": c, "price": p, "quantity": q} for i, (c, p, q) in enumerate(items)]
    return track(user, "Order Completed", at, dict({"order_id": "o%d" % number, "revenue": revenue, "products": products}, **more),
                 message_id="%s-%d" % (user, number))


def scan(user, staff, at):
    return track(user, "QR Scanned", at, {"staff_id": staff}, message_id="%s-%s-%s" % (user, staff, at))


EVENTS = [
    scan("u1", "zoe", "2026-03-01T10:00:00Z"), scan("u1", "bob", "2026-03-02T10:00:00Z"), scan("u1", "amy", "2026-03-02T11:00:00Z"),
    order("u1", 1, "2026-03-03T10:00:00Z", 23.50, [("coffee", 3.25, 2), ("tea", 7.00, 1), ("gift card", 10.00, 1)]),
    order("u1", 2, "2026-03-04T10:00:00Z", 1.00, [("tea", 1.00, 1)], staff_id="amy"),
    order("u1", 3, "2026-03-08T10:00:00Z", 180.00, [("coffee", 60.00, 3)]),
]


def kinds(result):
    return [e["kind"] for e in result["effects"]]


def results(box):
    got = box.results(EVENTS)
    first = got[3]["effects"]
    equal("lines stand before the earning that they are of", [k for k in kinds(got[3])], ["earn", "lines", "earn", "lines", "earn", "credit", "credit", "credit"])
    # 6.50 + 7.00 = 13.50: 13 stars, of which 6.26 and 6.74
    equal("the whole is split over the items", [e["lines"] for e in first if e["kind"] == "lines"],
          [{"list": "products", "points": [6, 7, 0]}, {"list": "products", "points": [6, 0, 0]}])
    equal("who pays is said with the rule", [e["rule"].get("funded_by") for e in first if e["kind"] == "earn"], [None, "Roastery", "Visa"])
    credits = [e for e in first if e["kind"] == "credit"]
    equal("shares of 23.50", [(c["name"], c["to"], c["amount"], c["share"]) for c in credits],
          [("shop assistants", "amy", 784, 0.333334), ("shop assistants", "bob", 783, 0.333333), ("shop assistants", "zoe", 783, 0.333333)])
    last = got[5]["effects"]
    earns = [e for e in last if e["kind"] == "earn" and e["points"] == "stars"]
    equal("a cap keeps both figures; the bonus adds to what was granted; then the milestone",
          [(e["rule"]["name"], e["desired"], e["granted"]) for e in earns],
          [("stars on items", 180, 100), ("double coffee", 100, 100), ("third order", 5, 5)])
    equal("the scan of 1 March has left the window of 7 days", [e["to"] for e in last if e["kind"] == "credit"], ["amy", "bob"])
    equal("stars", box.member("user_id:u1")["wallet"]["stars"]["available"], 13 + 6 + 1 + 100 + 100 + 5)


def why(box):
    items = box.run("why", "user_id:u1", "--what", "ledger").json["items"]
    one = [i for i in items if i["rule"]["name"] == "double coffee"][-1]
    equal("why shows the lines of a bonus", one["lines"], {"list": "products", "points": [6, 0, 0]})
    equal("and who pays", one["rule"]["funded_by"], "Visa")
    third = [i for i in items if i["rule"]["name"] == "third order"][0]
    equal("why a milestone was given", (third["amount"], third["read"]), (5, {"figure": 3, "threshold": 3, "times": 1}))
    credits = box.run("why", "user_id:u1", "--what", "credit").json["items"]
    equal("credits, newest first", [(c["name"], c["to"], c["amount"]) for c in credits][:2], [("shop assistants", "bob", 9000), ("shop assistants", "amy", 9000)])
    check("for people", "by the items of products: 6, 7, 0" in run("why", "user_id:u1", "--db", box.db).out)
    journal = box.run("journal").json["items"]
    check("the journal shows them", any(e["kind"] == "credit" and e["to"] == "amy" for r in journal for e in r.get("effects", [])), journal[-1])


def reports(box):
    report = box.report()
    equal("by funder", report["points"]["stars"]["by_funder"], {"Roastery": 13 + 1 + 100 + 5, "Visa": 106})
    equal("what nobody in particular pays for", report["points"]["miles"]["by_funder"], {})
    equal("attribution", report["attribution"],
          {"shop assistants": {"zoe": {"credits": 2, "amount": 783 + 33}, "bob": {"credits": 3, "amount": 783 + 33 + 9000},
                               "amy": {"credits": 3, "amount": 784 + 34 + 9000}},
           "till": {"amy": {"credits": 1, "amount": 0}}})
    check("for people", "Credited by shop assistants" in run("report", "--db", box.db).out, run("report", "--db", box.db).out)
    rows = box.sql("SELECT record, at, member, attribution, credited_to, share, amount, rule FROM credit WHERE attribution = 'till'")
    equal("sql", rows, [[rows[0][0], "2026-03-04T10:00:00.000Z", "m1", "till", "amy", 1.0, 0, "till"]])
    equal("by record", box.sql("SELECT credited_to FROM credit WHERE record = %d ORDER BY 1" % rows[0][0]), [["amy"], ["amy"], ["bob"], ["zoe"]])
    equal("of no record", box.sql("SELECT count(*) FROM credit WHERE record = 0 OR record = 99999 OR record < 0"), [[0]])
    equal("twice in one statement", box.sql("SELECT count(*) FROM credit a JOIN credit b ON a.record = b.record AND a.credited_to = b.credited_to"
                                            " AND a.attribution = b.attribution"), [[9]])
    equal("shares of an event add up to 1", box.sql("SELECT round(sum(share), 9) FROM credit WHERE attribution = 'shop assistants' GROUP BY record"), [[1.0]] * 3)
    equal("the rules say who pays", box.sql("SELECT name, funded_by FROM rule WHERE funded_by IS NOT NULL ORDER BY name"),
          [["double coffee", "Visa"], ["stars on items", "Roastery"], ["third order", "Roastery"]])


def spendable(box):
    got = box.results([redeem("user_id:u1", "k1", 1, "2026-03-09T10:00:00Z", points="miles")], name="r")
    equal("status points cannot be redeemed", (got[0]["status"], got[0]["reason"]), ("refused", "not_spendable"))
    equal("nor by the command", box.run("redeem", "user_id:u1", "--points", "miles", "--amount", "1", "--key", "k2").code != 0, True)


def lasting(box):
    box.healthy("verify finds nothing", "--replay")
    state = box.hash()
    before = box.sql("SELECT * FROM credit")
    backup = os.path.join(box.path, "backup.db")
    equal("backup", box.run("backup", backup).code, 0)
    plain = sqlite3.connect(backup)
    equal("a backup holds the credits", [list(r) for r in plain.execute("SELECT * FROM credit")], before)
    plain.close()
    with Box() as other:
        other.run("restore", backup)
        equal("a restored folder is the same", other.hash(), state)
        equal("with the same credits", other.sql("SELECT * FROM credit"), before)
        other.healthy("and is sound", "--replay")


with Box(RULES) as shop:
    results(shop)
    why(shop)
    reports(shop)
    spendable(shop)
    lasting(shop)
done()
