#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Levels and tags by hand: from the command line and as lines of an input, once for each key, refused in words, explained by why."""

from lib import Box, check, done, equal, order, tick

RULES = """program { name = "Shop", timezone = "UTC", currency = "USD" }
event "Order Completed" { order_id = { "text", required = true }, revenue = { "money", required = true } }
measure "spend" { on = "Order Completed", sum = "revenue" }
tag "vip" { on = "Order Completed", keep = "10 days" }
tag "buyer" { when = function(member) return member:spend() > 0 end }
tiers "club" {
  basis = { measure = "spend", window = "3 months" },
  { "Member" }, { "Silver", from = money "100" }, { "Gold", from = money "500" },
  upgrade = "at once", downgrade = { review = "monthly" },
}
"""


def tier(box):
    return box.member("user_id:u1")["tiers"]["club"]["name"]


def lines():
    with Box(RULES) as box:
        set_tier = {"type": "set_tier", "key": "k1", "member": "user_id:u1", "tiers": "club", "level": "Gold", "reason": "status match",
                    "timestamp": "2026-01-11T00:00:00Z"}
        set_tag = {"type": "set_tag", "key": "k2", "member": "user_id:u1", "tag": "vip", "until": "2026-03-01T00:00:00Z",
                   "timestamp": "2026-01-12T00:00:00Z"}
        got = box.results([order("u1", 1, 5, "2026-01-01T00:00:00Z"), set_tier, dict(set_tier, messageId="again"), dict(set_tier, level="Silver"),
                           set_tag, dict(set_tag, key="k3", tag="buyer")])
        equal("each line has its answer", [r["status"] for r in got], ["applied", "applied", "replayed", "refused", "applied", "refused"])
        equal("the same key gives the same answer", got[2]["answer"], got[1]["answer"])
        equal("and other content is refused", (got[3]["reason"], got[5]["reason"]), ("key_reused", "not_settable"))
        equal("the level by hand", tier(box), "Gold")
        items = box.run("why", "user_id:u1", "--what", "tier").json["items"]
        check("why says who and for what", items and "set_tier" in items[0]["reason"] and "status match" in items[0]["reason"], items)
        box.ingest([tick("2026-02-02T00:00:00Z")], name="t")
        equal("a review goes on from there", tier(box), "Member")
        box.healthy("verify finds nothing", "--replay")


def commands():
    with Box(RULES) as box:
        box.ingest([order("u1", 1, 5, "2026-01-01T00:00:00Z")])
        got = box.run("set-tier", "user_id:u1", "--tiers", "club", "--level", "Silver", "--key", "a", "--until", "2026-06-15T00:00:00Z")
        equal("set-tier", (got.code, got.json["answer"]["level"], got.json["answer"]["until"]), (0, "Silver", "2026-06-15T00:00:00.000Z"))
        equal("again", box.run("set-tier", "user_id:u1", "--tiers", "club", "--level", "Silver", "--key", "a", "--until",
                               "2026-06-15T00:00:00Z").json["status"], "replayed")
        box.ingest([order("u1", 2, 900, "2026-05-01T00:00:00Z")], name="o")
        equal("held: it does not rise", tier(box), "Silver")
        box.ingest([tick("2026-06-15T00:00:00Z")], name="t")
        equal("and is looked at at the end", tier(box), "Gold")
        got = box.run("set-tag", "user_id:u1", "--tag", "vip", "--key", "b")
        equal("set-tag", (got.code, got.json["answer"]["has"]), (0, True))
        got = box.run("set-tag", "user_id:u1", "--tag", "vip", "--key", "c", "--remove")
        equal("set-tag --remove", (got.code, [e["kind"] for e in got.json["effects"]]), (0, ["tag.removed"]))
        for flags, code in ((("set-tier", "user_id:u1", "--tiers", "clubs", "--level", "Gold", "--key", "d"), "unknown_tier"),
                            (("set-tier", "user_id:u1", "--tiers", "club", "--level", "Best", "--key", "e"), "unknown_tier"),
                            (("set-tag", "user_id:u1", "--tag", "none", "--key", "f"), "unknown_tag"),
                            (("set-tag", "user_id:u1", "--tag", "buyer", "--key", "g"), "not_settable")):
            got = box.run(*flags)
            equal("%s: %s" % (" ".join(flags[2:-2]), code), (got.code, got.error.get("code")), (4, code))
        equal("nobody", box.run("set-tag", "user_id:u9", "--tag", "vip", "--key", "h").code, 3)
        equal("without a key", box.run("set-tag", "user_id:u1", "--tag", "vip").code, 2)
        box.healthy("verify finds nothing", "--replay")


for part in (lines, commands):
    part()
done()
