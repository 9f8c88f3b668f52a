#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Versions of rules: each record was made by one; running history again under rules of which one number differs finds the first record
that this number decided; and going on with other rules changes what is to come, not what was."""

from lib import Box, check, done, equal, order, track, violations

RULES = """program { name = "Shop", timezone = "UTC", currency = "USD" }
event "Order Completed" { order_id = { "text", required = true }, revenue = { "money", required = true } }
event "Asked" {}
measure "spend" { on = "Order Completed", sum = "revenue" }
tag "big spender" { when = function(member) return member:spend() > 50000 end }
points "points" {}
earn "points on orders" { on = "Order Completed", points = "points", give = 1, per = money "1", of = "revenue" }
"""
AT = "2026-03-%02dT10:00:00.000Z"

with Box(RULES) as box:
    results = box.results([track("u1", "Asked", AT % 1), order("u1", 1, 100, AT % 2), order("u1", 2, 300, AT % 3), order("u1", 3, 150, AT % 4),
                           track("u2", "Asked", AT % 5)])
    box.healthy("the same rules, run again, agree", "--replay")
    box.healthy("given as a folder, too", "--replay", "--rules", box.rules)

    def first_difference(what, text, record):
        found = box.verify("--replay", "--rules", box.put_rules(text, "changed"))
        places = [v["where"] for i in found.json.get("invariants", []) if not i["ok"] for v in i["violations"]]
        equal("%s: not the same, exit 1" % what, (found.code, found.json.get("ok")), (1, False))
        check("%s: the first difference is record %d" % (what, record), places and "record %d" % record in places[0] + " ", violations(found))

    first_difference("a point costs 2", RULES.replace('money "1"', 'money "2"'), results[1]["record"])
    first_difference("big begins at 100.00", RULES.replace("50000", "10000"), results[2]["record"])
    first_difference("big begins at 600.00", RULES.replace("50000", "60000"), results[3]["record"])
    box.healthy("what differs in words only is no difference", "--replay", "--rules", box.put_rules("-- a remark\n" + RULES, "remark"))

    want, issued = box.hash(), box.report()["points"]["points"]["issued"]
    double = box.put_rules(RULES.replace("give = 1", "give = 2"), "double")
    s = box.ingest([order("u1", 4, 100, AT % 6)], name="more", rules=double).json
    check("another version is another hash", s["version"] != box.run("journal", "--limit", 1).json["items"][0]["version"])
    equal("new rules pay from now on, and change nothing of before", box.report()["points"]["points"]["issued"], issued + 200)
    versions = box.sql("SELECT count(*) FROM rules_version")
    equal("both versions are kept", versions, [[2]])
    items = [i for i in box.run("why", "user_id:u1", "--what", "ledger").json["items"] if i["what"] == "ledger" or i.get("rule")]
    found = {i["rule"]["version"] for i in items if i.get("rule")}
    equal("why names the version of each", len(found), 2)
    box.healthy("each record under its own version agrees", "--replay")
    box.ingest([order("u1", 5, 100, AT % 7)], name="back", rules=box.rules)
    equal("going back is going on", box.report()["points"]["points"]["issued"], issued + 300)
    box.healthy("and still agrees", "--replay")
done()
