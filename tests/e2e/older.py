#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A folder of an older Tessera: a backup that engine 1 wrote (before refunds, segments, milestones and notices; two versions of the rules) is
restored, read, verified and written on. Its state is made anew from the journal, which the program says; every point keeps the rule that gave it."""

import lzma
import os

from lib import ROOT, Box, check, done, equal, track

RULES = {"orders": 970, "welcome": 30, "weekends": 290, "reviews": 45}


def restored(box):
    with lzma.open(os.path.join(ROOT, "tests", "e2e", "older", "engine-1.backup.xz")) as f:
        backup = box.file("engine-1.backup", f.read())
    equal("it is restored", box.run("restore", backup).code, 0)


def reading(box):
    found = box.run("report")
    check("the first look says that an older Tessera wrote it", "an older Tessera wrote this folder" in found.err, found.err)
    stars = found.json["points"]["stars"]
    equal("points by the rules that gave them", stars["by_rule"], RULES)
    equal("and what there is of them", (stars["issued"], stars["available"], stars["pending"], stars["spent"]), (1335, 1335, 0, 0))
    equal("tiers and tags", (found.json["tiers"]["club"]["Gold"], found.json["tags"]), (3, {"big": 3}))
    lost = [i for i in box.run("why", "user_id:u1", "--what", "tag").json["items"] if (i.get("rule") or {}).get("name") == "active"]
    check("why names the condition", lost != [])
    found = box.verify()
    check("verify finds nothing, before anything is written", found.code == 0, found)


def writing(box):
    want = box.hash()
    box.ingest([track("u1", "Review Posted", "2025-06-11T10:00:00Z", message_id="r3")])
    check("what was read is what is written on", want != box.hash())
    found = box.verify()
    check("verify finds nothing afterwards", found.code == 0 and found.err == "", found)
    equal("the rules go on", box.report()["points"]["stars"]["by_rule"], {**RULES, "reviews": 70})
    want = box.hash()
    for name in os.listdir(box.db):
        if name.startswith("state.db"):
            os.unlink(os.path.join(box.db, name))
    box.ingest([], name="none")
    equal("rebuilt from the journal, the same", box.hash(), want)
    check("verify finds nothing in that either", box.verify().code == 0)
    damage = box.sqlite("journal.db")
    damage.execute("UPDATE journal SET outcome = x'00' WHERE record = 20")
    damage.commit()
    damage.close()
    check("records of the older one are still held against what was written", box.verify().code != 0)


with Box() as box:
    restored(box)
    reading(box)
    writing(box)
done()
