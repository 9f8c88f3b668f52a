#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mistakes on the command line: each has its exit code, an error as JSON with code, message, where and hint, and a suggestion where one
is near; nothing of it makes a folder."""

import os

from lib import Box, check, done, equal, has_command, run

MISTAKES = (
    ("no command", [], 2), ("an unknown command", ["ingets", "x"], 2), ("an unknown flag", ["report", "--quick"], 2),
    ("a flag without its value", ["report", "--json", "--db"], 2), ("a word too few", ["ingest"], 2), ("a word too many", ["report", "all"], 2),
    ("a number that is none", ["journal", "--limit", "many"], 2), ("a time that is none", ["tick", "--to", "tomorrow"], 2),
    ("neither clock", ["ingest", "-", "--clock", "sun"], 2),
    ("no folder", ["report"], 3), ("nobody", ["member", "m7"], 3),
)

with Box('program { name = "Shop" }\n') as box:
    for what, args, code in MISTAKES:
        got = run(*(["--db", box.db, "--json"] if "--db" not in args else []), *args)
        equal("%s: exit" % what, got.code, code)
        check("%s: an error in JSON on stdout, alone" % what, set(got.error) >= {"code", "message", "where", "hint"} and got.error["message"], got)
        if "--db" in args:
            continue
        got = run("--db", box.db, *args)
        check("%s: for people on stderr" % what, got.code == code and got.err.strip() and not got.out.strip(), got)
    check("none of it made a folder", not os.path.exists(box.db))
    check("a misspelt command is guessed", "ingest" in str(run("ingets", "x", "--json").error), run("ingets", "x", "--json"))
    check("a command of rules is guessed", "tessera rules explain" in str(run("explain", "x", "--json").error), run("explain", "x", "--json"))
    check("a misspelt flag is guessed", "--results" in str(run("ingest", "x", "--result", "y", "--json").error), run("ingest", "x", "--result", "y", "--json"))
    got = box.ingest(os.path.join(box.path, "none.ndjson"))
    check("a file that is not there", got.code in (3, 6) and "none.ndjson" in got.error.get("message", "") + got.error.get("where", ""), got)
    got = box.ingest([], rules=os.path.join(box.path, "nowhere"))
    equal("rules that are not there", got.code, 3)
    box.ingest([])
    equal("nobody, in a folder", (box.run("member", "user_id:u1").code, box.run("member", "user_id:u1").error.get("code")), (3, "unknown_member"))
    got = box.run("sql", "DELETE FROM quarantine")
    check("sql changes nothing", got.code == 2, got)
    got = run("--version")
    check("the version", got.code == 0 and got.out.startswith("tessera ") and got.out.count(".") == 2, got)
    got = run("help")
    check("help", got.code == 0 and "ingest" in got.out, got)
    for command in ("ingest", "member", "why", "report", "verify", "state", "journal", "quarantine", "errors", "tick", "redeem", "adjust", "set-tier", "set-tag", "json",
                    "sql", "backup", "restore", "sample"):
        got = run(command, "--help")
        check("help for %s" % command, got.code == 0 and command in got.out, got)
    equal("a WHO that is none", box.run("member", "Ada").code, 2)
    if not has_command("check"):
        done()
    broken = box.put_rules('program { name = "Shop" }\ntag "x" { when = 5 }\n', "broken")
    got = box.run("check", broken)
    problem = (got.json.get("problems") or [{}])[0]
    equal("check: a mistake with its place", (got.code, got.json.get("ok"), problem.get("code"), problem.get("file"), problem.get("line")),
          (1, False, "wrong_type", "program.lua", 2))
    got = box.run("check", box.rules)
    equal("check: nothing wrong", (got.code, got.json.get("ok"), got.json.get("problems")), (0, True, []))
done()
