#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `tessera ingest` promises: every line is counted once, each with its status; acknowledgements; gzip, pipes, sorting and dry runs;
each reason for quarantine; and lines that are driven again after the rules have changed."""

import gzip
import json
import os

from lib import Box, check, done, equal, ndjson, order, redeem, tick, track

RULES = """program { name = "Shop", timezone = "UTC", currency = "USD" }
event "Order Completed" { order_id = { "text", required = true }, revenue = { "money", required = true } }
measure "orders" { on = "Order Completed" }
measure "spend" { on = "Order Completed", sum = "revenue" }
points "points" {}
earn "points on orders" { on = "Order Completed", once_per = "order_id", points = "points", give = 1, per = money "1", of = "revenue" }
"""
DAY = "2026-03-%02dT10:00:00.000Z"


def sums_up(what, s):
    equal("%s: lines are all accounted for" % what, s["lines"],
          s["records"] + s["folded"] + s["duplicates"] + s["quarantined"] + sum(s["ruled_out"].values()) + s["refused"])


def basics():
    events = [order("u%d" % (i % 7), i, 10 + i, DAY % (1 + i % 20)) for i in range(40)]
    events.sort(key=lambda e: e["timestamp"])
    events.insert(20, events[3])
    events.append(redeem("user_id:nobody", "k0", 5, DAY % 21))
    events.append(redeem("user_id:u1", "k1", 5, DAY % 21))
    events.append(redeem("user_id:u1", "k1", 5, DAY % 21))
    events.append("{not json")
    events.append(tick(DAY % 22))
    with Box(RULES) as box:
        path = box.path + "/results"
        got = box.ingest(events, "--results", path, "--ack", box.path + "/ack")
        s = got.json
        equal("something was quarantined, so the exit is 1", got.code, 1)
        sums_up("basics", s)
        equal("the counts", {k: s[k] for k in ("lines", "duplicates", "quarantined", "refused", "members_created", "joins")},
              {"lines": 46, "duplicates": 2, "quarantined": 1, "refused": 1, "members_created": 7, "joins": 0})
        equal("the reasons", s["quarantined_by"], {"json_syntax": 1})
        equal("the clock stands at the tick", s["clock"], DAY % 22)
        check("the version is a hash", s["version"].startswith("sha256:") and len(s["version"]) == 71, s["version"])
        with open(path) as f:
            results = [json.loads(line) for line in f]
        equal("a result for each line, in order", [r["line"] for r in results], list(range(1, 47)))
        equal("the duplicate", results[20]["status"], "duplicate")
        equal("the refusal", (results[41]["status"], results[41]["reason"]), ("refused", "unknown_member"))
        equal("the same key again", results[43]["status"], "replayed")
        equal("the broken line is named", [(r["line"], r["reason"]) for r in results if r["status"] == "quarantined"], [(45, "json_syntax")])
        equal("an effect says what was earned, and by which rule", [(e["kind"], e["points"], e["granted"], e["rule"]["name"])
              for e in results[0]["effects"] if e["kind"] == "earn"], [("earn", "points", int(events[0]["properties"]["revenue"]), "points on orders")])
        records = [r["record"] for r in results if r["status"] in ("applied", "quarantined", "refused") and r["record"]]
        check("record numbers ascend", records == sorted(records), records)
        with open(box.path + "/ack") as f:
            acks = [json.loads(line) for line in f]
        equal("the last acknowledgement is of the last line", acks[-1]["line"], 46)
        box.healthy("what was acknowledged is there", "--acks", box.path + "/ack")
        numbers = [i["record"] for i in box.run("journal", "--limit", 1000).json["items"]]
        equal("the journal's numbers have no gap", numbers, list(range(1, len(numbers) + 1)))


def ways_in():
    events = [order("u%d" % (i % 5), i, 10 + i, DAY % (1 + i % 25)) for i in range(60)]
    by_time = sorted(events, key=lambda e: e["timestamp"])
    with Box(RULES) as box:
        box.ingest(by_time)
        want = box.hash()
        box.ingest(gzip.compress(ndjson(by_time).encode()), db=box.path + "/gz")
        equal("gzip through a pipe is seen by its content", box.hash(box.path + "/gz"), want)
        box.ingest(ndjson(by_time).rstrip("\n").encode(), db=box.path + "/nl")
        equal("a last line without its newline counts", box.hash(box.path + "/nl"), want)
        box.ingest(ndjson(by_time).replace("\n", "\r\n").encode(), db=box.path + "/crlf")
        equal("lines that end in CR LF are the same", box.hash(box.path + "/crlf"), want)
        s = box.ingest(events, "--sort", db=box.path + "/sort").json
        equal("--sort puts them in order of time", (box.hash(box.path + "/sort"), s["lines"]), (want, 60))
        twice = [track("u1", "Page Viewed", DAY % 1)] * 3
        s = box.ingest(twice, db=box.path + "/same").json
        equal("equal lines of one file without an id all count", (s["records"], s["duplicates"]), (3, 0))
        s = box.ingest(twice, db=box.path + "/same").json
        equal("and the same file again changes nothing", (s["records"], s["duplicates"]), (0, 3))


def dry_run():
    with Box(RULES) as box:
        events = [order("u1", 1, 10, DAY % 1)]
        s = box.ingest(events, "--dry-run").json
        equal("a dry run counts", (s["records"], s["members_created"]), (1, 1))
        check("and makes no folder", not os.path.exists(box.db))
        box.ingest(events)
        before = {f: os.stat(os.path.join(box.db, f)).st_mtime_ns for f in sorted(os.listdir(box.db))}
        want = box.hash()
        s = box.ingest([order("u1", 2, 10, DAY % 2), order("u2", 3, 10, DAY % 2)], "--dry-run").json
        equal("a dry run sees what is there", (s["records"], s["members_created"]), (2, 1))
        equal("and changes no file", {f: os.stat(os.path.join(box.db, f)).st_mtime_ns for f in before}, before)
        equal("nor the state", box.hash(), want)


def reasons():
    deep = "[" * 40 + "]" * 40
    lines = [
        ("json_syntax", b'{"type":"track",}'),
        ("json_limit", b'{"type":"track","userId":"u1","userId":"u2","event":"Page Viewed"}'),
        ("json_limit", ('{"type":"track","userId":"u1","event":"Page Viewed","properties":{"a":%s}}' % deep).encode()),
        ("utf8", b'{"type":"track","userId":"u\xff","event":"Page Viewed"}'),
        ("bad_type", b'{"type":"trick","userId":"u1"}'),
        ("missing_identifier", b'{"type":"track","event":"Page Viewed"}'),
        ("unknown_event", json.dumps(track("u1", "Order Compleated", DAY % 1)).encode()),
        ("missing_field", json.dumps(track("u1", "Order Completed", DAY % 1, {"order_id": "x"})).encode()),
        ("wrong_type", json.dumps(track("u1", "Order Completed", DAY % 1, {"order_id": "x", "revenue": [1]})).encode()),
        ("bad_timestamp", json.dumps(track("u1", "Page Viewed", "the day before")).encode()),
        ("money_precision", json.dumps(track("u1", "Order Completed", DAY % 1, {"order_id": "x", "revenue": 10.005})).encode()),
        ("too_large", json.dumps(track("u1", "Page Viewed", DAY % 1, {"title": "x" * 33000})).encode()),
        ("too_large", json.dumps(track("u1", "Page Viewed", DAY % 1, {"title": "x" * 1100000})).encode()),
    ]
    with Box(RULES) as box:
        path = box.file("bad.ndjson", b"\n".join(line for _, line in lines) + b"\n")
        results = box.path + "/results"
        s = box.ingest(path, "--results", results).json
        with open(results) as f:
            found = [(r["line"], r["reason"]) for r in map(json.loads, f)]
        for (reason, _), (n, got) in zip(lines, found):
            equal("line %d is refused for %s" % (n, reason), got, reason)
        sums_up("bad lines", s)
        equal("all are in quarantine", s["quarantined"], len(lines))
        items = box.run("quarantine", "--limit", 100).json["items"]
        equal("the list names each with its line", sorted((i["line"], i["reason"]) for i in items), [(n, r) for n, (r, _) in enumerate(lines, 1)])
        by_line = {i["line"]: i for i in items}
        equal("a broken field is named", [by_line[n]["field"] for n in (8, 9, 11)],
              ["properties.revenue"] * 3 if by_line[8]["field"].startswith("properties") else ["revenue"] * 3)
        check("each has a message for people", all(i["message"] for i in items))
        s = box.ingest(path).json
        equal("the same file again: nothing is kept twice", len(box.run("quarantine", "--limit", 100).json["items"]), len(lines))
        sums_up("bad lines again", s)


def pages():
    with Box(RULES) as box:
        box.ingest(["{broken %d" % i for i in range(7)])
        first = box.run("quarantine", "list", "--limit", 3).json
        second = box.run("quarantine", "list", "--limit", 3, "--after", first["next"]).json
        third = box.run("quarantine", "list", "--limit", 3, "--after", second["next"]).json
        equal("a list comes in pages", [len(p["items"]) for p in (first, second, third)], [3, 3, 1])
        equal("and ends", third["next"], None)
        equal("no item comes twice", len({i["id"] for p in (first, second, third) for i in p["items"]}), 7)


def redrive():
    events = [track("u%d" % i, "Order Compleated", DAY % 1, {"n": i}, message_id="typo-%d" % i) for i in range(3)] + ["{broken"]
    with Box(RULES) as box:
        box.ingest(events)
        got = box.run("quarantine", "redrive", rules=box.rules)
        equal("driven again under the same rules, all stay", got.json, {"tried": 4, "applied": 0, "still": 4})
        more = RULES + 'event "Order Compleated" { n = "integer" }\nmeasure "typos" { on = "Order Compleated", sum = "n" }\n'
        rules = box.put_rules(more, "newer")
        got = box.run("quarantine", "redrive", "--reason", "unknown_event", rules=rules)
        equal("after the event is declared they go in", got.json, {"tried": 3, "applied": 3, "still": 0})
        items = box.run("quarantine", "list").json["items"]
        equal("which the list shows", sorted(i["status"] for i in items), ["open", "redriven", "redriven", "redriven"])
        report = box.report()
        equal("and the report counts", (report["measures"]["typos"], report["members"], report["quarantined"]), (3, 3, 1))
        got = box.run("quarantine", "redrive", rules=rules).json
        equal("a second time only the broken one is tried", (got["tried"], got["still"]), (1, 1))
        box.healthy("verify finds nothing")


for part in (basics, ways_in, dry_run, reasons, pages, redrive):
    part()
done()
