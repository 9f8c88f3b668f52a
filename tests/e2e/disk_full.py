#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A disk that is full, as a limit on the size of files and as a small file system: a clear error and exit 6; what had been acknowledged is
there; and once there is space, the same command goes on to the same state."""

import json
import os
import resource
import signal
import subprocess
import sys

from lib import ROOT, Box, check, done, equal, run

RULES = os.path.join(ROOT, "tests", "kill_support", "rules")
OWN = "TESSERA_E2E_NAMESPACE"  # set in the second try, inside a user namespace of our own


def limit(nbytes):
    def apply():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing further gives EFBIG then, as a full disk gives ENOSPC
        resource.setrlimit(resource.RLIMIT_FSIZE, (nbytes, nbytes))
    return apply


def last_ack(path):
    with open(path) as f:
        lines = f.read().splitlines()
    return json.loads(lines[-1])["line"] if lines else 0


def full(what, got, ack, box, db):
    check("%s: exit 6" % what, got.code == 6, got)
    check("%s: an error that names the file or the disk" % what, got.error.get("code") == "disk" and got.error.get("message"), got)
    if os.path.exists(ack) and last_ack(ack):
        box.healthy("%s: the %d lines that had been acknowledged are there" % (what, last_ack(ack)), "--acks", ack, db=db)


def by_limit(box, path, want):
    for nbytes in (60000, 500000, 2000000, 3500000):
        db = os.path.join(box.path, "limit%d" % nbytes)
        ack = os.path.join(box.path, "ack%d" % nbytes)
        got = box.ingest(path, "--ack", ack, db=db, preexec=limit(nbytes))
        full("files of at most %d bytes" % nbytes, got, ack, box, db)
        got = box.ingest(path, db=db)
        equal("with space again, the same command comes to the same state", (got.code in (0, 1), box.hash(db)), (True, want))
        box.healthy("verify finds nothing", db=db)


def by_file_system(box, path, want):
    at = os.path.join(box.path, "small")
    os.mkdir(at)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", at], capture_output=True).returncode != 0:
        if OWN in os.environ:
            return print("skipped: no file system can be mounted here")
        # Who is not root may be, in a namespace of his own.
        again = subprocess.run(["unshare", "-rm", sys.executable, os.path.abspath(__file__)], env=dict(os.environ, **{OWN: "1"}), capture_output=True, text=True)
        if "FAIL" not in again.stdout and again.returncode != 0:
            return print("skipped: no file system can be mounted here")
        print("".join(l + "\n" for l in again.stdout.splitlines() if "file system" in l), end="")
        return check("in a namespace of its own", again.returncode == 0, again.stdout[-500:])
    try:
        db = os.path.join(at, "db")
        ack = os.path.join(box.path, "ack.tmpfs")
        got = box.ingest(path, "--ack", ack, db=db)
        full("a file system of 3 MB", got, ack, box, db)
        again = box.ingest(path, "--ack", ack + "2", db=db)
        equal("a file system of 3 MB, tried again while full", again.code, 6)
        subprocess.run(["mount", "-o", "remount,size=200m", at], check=True)
        got = box.ingest(path, db=db)
        equal("a file system with space again: the same state", (got.code in (0, 1), box.hash(db)), (True, want))
        box.healthy("a file system with space again: verify finds nothing", db=db)
    finally:
        subprocess.run(["umount", "-l", at], capture_output=True)


with Box(RULES) as box:
    path = box.file("sample.ndjson", run("sample", "--members", 400, "--seed", 5, text=False).out)
    equal("undisturbed", box.ingest(path).code in (0, 1), True)
    want = box.hash()
    if OWN not in os.environ:
        by_limit(box, path, want)
    by_file_system(box, path, want)
done()
