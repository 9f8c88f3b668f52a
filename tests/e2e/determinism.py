#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The same input gives the same state, byte for byte, whatever the surroundings: time zone, locale, the way in, the pieces in which it
comes; and the rules, run again over the journal, come to the same outcomes."""

import gzip
import json
import os

from lib import ROOT, Box, check, done, equal, run

SMALL = os.path.join(ROOT, "tests", "kill_support", "rules")


def sample(members, seed):
    return run("sample", "--members", members, "--seed", seed, text=False).out


def rules():
    """The starter programme and the small rule set, as far as they are there."""
    starter = os.path.join(ROOT, "rules")
    return ([("starter rules", starter)] if os.path.exists(os.path.join(starter, "program.lua")) else []) + [("small rules", SMALL)]


text = sample(250, 7)
equal("the sample is the same bytes again", sample(250, 7), text)
equal("whatever the locale", run("sample", "--members", 250, "--seed", 7, text=False, env={"LC_ALL": "de_DE.UTF-8", "TZ": "Asia/Tokyo"}).out, text)
check("another seed, another sample", sample(250, 8) != text)

for name, folder in rules():
    with Box(folder) as box:
        path = box.file("sample.ndjson", text)
        first = box.ingest(path)
        summary = first.json
        want = box.hash()
        equal("%s: the import ends well" % name, first.code in (0, 1) and summary["lines"] == text.count(b"\n"), True)
        state = box.state()

        def same(what, db, **more):
            equal("%s: %s" % (name, what), box.hash(db), want)

        for i, env in enumerate(({"TZ": "America/St_Johns"}, {"LC_ALL": "tr_TR.UTF-8"}, {"LC_ALL": "C", "MALLOC_PERTURB_": "165"},
                {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2,-AVX512F"})):
            db = box.path + "/env%d" % i
            box.ingest(path, db=db, env=env)
            same("the same state with %s" % env, db)
        box.ingest(text, db=box.path + "/pipe")
        same("the same state through a pipe", box.path + "/pipe")
        box.ingest(box.file("sample.gz", gzip.compress(text)), db=box.path + "/gz")
        same("the same state from gzip", box.path + "/gz")
        box.ingest(path, "--ack", box.path + "/acks", "--results", box.path + "/results", db=box.path + "/ack")
        same("the same state with --ack and --results", box.path + "/ack")
        with open(box.path + "/acks") as f:
            acked = [0] + [json.loads(line)["line"] for line in f]
        check("%s: an acknowledgement at least every 1,000 lines, up to the last" % name,
              acked[-1] == summary["lines"] and all(0 < b - a <= 1000 for a, b in zip(acked, acked[1:])), acked)
        lines = text.splitlines(keepends=True)
        half = len(lines) // 2
        for part in (lines[:half], lines[half:]):
            box.ingest(b"".join(part), db=box.path + "/halves")
        same("the same state in two halves, with a restart between", box.path + "/halves")
        equal("%s: the state's lines are the same in another process" % name, box.state(box.path + "/pipe") == state, True)
        box.healthy("%s: verify finds nothing" % name)
        box.healthy("%s: the rules, run again from record 1, come to the same outcomes" % name, "--replay")
        os.remove(box.db + "/state.db")
        equal("%s: rebuilt from the journal alone, the state is the same" % name, box.hash() or box.ingest([]).code and box.hash(), want)
done()
