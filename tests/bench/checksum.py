# SPDX-License-Identifier: Apache-2.0
"""The checksum line of the workload, from a data folder of ours: everything that a peer adds up, added up again from what people
can read of Tessera (`state`, `report` and `sql`), not by the engine."""

import datetime
import json
import subprocess

T = 1767225600000  # 2026-01-01: scores are compared as they stand then
HALF_LIFE = 30 * 86400000


def ms(text):
    """Milliseconds of "2025-01-01T00:00:00.000Z"; dates repeat, so their seconds are kept."""
    day = DAYS.get(text[:10])
    if day is None:
        day = DAYS[text[:10]] = int(datetime.datetime.fromisoformat(text[:10] + "T00:00:00+00:00").timestamp()) * 1000
    return day + int(text[11:13]) * 3600000 + int(text[14:16]) * 60000 + int(text[17:19]) * 1000 + int(text[20:23])


DAYS = {}


def read(tessera, db, *args):
    return subprocess.run([tessera, *args, "--db", db, "--json"], check=True, stdout=subprocess.PIPE).stdout


def balances(tessera, db):
    """The number of earnings, and the sum of each member's balance after each of his, in the order of the ledger."""
    rows = json.loads(read(tessera, db, "sql", "SELECT account, amount FROM ledger_entry ORDER BY seq"))["rows"]
    balance, earnings, total = {}, 0, 0
    for account, amount in rows:
        if not account.endswith(":available"):
            continue
        balance[account] = balance.get(account, 0) + amount
        earnings += 1
        total += balance[account]
    return earnings, total


def add_member(s, m):
    number = int(m["member"][1:])
    s["members"] += 1
    s["idents"] += len(m["identifiers"])
    s["orders"] += sum(day[1] for day in m["measures"].get("orders", []))
    s["spend"] += sum(day[2] for day in m["measures"].get("spend", []))
    s["big"] += any(t["name"] == "big spender" for t in m["tags"])
    s["sharer"] += any(t["name"] == "sharer" for t in m["tags"])
    s[m["tiers"].get("membership", {"name": "bronze"})["name"]] += 1  # who never moved is on the first level
    wallet = m["wallet"].get("points", {"available": 0, "lots": []})
    s["idpoints"] += number * wallet["available"]
    lots = wallet["lots"]
    s["lots"] += len(lots)
    s["points"] += sum(lot["remaining"] for lot in lots)
    s["lotexp_s"] += sum(ms(lot["expires"]) // 1000 for lot in lots)
    # Each order pays, so the last order is the last lot.
    s["lastorder_s"] += max((ms(lot["earned"]) // 1000 for lot in lots), default=0)
    for at, value in m["scores"].get("activity", []):
        s["score_milli"] += int(value * 2.0 ** (-(T - ms(at)) / HALF_LIFE) * 1000 + 0.5)


def line(tessera, db):
    s = dict.fromkeys(("members", "idents", "orders", "points", "lots", "spend", "lastorder_s", "lotexp_s", "big", "sharer", "bronze", "silver",
                       "gold", "score_milli", "idpoints"), 0)
    p = subprocess.Popen([tessera, "state", "--db", db], stdout=subprocess.PIPE)
    for text in p.stdout:
        add_member(s, json.loads(text))
    if p.wait() != 0:
        raise RuntimeError("tessera state failed")
    s["events"] = json.loads(read(tessera, db, "report"))["events"]
    s["ledger"], s["ledgerbal"] = balances(tessera, db)
    return ("members=%(members)d idents=%(idents)d events=%(events)d orders=%(orders)d points=%(points)d lots=%(lots)d ledger=%(ledger)d "
            "ledgerbal=%(ledgerbal)d spend=%(spend)d lastorder_s=%(lastorder_s)d lotexp_s=%(lotexp_s)d big=%(big)d sharer=%(sharer)d "
            "tiers=%(bronze)d/%(silver)d/%(gold)d score_milli=%(score_milli)d idpoints=%(idpoints)d" % s)
