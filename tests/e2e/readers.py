#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reading while somebody writes: reports, questions in SQL, verify and backups during an import each see a whole state, further on each
time; the import comes to the state that it comes to alone."""

import os
import subprocess
import threading
import time

from lib import ROOT, Box, binary, check, done, equal, run, violations

with Box(os.path.join(ROOT, "tests", "kill_support", "rules")) as box:
    text = run("sample", "--members", 500, "--seed", 21, text=False).out
    box.ingest(text)
    want = box.hash()

    db = os.path.join(box.path, "busy")
    ack = os.path.join(box.path, "ack")
    writer = subprocess.Popen([binary(), "ingest", "-", "--db", db, "--rules", box.rules, "--ack", ack, "--json"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    reading_done = threading.Event()

    def feed():
        pieces = [text[i:i + 50000] for i in range(0, len(text), 50000)]
        for i, piece in enumerate(pieces):
            writer.stdin.write(piece)
            writer.stdin.flush()
            if i < len(pieces) * 2 // 3:
                time.sleep(0.05)
            else:
                reading_done.wait(120)  # the last third waits until there was enough to read
        writer.stdin.close()

    feeder = threading.Thread(target=feed)
    feeder.start()
    while not (os.path.exists(ack) and os.path.getsize(ack)):
        time.sleep(0.01)

    records, bad, backups = [], [], []
    for i in range(8):
        report = box.run("report", db=db)
        if report.code != 0:
            bad.append(("report", report))
            continue
        records.append(report.json["watermark"])
        for name, p in report.json["points"].items():
            if p["issued"] + p["adjusted"] - p["spent"] - p["expired"] != p["available"] + p["pending"] + p["held"] - p["debt"]:
                bad.append(("books of " + name, p))
        rows = box.run("sql", "SELECT (SELECT count(*) FROM member), (SELECT sum(amount) FROM ledger_entry), "
                              "(SELECT sum(amount) FROM ledger_entry WHERE account LIKE 'm%') - (SELECT sum(remaining) FROM lot)", db=db)
        if rows.code != 0 or rows.json["rows"][0][1] not in (0, None) or rows.json["rows"][0][2] not in (0, None):
            bad.append(("sql", rows))
        found = box.verify(db=db)
        if found.code != 0:
            bad.append(("verify", violations(found)))
        dest = os.path.join(box.path, "backup%d" % i)
        backup = box.run("backup", dest, db=db)
        if backup.code != 0:
            bad.append(("backup", backup))
        else:
            backups.append((dest, backup.json["watermark"]))
    busy = writer.poll() is None
    reading_done.set()
    feeder.join()
    out, err = writer.stdout.read(), writer.stderr.read()
    code = writer.wait(120)

    check("the writer was at work all the while", busy, (code, err))
    equal("no reader found anything wrong", bad, [])
    check("each saw more than the one before, or as much", records == sorted(records) and records[-1] > records[0], records)
    equal("the import comes to the same state", (code in (0, 1), box.hash(db)), (True, want))
    box.healthy("and is sound", "--acks", ack, db=db)
    for i in (0, len(backups) - 1):
        dest, watermark = backups[i]
        there = os.path.join(box.path, "restored%d" % i)
        box.run("restore", dest, db=there)
        equal("a backup from the midst is whole, up to record %d" % watermark, box.report(db=there)["watermark"], watermark)
        box.healthy("and sound", "--replay", db=there)
        box.ingest(text, db=there)
        equal("and goes on to the same state", box.hash(there), want)
done()
