#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""One owner of a data folder: a second writer is refused with the first one's process number; readers are not; and the lock dies with
its process, however that ends."""

import os
import signal
import subprocess
import time

from lib import Box, binary, check, done, equal, ndjson, order

RULES = """program { name = "Shop" }
event "Order Completed" { order_id = { "text", required = true }, revenue = { "money", required = true } }
points "points" {}
earn "points on orders" { on = "Order Completed", points = "points", give = 1, per = money "1", of = "revenue" }
"""
AT = "2026-03-%02dT10:00:00.000Z"


def hold(box):
    """A writer that waits for its input, once it has taken the first line."""
    ack = os.path.join(box.path, "ack")
    p = subprocess.Popen([binary(), "ingest", "-", "--db", box.db, "--rules", box.rules, "--ack", ack, "--json"], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdin.write(ndjson([order("u1", 1, 10, AT % 1)]).encode())
    p.stdin.flush()
    for _ in range(1000):
        if os.path.exists(ack) and os.path.getsize(ack):
            return p
        time.sleep(0.01)
    check("a writer that waits for input acknowledges what it has", False)
    return p


with Box(RULES) as box:
    first = hold(box)
    for what, got in (("ingest", box.ingest([order("u1", 2, 10, AT % 2)])),
                      ("redeem", box.run("redeem", "m1", "--points", "points", "--amount", 1, "--key", "k", "--at", AT % 3)),
                      ("tick", box.run("tick", "--to", AT % 4))):
        equal("a second writer is refused: " + what, (got.code, got.error.get("code")), (5, "in_use"))
        check("and told by whom: " + what, str(first.pid) in got.error.get("message", ""), got)
    equal("a reader is not", (box.run("report").code, box.member("user_id:u1")["wallet"]["points"]["available"]), (0, 10))
    equal("nor is a dry run", box.ingest([order("u1", 2, 10, AT % 2)], "--dry-run").code, 0)
    out, _ = first.communicate(ndjson([order("u1", 3, 10, AT % 3)]).encode(), timeout=60)
    equal("the first goes on undisturbed", first.returncode, 0)
    equal("afterwards the folder is free", box.ingest([order("u1", 4, 10, AT % 4)]).code, 0)
    equal("with the orders of both", box.report()["points"]["points"]["issued"], 30)

    held = hold(box)
    held.send_signal(signal.SIGKILL)
    held.communicate()
    got = box.ingest([order("u1", 5, 10, AT % 5)])
    equal("a killed owner holds nothing", (got.code, box.report()["points"]["points"]["issued"]), (0, 40))

    held = hold(box)
    held.send_signal(signal.SIGTERM)
    out, err = held.communicate(timeout=60)
    check("an interrupted one says so and ends with its signal", held.returncode in (128 + signal.SIGTERM, -signal.SIGTERM), held.returncode)
    box.healthy("verify finds nothing")
done()
