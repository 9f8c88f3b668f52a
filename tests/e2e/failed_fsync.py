#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An fsync that fails: the page may be gone, so trying again proves nothing. The process ends with 6, never syncs that file again, and the
same command afterwards recovers from what is on disk and comes to the same state. Each sync of each file is made to fail in turn.
Syncs of folders are left alone: SQLite makes them as well as it can, and passes over their failure."""

import collections
import os
import shutil
import subprocess

from lib import ROOT, Box, check, done, equal, run, skip

RULES = os.path.join(ROOT, "tests", "kill_support", "rules")
HERE = os.path.dirname(os.path.abspath(__file__))


def build(folder):
    cc = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if not cc:
        skip("there is no C compiler to build fail_fsync.c with")
    library = os.path.join(folder, "fail_fsync.so")
    subprocess.run([cc, "-shared", "-fPIC", "-O1", "-o", library, os.path.join(HERE, "fail_fsync.c"), "-ldl"], check=True)
    return library


def calls(log):
    """(number, path, result) of each call."""
    if not os.path.exists(log):
        return []
    with open(log) as f:
        rows = [line.split() for line in f]
    return [(int(r[0]), r[1], r[-1]) for r in rows]


with Box(RULES) as box:
    path = box.file("sample.ndjson", run("sample", "--members", 150, "--seed", 9, text=False).out)
    library = build(box.path)

    def ingest(db, file, nth, log, *args):
        return box.ingest(path, *args, db=db,
                          env={"LD_PRELOAD": library, "FAIL_FSYNC_FILE": file, "FAIL_FSYNC_NTH": str(nth), "FAIL_FSYNC_LOG": log})

    def fail(file, nth):
        """False: this run made fewer calls than the undisturbed one: commits are as large as time makes them."""
        what = "sync %d of %s fails" % (nth, file)
        db, ack, log = (os.path.join(box.path, "%s-%s-%d" % (kind, file, nth)) for kind in ("db", "ack", "log"))
        got = ingest(db, file, nth, log, "--ack", ack)
        found = calls(log)
        broken = next((c for c in found if c[2] == "EIO"), None)
        if broken is None:
            return False
        equal("%s: exit 6, an error of the disk" % what, (got.code, got.error.get("code")), (6, "disk"))
        # While a file is being made there is nothing in it to lose, and SQLite takes the making back, with a sync of its own.
        if file.endswith("-wal") or any(c[1] == broken[1] + "-wal" and c[0] < broken[0] for c in found):
            equal("%s: that file is never synced again" % what, [c for c in found if c[0] > broken[0] and c[1] == broken[1]], [])
        acked = os.path.exists(ack) and os.path.getsize(ack) > 0
        after = box.ingest(path, db=db)
        equal("%s: the same command recovers and comes to the same state" % what, (after.code in (0, 1), box.hash(db)), (True, want))
        box.healthy("%s: %snothing is broken" % (what, "what was acknowledged is there, " if acked else ""), *(["--acks", ack] if acked else []), db=db)
        shutil.rmtree(db)
        return True

    log = os.path.join(box.path, "log")
    got = ingest(box.db, "none", 0, log)
    files = collections.Counter(os.path.basename(c[1]) for c in calls(log) if not os.path.isdir(c[1]))
    check("undisturbed, it ends well and syncs its files", got.code in (0, 1) and {"journal.db-wal", "state.db-wal"} <= set(files), (got, files))
    want = box.hash()
    held = sum(fail(file, nth) for file in sorted(files) for nth in range(1, min(files[file], 12) + 1))
    check("at least ten syncs were made to fail", held >= 10, held)
done()
