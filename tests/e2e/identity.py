#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who is who: joins by strong identifiers, anonymous members, guards, aliases, what a join unites, and Segment's own examples."""

import copy
import json

from lib import Box, check, data, done, equal, identify, order, track

PLAN = """program { name = "Shop", timezone = "UTC", currency = "USD" }
identifier "user_id" { strong = true, per_member = 1 }
identifier "email" { strong = true, per_member = 5, normalize = "email" }
identifier "phone" { strong = true, per_member = 3, normalize = "phone:US" }
identifier "anonymous_id" { per_member = 20 }
identifier "device" { per_member = 10 }
blocked "email" { "none@example.com" }
event "Order Completed" { order_id = { "text", required = true }, revenue = { "money", required = true } }
measure "spend" { on = "Order Completed", sum = "revenue" }
measure "orders" { on = "Order Completed" }
tag "bought twice" { when = function(member) return member:orders() >= 2 end }
tiers "club" { basis = { measure = "spend", window = "12 months" }, { "Member" }, { "Silver", from = money "100" }, upgrade = "at once" }
points "points" { expire = { after = "12 months" } }
earn "points on orders" { on = "Order Completed", once_per = "order_id", points = "points", give = 1, per = money "1", of = "revenue" }
"""
AT = "2026-03-%02dT10:00:00.000Z"


def identifiers(box, who, kind=None):
    found = box.member(who).get("identifiers", [])
    return sorted(i["value"] for i in found if i["kind"] == kind) if kind else sorted((i["kind"], i["value"]) for i in found)


def strong_joins():
    with Box(PLAN) as box:
        s = box.ingest([identify(AT % 1, userId="u1"), identify(AT % 2, traits={"email": "Ada@Example.COM"}),
                        identify(AT % 3, userId="u1", traits={"email": "ada@example.com"})]).json
        equal("1: a record with the strong identifiers of two members joins them", (s["members_created"], s["joins"]), (2, 1))
        m = box.member("email:ADA@example.com")
        equal("the elder, with the strongest identifier, survives", (m["member"], m["aliases"]), ("m1", ["m2"]))
        equal("the other's number keeps working", box.member("m2")["member"], "m1")
        equal("the address is kept in its normal form", identifiers(box, "m1"), [("email", "ada@example.com"), ("user_id", "u1")])
        s = box.ingest([identify(AT % 4, traits={"phone": "+1 415 555 2671"}), identify(AT % 5, traits={"phone": "(415) 555-2671", "email": "ada@example.com"})],
                       name="2").json
        equal("a phone in two spellings is one", s["joins"], 1)
        equal("3: aliases stay one step away", sorted(box.member("m3")["aliases"]), ["m2", "m3"])
        equal("one member is left", box.report()["members"], 1)
        box.healthy("verify finds nothing")


def anonymous():
    with Box(PLAN) as box:
        s = box.ingest([track(None, "Page Viewed", AT % 1, anonymousId="a1"),
                        track("u1", "Page Viewed", AT % 2, anonymousId="a1"),
                        track(None, "Page Viewed", AT % 3, anonymousId="a2"),
                        track("u1", "Page Viewed", AT % 4, anonymousId="a2")]).json
        equal("1: an anonymous member takes the strong identifier that nobody has, or is joined into its owner",
              (s["members_created"], s["joins"]), (2, 1))
        equal("he has it all", identifiers(box, "user_id:u1"), [("anonymous_id", "a1"), ("anonymous_id", "a2"), ("user_id", "u1")])
        results = box.results([track("u2", "Page Viewed", AT % 5, anonymousId="a1"), track(None, "Page Viewed", AT % 6, anonymousId="a1")], name="2")
        equal("two members with strong identifiers are not joined by a weak one", box.report()["members"], 2)
        equal("the record goes to the strong one's owner, and the weak value is his from then on", [r["member"] for r in results],
              [box.member("user_id:u2")["member"]] * 2)
        equal("who had it before has it no longer", identifiers(box, "user_id:u1", "anonymous_id"), ["a2"])
        box.healthy("verify finds nothing")


def guards():
    with Box(PLAN) as box:
        box.ingest([identify(AT % 1, userId="abc123", traits={"email": "jane@example1.com"})])
        want = identifiers(box, "user_id:abc123")
        s = box.ingest([identify(AT % 2, userId="abc456", traits={"email": "jane@example1.com"})], name="2").json
        equal("2: what would give a member two user ids gives up the email", (s["members_created"], s["joins"]), (1, 0))
        equal("the first keeps what he had", identifiers(box, "user_id:abc123"), want)
        equal("the second has his user id only", identifiers(box, "user_id:abc456"), [("user_id", "abc456")])
        items = box.run("errors").json["items"]
        check("the refused link is put up for review", len(items) >= 1, items)
        s = box.ingest([identify(AT % 3, userId="u3", traits={"email": "none@example.com"}),
                        identify(AT % 4, userId="u4", traits={"email": "NONE@example.com"})], name="3").json
        equal("a blocked value joins nobody", (s["members_created"], s["joins"], box.member("email:none@example.com").get("error", {}).get("code")),
              (2, 0, "unknown_member"))
        s = box.ingest([track(None, "Page Viewed", AT % 5, context={"traits": {"email": "none@example.com"}})], name="4").json
        equal("and is no identifier at all", s["quarantined_by"], {"missing_identifier": 1})
        box.ingest([identify(AT % 6, userId="u5", traits={"phone": "+1415555267%d" % i}) for i in range(5)], name="5")
        equal("at most three phones", len(identifiers(box, "user_id:u5", "phone")), 3)
        box.healthy("verify finds nothing")


