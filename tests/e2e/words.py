#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tessera rules words: the language tells of itself, complete, without a data folder; one word with its options; and a word that is
none is not found."""

from lib import check, done, equal, run

all_of_it = run("rules", "words", "--json")
equal("it needs no data folder", all_of_it.code, 0)
told = all_of_it.json
equal("nothing is there without a text, nothing is told that is not there", told["faults"], [])
words = {w["name"]: w for w in told["words"]}
for name in ("earn", "bonus", "milestone", "refund", "segment", "attribution", "tiers", "tag", "measure", "money", "include"):
    check("the word " + name + " is told with an example", words.get(name, {}).get("example"), words.get(name))
equal("options come in reading order", [o["name"] for o in words["measure"]["options"]][:2], ["on", "sum"])
expire = next(o for o in words["points"]["options"] if o["name"] == "expire")
check("options of options too", "after" in [o["name"] for o in expire["options"]], expire)
equal("twice the same", run("rules", "words", "--json").out, all_of_it.out)

for name in ("earn", "points"):
    one = run("rules", "words", name)
    check(name + " for people", one.code == 0 and one.out.startswith(name + ": ") and "required" in one.out, one)
check("all for people", "milestone" in run("rules", "words").out)
missing = run("rules", "words", "eran")
equal("a word that is none", missing.code, 3)
check("and where they are listed", "rules words" in missing.err, missing)
done()
