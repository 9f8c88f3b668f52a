#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""tessera check: silence when all is well, everything that is wrong at once when not, in formats for people, editors and GitHub; what
cannot even be read is a problem like any other."""

import os
import re

from lib import Box, check, done, equal, run

GOOD = {
    "program.lua": 'program { name = "Shop", timezone = "UTC", currency = "EUR" }\n',
    "points.lua": 'points "stars" {}\nearn "stars on purchases" {\n  on = "Order Completed", points = "stars",\n'
                  '  give = 1, per = money "1", of = "revenue",\n}\n',
}
BAD = dict(GOOD, **{
    "tags.lua": 'tag "fan" { when = function(member) return member:did "Product Shared" end }\n\n'
                'tag "中文" {\n\twhn = function(member) return true end, class = "behaviour" }\n',
    "x/bonus.lua": 'bonus "double" {\n  of = "stars on purchase", times = 2,\n}\nbonus "nothing" { of = "stars on purchases", times = 1 }\n',
})


def problems(rules):
    with Box(rules) as box:
        found = run("check", box.rules, "--json")
        return found.code, found.json


with Box(GOOD) as box:
    found = run("check", box.rules)
    equal("silence when all is well", (found.code, found.out, found.err), (0, "", ""))
    for name in ("people", "editors", "github"):
        found = run("check", box.rules, "--format", name)
        equal("... in the format " + name, (found.code, found.out, found.err), (0, "", ""))
    found = run("check", box.rules, "--json")
    equal("JSON has the keys of the contract", sorted(found.json), ["ok", "problems", "rules", "version"])
    equal("... and says that all is well", (found.code, found.json["ok"], found.json["problems"]), (0, True, []))
    equal("... and how many declarations there are", found.json["rules"], 3)
    check("... and the version", re.fullmatch("sha256:[0-9a-f]{64}", found.json["version"]), found)
    version = found.json["version"]
    equal("--rules names the folder too", run("check", "--rules", box.rules, "--json").json["version"], version)
    equal("... and TESSERA_RULES", run("check", "--json", env={"TESSERA_RULES": box.rules}).json["version"], version)
    box.ingest([])
    equal("an activation has the same version", box.run("rules", "list").json["items"][0]["version"], version)
    os.chdir(box.path)
    equal("... and ./rules is checked when nothing is said", run("check", "--json").json["version"], version)

TABLE = 'local prices = include "prices"\ntag "x" { when = function(member) return prices[member:did "Page Viewed" and "a" or "b"] == 1 end }\n'
for text, at in [("return { a = 1 }", []), ("\ufeffreturn { a = 1,\r\n b = { 2 } }", []),
                 ("return {\n  a = 1\n  b = 2,\n}", [(2, "syntax", 'write "," after "1"')]),
                 ("return {\n  a = 1,\n  a = 2,\n}", [(3, "duplicate_name", "leave one of them out")])]:
    with Box({"x/r.lua": TABLE, "x/prices.table": text}) as box:
        found = run("check", box.rules, "--json").json["problems"]
        equal("a data file: %r" % text, [(p["file"], p["line"], p["code"], p["suggestion"]) for p in found],
              [("x/prices.table",) + one for one in at])

OWN = 'event "Order Completed" { items = { "list" of = { sku = "text" } } }\n'
USE = 'measure "m" { on = "Order Completed", each = "items", by = "sku" }\n'
USE += 'tag "t" { on = "Order Completed", keep = "1 day", when = function(_, event) return event.items ~= nil end }\n'
with Box({"a.lua": OWN, "b.lua": USE}) as box:
    found = run("check", box.rules, "--json").json["problems"]
    equal("fields of an event in a file that was not read are not missed", [(p["file"], p["line"], p["code"]) for p in found],
          [("a.lua", 1, "syntax")])

with Box({"a.lua": 'program { name = "x", timezone = "UTC", unknown_events = "accept" }\nmeasure "m" { on = { "Clicked", "Page Viwed" } }'}) as box:
    found = run("check", box.rules, "--json")
    equal("where any event is accepted only what is nearly a declared one is doubted", (found.code, [(p["severity"], p["suggestion"])
          for p in found.json["problems"]]), (0, [("warning", 'did you mean "Page Viewed"?')]))

with Box(BAD) as box:
    os.chdir(box.path)
    found = run("check", "--json")
    equal("all problems at once, in order of file and line",
          [(p["file"], p["line"], p["code"], p["severity"]) for p in found.json["problems"]],
          [("tags.lua", 4, "unknown_option", "error"), ("x/bonus.lua", 2, "unknown_word", "error"),
           ("x/bonus.lua", 4, "never_fires", "warning")])
    equal("each with the keys of the contract", sorted(found.json["problems"][0]), ["code", "file", "line", "message", "severity", "suggestion"])
    check("... and what would be right", "stars on purchases" in found.json["problems"][1]["suggestion"], found)
    equal("an error is exit code 1", (found.code, found.json["ok"]), (1, False))
    found = run("check", "rules/", "--format", "editors")
    lines = found.out.splitlines()
    equal("for editors a line each", (found.code, len(lines), found.err), (1, 3, ""))
    check("... as compilers write it", all(re.fullmatch(r"[^:]+:\d+:\d+: (error|warning): .+ \[[a-z_]+\]", l) for l in lines), lines)
    check("... with a path that can be opened from here", all(os.path.isfile(l.split(":")[0]) for l in lines), lines)
    found = run("check", box.rules, "--format=github")
    check("for GitHub an annotation each", found.out.startswith("::error file=%s/tags.lua,line=4," % box.rules) and
          "::warning file=" in found.out, found)
    found = run("check")
    text = found.out.splitlines()
    equal("for people the sum at the end", (found.code, text[-1]), (1, "2 errors, 1 warning in 2 files"))
    at = text.index(next(l for l in text if "whn = function" in l))
    equal("... the line, and a mark under what is meant", text[at + 1].index("^") - text[at].index("whn"), 0)
    check("... and help", "  help: did you mean \"when\"?" in text, found)

    found = run("check", "rules/x/bonus.lua", "--format", "editors")
    equal("a file stands for the rule set that it is part of", (found.code, found.out.splitlines()), (1, lines))
    found = run("check", os.path.join(box.rules, "tags.lua"), "--format", "editors")
    equal("... from wherever it is named", (found.code, found.out.splitlines()), (1, lines))

with Box(dict(GOOD, **{"bonus.lua": 'bonus "nothing" { of = "stars on purchases", times = 1 }\n'})) as box:
    found = run("check", box.rules)
    equal("warnings alone are shown and let pass", (found.code, found.out.splitlines()[-1]), (0, "1 warning in 1 file"))
    equal("... in JSON too", run("check", box.rules, "--json").json["ok"], True)

# ---- what cannot be read --------------------------------------------------------------------------------------------------

PAD = "-- " + "x" * (256 * 1024) + "\n"
code, found = problems(dict(GOOD, **{"points.lua": GOOD["points.lua"] + PAD, "b.lua": 'bonus "double" { of = "stars on purchases", times = 2 }'}))
equal("a file over 256 KB is a problem, what it declares is not missed", (code, [(p["file"], p["code"]) for p in found["problems"]]),
      (1, [("points.lua", "limit")]))
code, found = problems(dict(GOOD, **{"points.lua": GOOD["points.lua"].encode() + b"\n-- \xff\n", "b.lua": 'bonus "b" { of = "stars on purchases", times = 2 }'}))
equal("a file that is not UTF-8, with the line", (code, [(p["file"], p["line"], p["code"]) for p in found["problems"]]), (1, [("points.lua", 7, "syntax")]))
with Box(GOOD) as box:
    with open(os.path.join(box.rules.encode(), b"caf\xe9.lua"), "wb") as f:
        f.write(b'tag "x" { class = "static" }\n')
    found = run("check", box.rules, "--json")
    equal("a name that is not UTF-8", (found.code, [(p["file"], p["code"]) for p in found.json["problems"]]), (1, [("caf\\xe9.lua", "syntax")]))
with Box(dict(GOOD, **{"b.lua": 'bonus "b" { of = "stars on purchases", tims = 2 }'})) as box:
    os.chmod(os.path.join(box.rules, "points.lua"), 0)
    for folder in (box.path, box.rules):
        os.chmod(folder, 0o755)
    root = os.getuid() == 0
    found = run("check", box.rules, "--json", preexec=(lambda: os.setuid(65534)) if root else None)
    equal("a file that may not be read; what it may declare is not missed", (found.code, [(p["file"], p["code"]) for p in found.json["problems"]]),
          (1, [("points.lua", "unreadable"), ("b.lua", "unknown_option")]))
with Box({"readme.txt": "nothing"}) as box:
    found = run("check", box.rules, "--json")
    equal("a folder without rule files", (found.code, "no rule files" in found.error["message"]), (3, True))
    found = run("check", os.path.join(box.rules, "none"), "--json")
    equal("a folder that is not there", (found.code, found.error["code"]), (3, "not_found"))
    found = run("check", os.path.join(box.rules, "readme.txt"), "--json")
    equal("a file that is no rule file", found.code, 2)
for name, text, line in (("while", "points \"p\" {}\n\nlocal n = 0\nwhile true do\n  n = n + 1\nend\n", 4),
                         ("repeat", "local n = 0\nrepeat\n  for i = 1, 10 do n = n + i end\nuntil n < 0\n", 2),
                         ("memory", "local t, s = {}, 'x'\nwhile true do\n  s = s .. 'x'\n  t[#t + 1] = s\nend\n", 2)):
    code, found = problems(dict(GOOD, **{"z.lua": text}))
    equal("a top level that does not end (%s)" % name, (code, [(p["file"], p["line"], p["code"]) for p in found["problems"]]),
          (1, [("z.lua", line, "limit")]))
done()