def union():
    events = [order("u1", "o1", 60, AT % 1), track(None, "Order Completed", AT % 2, {"order_id": "o2", "revenue": 70}, traits={"email": "b@example.com"},
                                                   context={"traits": {"email": "b@example.com"}})]
    with Box(PLAN) as box:
        box.ingest(events)
        equal("before: no tier, no tag", [(box.member(w)["tiers"]["club"]["name"], box.member(w)["tags"]) for w in ("m1", "m2")], [("Member", [])] * 2)
        want = [(lot["lot"], lot["expires"], lot["remaining"]) for w in ("m1", "m2") for lot in box.member(w)["wallet"]["points"]["lots"]]
        results = box.results([identify(AT % 3, userId="u1", traits={"email": "b@example.com"})], name="2")
        m = box.member("m1")
        equal("4: figures add up", (m["measures"]["spend"], m["measures"]["orders"]), (13000, 2))
        equal("so do wallets", m["wallet"]["points"]["available"], 130)
        equal("and lots keep their number and expiry", [(lot["lot"], lot["expires"], lot["remaining"]) for lot in m["wallet"]["points"]["lots"]], want)
        equal("the tier is what the united basis gives", m["tiers"]["club"]["name"], "Silver")
        equal("tags follow the united figures", [t["name"] for t in m["tags"]], ["bought twice"])
        equal("nothing is earned by joining", [e for e in results[0]["effects"] if e["kind"] == "earn"], [])
        equal("the join is in the result", [(e["from"], e["to"]) for e in results[0]["effects"] if e["kind"] == "join"], [("m2", "m1")])
        timeline = box.member("m1")["timeline"]
        equal("his timeline has the records of both", sorted(t["record"] for t in timeline) != [] and len(timeline) >= 3, True)
        box.ingest([order("u1", "o2", 70, AT % 4) | {"messageId": "again"}], name="3")
        equal("an order of the one is not paid again to the other", box.member("m1")["wallet"]["points"]["available"], 130)
        box.healthy("verify finds nothing", "--replay")


def aliases():
    alias = {"type": "alias", "timestamp": AT % 2, "previousId": "a1", "userId": "u1"}
    with Box(PLAN) as box:
        box.ingest([track(None, "Page Viewed", AT % 1, anonymousId="a1"), alias])
        equal("8: alias looks the previous id up as an anonymous id", (box.report()["members"], identifiers(box, "m1")),
              (1, [("anonymous_id", "a1"), ("user_id", "u1")]))
        want = box.state()
        got = box.ingest([{"type": "alias", "timestamp": AT % 2, "previousId": "u1", "userId": "u1"}], name="2")
        equal("an alias of an id to itself is harmless", (got.code, box.state() == want), (0, True))
        box.ingest([track("u9", "Page Viewed", AT % 3), {"type": "alias", "timestamp": AT % 4, "previousId": "u9", "userId": "u1"}], name="3")
        check("then as a user id", box.member("user_id:u9").get("member") is not None)
        box.healthy("verify finds nothing")


def order_of_arrival():
    """Weak and strong in every order give one member in the end."""
    steps = [identify(AT % 1, userId="u1", anonymousId="a1"), identify(AT % 1, userId="u1", traits={"email": "x@example.com"}),
             track(None, "Page Viewed", AT % 1, anonymousId="a1"), identify(AT % 1, traits={"email": "x@example.com"})]
    for first in range(4):
        with Box(PLAN) as box:
            box.ingest([copy.deepcopy(steps[(first + i) % 4]) for i in range(4)])
            equal("beginning with record %d, all four are of one member" % (first + 1), (box.report()["members"], len(identifiers(box, "user_id:u1"))), (1, 3))


def segment():
    with open(data("events", "golden_segment_identity_scenario.json"), encoding="utf-8") as f:
        shop = json.load(f)["scenarios"][0]
    with Box('program { name = "SegKicks", unknown_events = "accept" }\n') as box:
        events = [dict(e, timestamp=AT % (i + 1)) for i, e in enumerate(shop["events"])]
        box.ingest(events)
        equal("Segment's example of a shop ends in as many profiles", box.report()["members"], shop["expected_profiles"])
        found = identifiers(box, "user_id:abc123def")
        expected = shop["expected_identifiers"]
        devices = sorted(expected["ios.id"] + expected["android.id"])  # ours are one kind, "device"
        equal("with its identifiers", found, sorted([("user_id", v) for v in expected["user_id"]]
                                                    + [("anonymous_id", v) for v in expected["anonymous_id"]] + [("device", v) for v in devices]))


for part in (strong_joins, anonymous, guards, union, aliases, order_of_arrival, segment):
    part()
done()
