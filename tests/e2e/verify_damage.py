#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""`tessera verify` finds damage: for each invariant that a stored folder can break, a copy of a sound one is damaged in one place, and the
report must name that invariant and that place. A damaged folder gives a report, never a crash."""

import json
import os
import shutil

from lib import Box, adjust, check, done, equal, identify, order, redeem, track, violations

RULES = """program { name = "Shop", timezone = "UTC", currency = "USD" }
event "Order Completed" { order_id = { "text", required = true }, revenue = { "money", required = true } }
event "Asked" {}
refund "Order Refunded" { of = "Order Completed", by = "order_id", amount = "revenue" }
trait "city" { class = "life", type = "text" }
measure "spend" { on = "Order Completed", sum = "revenue" }
tag "bought" { when = function(member) return member:spend() > 0 end }
points "points" { expire = { after = "12 months" } }
earn "points on orders" { on = "Order Completed", points = "points", give = 1, per = money "1", of = "revenue", at_most = { 1500000, per = "day" } }
"""
AT = "2026-03-%02dT10:00:00.000Z"
EVENTS = [
    identify(AT % 1, userId="u1", anonymousId="a1", traits={"email": "one@example.com", "city": "Shanghai"}),
    identify(AT % 1, userId="u2", traits={"email": "two@example.com", "city": "Hangzhou"}),
    identify(AT % 1, userId="u3"), identify(AT % 1, traits={"email": "three@example.com"}),
    identify(AT % 1, userId="u3", traits={"email": "three@example.com"}),
    order("u1", 1, 1000000, AT % 2), order("u1", 2, 1111, AT % 3), order("u2", 3, 5000, AT % 3), order("u3", 4, 777, AT % 3),
    redeem("user_id:u1", "key-1", 234567, AT % 4), redeem("user_id:u2", "key-2", 55, AT % 4), adjust("user_id:u3", "key-3", 99, AT % 5),
    order("u2", 5, 60, AT % 6), track("u3", "Order Refunded", AT % 7, {"order_id": "4", "revenue": 77}, message_id="refund-4"),
]
# What stands in the images of members, as numbers that occur nowhere else.
ORIGINAL, REMAINING, YEAR = 1000000, 1000000 - 234567, 365 * 86400000


def zigzag(n):
    """A whole number as images have it: zigzag, then seven bits a byte, the lowest first."""
    n = n << 1 if n >= 0 else (-n << 1) - 1
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes(out) + bytes([n])


class Folder:
    """A copy to damage."""

    def __init__(self, box, name):
        self.box, self.db = box, os.path.join(box.path, name)
        shutil.copytree(box.db, self.db)

    def change(self, file, *statements):
        c = self.box.sqlite(file, self.db)
        for (name,) in c.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            c.execute("DROP TRIGGER " + name)  # they refuse changes of the ledger
        for s in statements:
            changed = c.execute(*s) if isinstance(s, tuple) else c.execute(s)
            assert changed.rowcount > 0, "nothing was damaged by %s" % (s,)
        c.commit()
        c.close()

    def ask(self, file, query, *values):
        c = self.box.sqlite(file, self.db)
        found = c.execute(query, values).fetchone()
        c.close()
        return found

    def image(self, before, after):
        """Replace a number in the one image that has it; gives the profile."""
        c = self.box.sqlite("state.db", self.db)
        rows = [(p, b) for p, b in c.execute("SELECT profile, body FROM image").fetchall() if before in b]
        assert len(rows) == 1 and rows[0][1].count(before) == 1 and len(before) == len(after), (before, rows)
        c.execute("UPDATE image SET body = ? WHERE profile = ?", (rows[0][1].replace(before, after), rows[0][0]))
        c.commit()
        c.close()
        return rows[0][0]

    def record(self, text):
        """The record whose payload has the text."""
        return self.ask("journal.db", "SELECT record FROM journal WHERE instr(payload, ?) > 0 ORDER BY record", text.encode())[0]


def sums(f):
    seq, transaction = f.ask("state.db", "SELECT seq, transaction_id FROM ledger_entry WHERE amount > 0 ORDER BY seq LIMIT 1 OFFSET 2")
    f.change("state.db", ("UPDATE ledger_entry SET amount = amount + 1 WHERE seq = ?", (seq,)))
    return "ledger_transaction %d" % transaction


def balance(f):
    transaction, member = f.ask("state.db", "SELECT transaction_id, member FROM ledger_entry WHERE member IS NOT NULL ORDER BY seq LIMIT 1 OFFSET 2")
    f.change("state.db", ("UPDATE ledger_entry SET amount = amount + 5 WHERE transaction_id = ? AND member IS NOT NULL", (transaction,)),
             ("UPDATE ledger_entry SET amount = amount - 5 WHERE transaction_id = ? AND member IS NULL", (transaction,)))
    return "image %d" % member


def below_zero(f):
    return "image %d" % f.image(zigzag(REMAINING + 1111), zigzag(-REMAINING - 1111))


def lots(f):
    return "image %d" % f.image(zigzag(REMAINING), zigzag(REMAINING - 1))


def remains(f):
    return "image %d" % f.image(zigzag(REMAINING), zigzag(ORIGINAL + 1))


def key(f):
    first, second = f.record('"key-1"'), f.record('"key-2"')
    f.change("journal.db", ("UPDATE journal SET outcome = replace(CAST(outcome AS BLOB), ?, ?) WHERE record = ?", (b"key-2", b"key-1", second)))
    assert first < second
    return "journal record %d" % second


def entry(f):
    transaction = f.ask("state.db", "SELECT id FROM ledger_transaction ORDER BY id LIMIT 1 OFFSET 2")[0]
    f.change("state.db", ("UPDATE ledger_transaction SET at = at + 1 WHERE id = ?", (transaction,)))
    return "ledger_transaction %d" % transaction


def gap(f):
    record = f.record('"order-3"')
    f.change("journal.db", ("DELETE FROM journal WHERE record = ?", (record,)))
    return "journal record %d" % (record + 1)


def received(f):
    record = f.record('"order-3"')
    f.change("journal.db", ("UPDATE journal SET received_at = received_at - 86400000 WHERE record = ?", (record,)))
    return "journal record %d" % record


def longer(f):
    c = f.box.sqlite("state.db", f.db)
    profile, body = next((p, b) for p, b in c.execute("SELECT profile, body FROM image ORDER BY profile") if zigzag(YEAR) in b)
    c.execute("UPDATE image SET body = ? WHERE profile = ?", (body.replace(zigzag(YEAR), zigzag(YEAR + 86400000), 1), profile))
    c.commit()
    c.close()
    return "image %d" % profile


def identifier(f):
    row, kind = f.ask("state.db", "SELECT row, kind FROM ident WHERE value = 'two@example.com'")
    f.change("state.db", ("UPDATE ident SET value = 'one@example.com' WHERE row = ?", (row,)))
    return "ident"


def state(f):
    return "image %d" % f.image(b"Shanghai", b"Shanghaj")


def payload(f):
    record = f.record('"order-3"')
    f.change("journal.db", ("UPDATE journal SET payload = replace(CAST(payload AS BLOB), ?, ?) WHERE record = ?", (b"5000", b"6000", record)))
    return "journal record %d" % record


def message(f):
    record = f.record('"order-5"')
    f.change("journal.db", ("UPDATE journal SET payload = replace(CAST(payload AS BLOB), ?, ?) WHERE record = ?", (b"order-5", b"order-3", record)))
    return "journal record %d" % record


def cap(f):
    record = f.record("program {")
    f.change("journal.db", ("UPDATE journal SET payload = replace(CAST(payload AS BLOB), ?, ?) WHERE record = ?", (b"{ 1500000,", b"{ 0500000,", record)))
    return "journal record %d" % f.record('"order-1"')


def refund(f):
    record = f.record('"refund-4"')
    f.change("journal.db", ("UPDATE journal SET outcome = replace(CAST(outcome AS BLOB), ?, ?) WHERE record = ?", (b'"taken":77', b'"taken":76', record)))
    return "what was earned by"


DAMAGE = (
    ("I1", "an entry is one more", sums), ("I2", "a transaction is five more, on both sides", balance),
    ("I3", "a balance is below zero", below_zero), ("I4", "a lot has lost a point", lots), ("I5", "a lot has more than it had", remains),
    ("I6", "a key has two outcomes", key), ("I8", "a transaction is a millisecond later", entry), ("I10", "a record is gone", gap),
    ("I10", "a record was received a day before the one before it", received), ("I11", "a refund says another figure", refund), ("I12", "a lot lives a day longer", longer),
    ("I13", "an address belongs to two", identifier), ("I14", "a trait in an image is another", state),
    ("I14", "an amount in a payload is another", payload), ("I15", "a message id came twice", message), ("I16", "a cap was lower all along", cap),
)

with Box(RULES) as box:
    s = box.ingest(EVENTS, "--ack", box.path + "/acks").json
    equal("the sound folder takes it all", (s["records"], s["joins"]), (len(EVENTS), 1))
    sound = box.verify("--replay", "--acks", box.path + "/acks")
    check("and is sound", sound.code == 0 and sound.json.get("ok") is True, violations(sound))
    check("every invariant has something to check", all(i["checked"] > 0 for i in sound.json.get("invariants", [])),
          [i["id"] for i in sound.json.get("invariants", []) if not i["checked"]])
    for i, (name, what, damage) in enumerate(DAMAGE):
        folder = Folder(box, "damaged%d" % i)
        try:
            place = damage(folder)
        except AssertionError as e:
            check("%s, %s: the damage could be done" % (name, what), False, e)
            continue
        got = box.verify(db=folder.db)
        equal("%s, %s: exit 1, not ok" % (name, what), (got.code, got.json.get("ok")), (1, False))
        found = next((i for i in got.json.get("invariants", []) if i["id"] == name), {})
        places = [v["where"] for v in found.get("violations", [])]
        check("%s, %s: named, with %s" % (name, what, place), any(place in p for p in places), violations(got))
    # What was acknowledged and is not there.
    with open(box.path + "/acks", "a") as f:
        f.write(json.dumps({"line": 99, "record": s["last_record"] + 5}) + "\n")
    got = box.verify("--acks", box.path + "/acks")
    found = next((i for i in got.json.get("invariants", []) if i["id"] == "I9"), {})
    check("I9, an acknowledged record is missing: named", got.code == 1 and str(s["last_record"] + 5) in str(found.get("violations")), violations(got))
    # Bytes of the files themselves.
    for file, table in (("journal.db", "journal"), ("state.db", "image")):
        folder = Folder(box, file + "-whole")
        root = folder.ask(file, "SELECT rootpage FROM sqlite_master WHERE name = ?", table)[0]
        size = folder.ask(file, "PRAGMA page_size")[0]
        for what, offset, length in (("its first bytes", 0, 100), ("the page of its table", (root - 1) * size, size)):
            folder = Folder(box, "%s-%d" % (file, offset))
            with open(os.path.join(folder.db, file), "r+b") as f:
                f.seek(offset)
                f.write(b"\xa5" * length)
            got = box.verify(db=folder.db)
            check("%s, %s overwritten: a report or an error, no crash" % (file, what), got.code in (1, 6) and got.json, got)
            if file == "state.db":
                equal("%s, %s overwritten: the state comes from the journal again" % (file, what), box.hash(folder.db), box.hash())
done()
