#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rules that go wrong: one that raises, one that never ends, one that eats memory. Each costs its own effects and nothing else; the next
event is served; and when the rule is mended, what it missed can be driven again."""

import time

from lib import Box, check, done, equal, has_command, track

RULES = """program { name = "Shop", timezone = "UTC", currency = "USD" }
event "Asked" { what = { "text", required = true } }
trait "answered" { type = "text" }
trait "raised" { type = "text" }
points "points" {}
earn "a point for asking" { on = "Asked", points = "points", give = 1 }
rule "raises" {
  on = "Asked",
  act = function(member, event)
    member:set("raised", "before")
    if event.what == "raise" then error("no answer to that") end
    if event.what == "nil" then local x = event.properties.none.more end
  end,
}
rule "loops" { on = "Asked", act = function(member, event) while event.what == "loop" do end end }
rule "eats" {
  on = "Asked",
  act = function(member, event)
    local t = {}
    while event.what == "eat" do t[#t + 1] = { #t } end
  end,
}
rule "answers" { on = "Asked", act = function(member, event) member:set("answered", event.what) end }
"""
AT = "2026-03-%02dT10:00:00.000Z"
ASKED = ("well", "raise", "nil", "loop", "eat", "well again")


def line_of(text):
    return RULES[:RULES.index(text)].count("\n") + 1


with Box(RULES) as box:
    begun = time.monotonic()
    results = box.results([track("u%d" % i, "Asked", AT % (i + 1), {"what": what}, message_id="asked-%d" % i) for i, what in enumerate(ASKED)])
    check("it does not take long", time.monotonic() - begun < 20)
    equal("every event is applied", [r["status"] for r in results], ["applied"] * 6)
    equal("the rule that does nothing wrong answers each of them", [box.member("user_id:u%d" % i)["traits"].get("answered", {}).get("value")
                                                                    for i in range(6)], list(ASKED))
    equal("a declared earning pays each of them", box.report()["points"]["points"]["issued"], 6)
    equal("a rule that raises has no effect at all", ["raised" in box.member("user_id:u%d" % i)["traits"] for i in range(6)],
          [True, False, False, True, True, True])
    items = box.run("errors").json["items"]
    by_member = {i["member"]: i for i in items}
    equal("each is kept, with its member", sorted(by_member), ["m2", "m3", "m4", "m5"])
    equal("with the file and the line", [(by_member[m]["file"], by_member[m]["line"]) for m in ("m2", "m3")],
          [("program.lua", line_of("error(")), ("program.lua", line_of("local x ="))])
    check("with what it said", "no answer to that" in by_member["m2"]["message"], by_member["m2"])
    equal("in the record it belongs to", [i["record"] for i in sorted(items, key=lambda i: i["record"])], [r["record"] for r in results[1:5]])
    outcomes = {i["record"]: i["outcome"] for i in box.run("journal", "--limit", 100).json["items"]}
    equal("the loop was stopped, which the journal says", [outcomes[r["record"]] for r in results][3], "stopped")
    equal("the report counts them", box.report()["rule_errors"], 4)
    box.healthy("verify finds nothing")
    box.healthy("the rules, run again, come to the same", "--replay")

    mended = RULES.replace('error("no answer to that")', "return").replace("event.properties.none.more", "1").replace('event.what == "loop"', "false")
    rules = box.put_rules(mended, "mended")
    got = box.run("errors", "redrive", rules=rules)
    equal("driven again under mended rules, all but the one that still eats go through", got.json, {"tried": 4, "applied": 3, "still": 1})
    equal("now it has its effect", [box.member("user_id:u%d" % i)["traits"].get("raised", {}).get("value") for i in (1, 2)], ["before", "before"])
    equal("and nothing else happened again", box.report()["points"]["points"]["issued"], 6)
    equal("the list shows it", sorted(i["status"] for i in box.run("errors").json["items"] if i["member"] != "m5"), ["redriven"] * 3)
    box.healthy("verify finds nothing after that", "--replay")

with Box(RULES.replace("act = function(member, event) while", "act = function(member, event) x = 1 while")) as box:
    got = box.ingest([track("u1", "Asked", AT % 1, {"what": "well"})])
    equal("a rule set that is wrong is refused whole", (got.code, got.error.get("code") is not None), (4, True))
    check("with the file and the line", "program.lua" in str(got.json) and str(line_of('rule "loops"')) in str(got.json), got)
    if has_command("check"):
        found = box.run("check", box.rules).json
        codes = [(p["code"], p["line"]) for p in found.get("problems", [])]
        check("check says so without running anything", found.get("ok") is False and (("global", line_of('rule "loops"')) in codes
                                                        or ("outer_assignment", line_of('rule "loops"')) in codes), found)
done()
