#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random histories over few people and many identifiers: joins, aliases, orders, redemptions, corrections, levels and tags by hand, late and equal
lines, broken ones. Whatever way a history comes in (at once; in pieces with restarts; with the state thrown away between; by way of a backup), it
ends in the same state, the books balance, and the rules run again agree. TS_SEED names another first seed, TS_ROUNDS how many."""

import os
import random

from lib import Box, check, done, equal, ndjson, tick, violations

RULES = """program { name = "Shop", timezone = "America/Sao_Paulo", currency = "BRL", late = "10 days" }
identifier "user_id" { strong = true, per_member = 1 }
identifier "email" { strong = true, per_member = 2, normalize = "email" }
identifier "phone" { strong = true, per_member = 2, normalize = "phone:BR", per = "30 days" }
identifier "anonymous_id" { per_member = 3 }
identifier "device" {}
blocked "email" { "e0@example.com" }
event "Order Completed" { order_id = { "text", required = true }, revenue = { "money", required = true },
  products = { "list", of = { sku = "text", quantity = "integer" } } }
event "Scanned" { place = "text" }
trait "city" { class = "life", type = "text" }
measure "orders" { on = "Order Completed" }
measure "spend" { on = "Order Completed", sum = "revenue" }
measure "scans" { on = "Scanned", by = "place" }
measure "pieces" { on = "Order Completed", each = "products", by = "sku", sum = "quantity" }
tag "active" { when = function(member) return member:orders "14 days" >= 2 end }
tag "home" { when = function(member) return member.traits.city == "Recife" end }
tag "fan" { when = function(member) return member.scores.heat > 5 end }
tag "came" { on = "Scanned", keep = "5 days" }
tag "guest" { class = "life" }
segment "sleeping" { when = function(member) return not member:did("Order Completed", "20 days") end }
segment "good and awake" { when = function(member) return member.tags.fan and not member.segments.sleeping and member.tiers.status.name ~= "Blue" end }
tag "rich" { when = function(member) return member:points "points".available > 500 end }
score "heat" { half_life = "10 days", events = { ["Scanned"] = 2, ["Order Completed"] = 1 }, at_most = { 4, per = "day" } }
tiers "club" { basis = { measure = "spend", window = "2 months" }, { "Member", rate = 1.0 }, { "Silver", from = money "300", rate = 1.25 },
  { "Gold", from = money "900", rate = 1.5, never_lost = true }, upgrade = "at once",
  downgrade = { review = "monthly", grace = "10 days", notice = "5 days", steps = 1 } }
tiers "status" { basis = { { measure = "orders", window = "calendar quarter" }, { points = "points", window = "calendar quarter" } },
  { "Blue" }, { "Silver", from = { 4, 400 } }, { "Gold", from = { 8, false } },
  downgrade = { review = "quarterly", window = "last calendar quarter", steps = 1 } }
points "points" { pending = "3 days", expire = { after = "1 month", at = "month end", notice = { "7 days" } } }
points "miles" { decimals = 2, expire = { after = "20 days" } }
earn "points on orders" { on = "Order Completed", once_per = "order_id", points = "points", give = 1, per = money "1", of = "revenue",
  times = { rate = "club" }, at_most = { 300, per = "day" } }
bonus "weekends" { of = "points on orders", times = 1.5, during = { days = { "Saturday", "Sunday" } }, best_of = "b" }
bonus "fans" { of = "points on orders", times = 1.2, when = function(member) return member.tags["fan"] and true or false end, best_of = "b" }
earn "miles" { on = "Scanned", points = "miles", amount = function(member, event) return 12.34 * (member:orders() + 1) // 1 end,
  at_most = { 50, per = "36 hours" } }
