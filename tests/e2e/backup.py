#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Backup and restore: one plain SQLite file that any tool reads, and a folder made of it that is the same and goes on the same."""

import os
import sqlite3

from lib import ROOT, Box, check, done, equal, run

with Box(os.path.join(ROOT, "tests", "kill_support", "rules")) as box:
    text = run("sample", "--members", 120, "--seed", 3, text=False).out
    lines = text.splitlines(keepends=True)
    half = len(lines) * 2 // 3
    box.ingest(b"".join(lines[:half]))
    want = box.hash()
    dest = os.path.join(box.path, "backup.db")
    got = box.run("backup", dest)
    equal("a backup says its size and how far it goes", (got.code, got.json.get("bytes"), got.json.get("watermark")),
          (0, os.path.getsize(dest) if os.path.exists(dest) else -1, box.report()["watermark"]))
    equal("nothing lies beside it", sorted(f for f in os.listdir(box.path) if f.startswith("backup")), ["backup.db"])
    check("a second one does not overwrite it", box.run("backup", dest).code != 0)

    plain = sqlite3.connect(dest)
    equal("SQLite finds nothing wrong with it", plain.execute("PRAGMA integrity_check").fetchone()[0], "ok")
    for table in ("member", "alias", "identifier", "trait", "tag", "tier", "measure_day", "lot", "credit", "ledger_transaction", "ledger_entry", "quarantine",
                  "rule_error", "rules_version"):
        equal("it has the rows of %s" % table, plain.execute("SELECT count(*) FROM %s" % table).fetchone()[0],
              (box.sql("SELECT count(*) FROM %s" % table) or [[None]])[0][0])
    plain.close()

    there = os.path.join(box.path, "restored")
    got = box.run("restore", dest, db=there)
    equal("restored", (got.code, box.hash(there)), (0, want))
    box.healthy("the restored folder is sound", db=there)
    check("a folder that is in use already is left alone", box.run("restore", dest, db=there).code != 0)
    check("what is no backup is refused", box.run("restore", box.file("none.db", "no database"), db=os.path.join(box.path, "other")).code == 6)

    rest = b"".join(lines[half:])
    box.ingest(rest)
    box.ingest(rest, db=there)
    equal("both go on to the same state", box.hash(there), box.hash())
    s = box.ingest(b"".join(lines[:half]), db=there).json
    equal("and what was in before is known to both", (s["records"], s["lines"]), (0, half))
    box.healthy("the restored folder is sound after that", "--replay", db=there)
done()