rule "city" { on = "Scanned", act = function(member, event)
  if event.place == "Nowhere" then error("there is no such place") end
  if event.place then member:set("city", event.place) end
end }
rule "upgraded" { on = "tier.upgraded", act = function(member, event) member:earn("miles", 5) end }
"""
DAY = 86400


def stamp(seconds):
    """Seconds of 2026."""
    days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    day, rest = divmod(int(seconds), DAY)
    month = 0
    while day >= days[month]:
        day -= days[month]
        month += 1
    return "2026-%02d-%02dT%02d:%02d:%02dZ" % (month + 1, day + 1, rest // 3600, rest // 60 % 60, rest % 60)


class History:
    def __init__(self, seed, n):
        self.rng = random.Random(seed)
        self.people = 12
        self.keys = 0
        self.lines = []
        now = 0.0
        for i in range(n):
            now += self.rng.expovariate(1) * 240 * DAY / n
            self.lines.append(self.one(i, min(now, 330 * DAY)))
            if self.rng.random() < 0.03:
                self.lines.append(self.rng.choice(self.lines[-30:]))

    def who(self, event):
        """One to three of the identifiers of somebody, now and then of two people."""
        r = self.rng
        for _ in range(r.choice((1, 1, 1, 2, 2, 3))):
            p = r.randrange(self.people)
            kind = r.choice("uueeppaaad")
            if kind == "u":
                event["userId"] = "u%d" % p
            elif kind == "e":
                event.setdefault("context", {}).setdefault("traits", {})["email"] = r.choice(("e%d@example.com", "E%d@Example.COM")) % r.randrange(self.people * 2)
            elif kind == "p":
                event.setdefault("context", {}).setdefault("traits", {})["phone"] = "+55 11 91234-%04d" % r.randrange(self.people)
            elif kind == "a":
                event["anonymousId"] = "a%d" % r.randrange(self.people * 3)
            else:
                event.setdefault("context", {})["device"] = {"id": "d%d" % p}
        return event

    def one(self, i, now):
        r = self.rng
        at = stamp(max(0, now - (r.random() * 20 * DAY if r.random() < 0.1 else 0)))
        x = r.random()
        if x < 0.40:
            sku = [{"sku": "s%d" % r.randrange(4), "quantity": r.randint(1, 3)} for _ in range(r.randrange(3))]
            return self.who({"type": "track", "event": "Order Completed", "messageId": "m%d" % i, "timestamp": at,
                             "properties": {"order_id": "o%d" % r.randrange(i + 1), "revenue": r.randrange(30000) / 100, "products": sku}})
        if x < 0.60:
            place = r.choice(("Recife", "Natal", "Nowhere", None))
            event = {"type": "track", "event": "Scanned", "timestamp": at, "properties": {"place": place} if place else {}}
            if r.random() < 0.8:
                event["messageId"] = "m%d" % i
            return self.who(event)
        if x < 0.75:
            event = self.who({"type": "identify", "messageId": "m%d" % i, "timestamp": at})
            event["traits"] = {"city": r.choice(("Recife", "Natal")), "email": "e%d@example.com" % r.randrange(self.people * 2)}
            return event
        if x < 0.80:
            return {"type": "alias", "messageId": "m%d" % i, "timestamp": at, "previousId": r.choice("au") + str(r.randrange(self.people)),
                    "userId": "u%d" % r.randrange(self.people)}
        if x < 0.84:
            return tick(stamp(now))
        if x < 0.86:
            return r.choice(('{"type":', '{"type":"track","event":"Order Completed","userId":"u1"}', '{"type":"track","event":"Scanned"}', ""))
        key = "k%d" % (self.keys if r.random() < 0.9 else r.randrange(self.keys + 1))
        self.keys += 1
        command = {"type": r.choice(("redeem", "redeem", "adjust")), "key": key, "member": r.choice(("user_id:u%d", "m%d", "email:e%d@example.com")) % r.randrange(self.people),
                   "points": r.choice(("points", "points", "miles")), "amount": r.randint(1, 200), "timestamp": stamp(now)}
        if r.random() < 0.2:
            given = {"type": "set_tag", "tag": r.choice(("guest", "guest", "fan"))} if r.random() < 0.5 else {
                "type": "set_tier", "tiers": r.choice(("club", "status")), "level": "Silver"}
            if r.random() < 0.5:
                given["until"] = stamp(min(now + r.random() * 60 * DAY, 360 * DAY))
            return {"key": key, "member": command["member"], "timestamp": stamp(now), **given}
        if command["type"] == "adjust":
            command["reason"] = "a gesture"
            command["amount"] *= r.choice((1, -1))
        return command


def books(box, what):
    for name, f in box.report()["points"].items():
        equal("%s: the books of %s add up" % (what, name), f["issued"] + f["adjusted"] - f["spent"] - f["expired"],
              f["available"] + f["pending"] + f["held"] - f["debt"])


def run_one(seed):
    h = History(seed, 1500)
    text = ndjson(h.lines).encode()
    with Box(RULES) as box:
        s = box.ingest(text).json
        want = box.hash()
        what = "seed %d" % seed
        check("%s: %d records, %d joins, %d refused, %d rule errors" % (what, s["records"], s["joins"], s["refused"], s["rule_errors"]),
              s["lines"] == len(h.lines) and s["joins"] > 0 and s["records"] > 1000, s)
        books(box, what)
        found = box.verify("--replay")
        check(what + ": verify, with the rules run again, finds nothing", found.code == 0, violations(found))

        cuts = sorted(h.rng.randrange(len(h.lines)) for _ in range(5))
        pieces = [h.lines[a:b] for a, b in zip([0] + cuts, cuts + [len(h.lines)])]
        parts, journal, copies = (os.path.join(box.path, n) for n in ("parts", "journal", "copy0"))
        for i, piece in enumerate(pieces):
            part = ndjson(piece).encode()
            box.ingest(part, db=parts)
            box.ingest(part, db=journal)
            for name in os.listdir(journal):
                if name.startswith("state.db"):
                    os.remove(os.path.join(journal, name))
            box.ingest(part, db=copies)
            backup = os.path.join(box.path, "backup%d" % i)
            box.run("backup", backup, db=copies)
            copies = os.path.join(box.path, "copy%d" % (i + 1))
            box.run("restore", backup, db=copies)
        # Equal lines without an id count by how many came before in their input, so pieces have them as new ones: they are compared with each other.
        equal(what + ": pieces, with the state thrown away after each", box.hash(journal), box.hash(parts))
        equal(what + ": pieces, by way of a backup after each", box.hash(copies), box.hash(parts))
        for db in (parts, journal, copies):
            box.healthy("%s: %s is sound" % (what, os.path.basename(db)), db=db)
        if all(e.get("messageId") or e["type"] == "tick" or "key" in e for e in h.lines if isinstance(e, dict)):
            equal(what + ": pieces come to the state of the whole", box.hash(parts), want)
        box.ingest(text)
        equal(what + ": the whole again changes nothing", box.hash(), want)


first, rounds = int(os.environ.get("TS_SEED", "1")), int(os.environ.get("TS_ROUNDS", "3"))
for seed in range(first, first + rounds):
    run_one(seed)
done()
