# SPDX-License-Identifier: Apache-2.0
"""What the end-to-end tests share: the binary, throw-away folders, lines of input, and checks that count.

A test is an executable of this folder. It says what it checks, a line each, and exits with 0 when all of it holds, 1 when
something does not, 77 when it could not run here (and says why)."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = os.path.join(os.path.dirname(ROOT), "shared", "data")
SKIPPED = 77


def binary():
    """The program under test: TESSERA, or the release build of this checkout."""
    path = os.path.abspath(os.environ.get("TESSERA") or os.path.join(ROOT, "build", "release", "tessera"))
    if not os.access(path, os.X_OK):
        skip("there is no program at %s (scripts/run --build-only builds it; TESSERA=... names another)" % path)
    return path


def skip(why):
    print("skipped: " + why)
    sys.exit(SKIPPED)


def data(*parts):
    """A file of the collected real data, which stands beside the project; the test is skipped where it is missing."""
    path = os.path.join(DATA, *parts)
    if not os.path.exists(path):
        skip("there is no %s" % path)
    return path


# ---- checks ------------------------------------------------------------------------------------------------------------

failed = 0


def check(what, ok, detail=""):
    global failed
    if ok:
        print("ok    " + what)
    else:
        failed += 1
        print("FAIL  %s%s" % (what, ": %s" % (detail,) if detail != "" else ""))
    sys.stdout.flush()
    return bool(ok)


def equal(what, found, expected):
    return check(what, found == expected, "found %s, expected %s" % (short(found), short(expected)))


def short(value, limit=600):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= limit else text[:limit] + "..."


def done():
    if failed:
        print("%d failed" % failed)
    sys.exit(1 if failed else 0)


# ---- running the program -------------------------------------------------------------------------------------------------

class Result:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            return {}

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines() if line.strip()]

    @property
    def error(self):
        """The `error` of a failure, an empty dict when there is none."""
        found = self.json
        return found.get("error", {}) if isinstance(found, dict) else {}

    def __repr__(self):
        return "exit %d, stdout %s, stderr %s" % (self.code, short(self.out), short(self.err))


def run(*args, stdin=None, env=None, timeout=300, text=True, preexec=None):
    """Run the program; the environment has no TESSERA_* of the caller's."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TESSERA_")}
    clean.update(env or {})
    p = subprocess.run([binary(), *map(str, args)], input=stdin, capture_output=True, env=clean, timeout=timeout, preexec_fn=preexec)
    out, err = p.stdout, p.stderr
    return Result(p.returncode, out.decode("utf-8", "replace") if text else out, err.decode("utf-8", "replace"))


def has_command(name):
    """Whether this version has the command; those of later versions are announced as such."""
    return run(name, "--help").code == 0


class Box:
    """A folder that goes away at the end, with a rule set and a data folder in it."""

    def __init__(self, rules=None, name="db"):
        self.path = tempfile.mkdtemp(prefix="tessera-e2e-")
        self.db = os.path.join(self.path, name)
        self.rules = None
        if rules is not None:
            self.put_rules(rules)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        shutil.rmtree(self.path, ignore_errors=True)

    def file(self, name, content=""):
        path = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(content.encode("utf-8") if isinstance(content, str) else content)
        return path

    def put_rules(self, rules, folder="rules"):
        """`rules`: a path, the text of one file, or {name: text}. The folder is made anew; the first one stays the box's own."""
        if isinstance(rules, str) and os.path.isdir(rules):
            self.rules = self.rules or rules
            return rules
        at = os.path.join(self.path, folder)
        shutil.rmtree(at, ignore_errors=True)
        for name, text in (rules if isinstance(rules, dict) else {"program.lua": rules}).items():
            self.file(os.path.join(folder, name), text)
        self.rules = self.rules or at
        return at

    def run(self, *args, db=None, rules=None, **more):
        return run(*args, "--db", db or self.db, *(["--rules", rules] if rules else []), "--json", **more)

    def ingest(self, events, *args, name="events.ndjson", rules=None, db=None, **more):
        """Ingest a list of events (dicts or raw text), a path, or bytes for stdin."""
        if isinstance(events, bytes):
            return self.run("ingest", "-", *args, rules=rules or self.rules, db=db, stdin=events, **more)
        path = events if isinstance(events, str) else self.file(name, ndjson(events))
        return self.run("ingest", path, *args, rules=rules or self.rules, db=db, **more)

    def results(self, events, *args, name="events.ndjson", **more):
        """Ingest and give the list of --results."""
        path = os.path.join(self.path, "results.ndjson")
        self.ingest(events, "--results", path, *args, name=name, **more)
        with open(path, encoding="utf-8") as f:
            return [json.loads(line) for line in f]

    def member(self, who, *args, **more):
        return self.run("member", who, *args, **more).json

    def report(self, **more):
        return self.run("report", **more).json

    def hash(self, db=None):
        return self.run("state", "--hash", db=db).json.get("state_sha256")

    def state(self, db=None):
        return self.run("state", db=db).out

    def sql(self, query, db=None):
        return self.run("sql", query, db=db).json.get("rows", [])

    def verify(self, *args, db=None, rules=None):
        return self.run("verify", *args, db=db, rules=rules)

    def healthy(self, what, *args, db=None):
        found = self.verify(*args, db=db)
        return check(what, found.code == 0 and found.json.get("ok") is True, violations(found))

    def sqlite(self, name, db=None):
        return sqlite3.connect(os.path.join(db or self.db, name))


def violations(result):
    """The violations of a `verify`, shortened."""
    bad = [i for i in result.json.get("invariants", []) if not i.get("ok", True)]
    return short([{"id": i["id"], "violations": i.get("violations", [])[:2]} for i in bad]) if bad else repr(result)


# ---- events ----------------------------------------------------------------------------------------------------------------

def track(user, event, at, properties=None, message_id=None, **more):
    """A track event; `user` None leaves the userId out. Fields of `more` come on top."""
    body = {"type": "track", "event": event, "timestamp": at, "properties": properties or {}}
    if user is not None:
        body["userId"] = user
    if message_id is not None:
        body["messageId"] = message_id
    body.update(more)
    return body


def order(user, order_id, revenue, at, **more):
    return track(user, "Order Completed", at, {"order_id": str(order_id), "revenue": revenue}, message_id="order-" + str(order_id), **more)


def identify(at, message_id=None, **more):
    body = {"type": "identify", "timestamp": at}
    if message_id is not None:
        body["messageId"] = message_id
    body.update(more)
    return body


def tick(at):
    return {"type": "tick", "timestamp": at}


def redeem(member, key, amount, at, points="points", **more):
    return {"type": "redeem", "key": key, "member": member, "points": points, "amount": amount, "timestamp": at, **more}


def adjust(member, key, amount, at, points="points", reason="a gesture", **more):
    return {"type": "adjust", "key": key, "member": member, "points": points, "amount": amount, "reason": reason, "timestamp": at, **more}


def ndjson(events):
    return "".join((e if isinstance(e, str) else json.dumps(e, ensure_ascii=False, separators=(",", ":"))) + "\n" for e in events)


def by_name(items, name, key="name"):
    """The first of `items` with that name, an empty dict otherwise."""
    return next((i for i in items or [] if i.get(key) == name), {})


# ---- documents that are run ------------------------------------------------------------------------------------------------

# What differs from run to run.
MASKS = [(r"\d\d\d\d-\d\d-\d\d \d\d:\d\d", "TIME"), (r"[\d.,]+ s, [\d,]+ a second", "SPEED"), (r"[\d.]+ (s|seconds)\b", "SECONDS")]


def masked(text):
    for pattern, word in MASKS:
        text = re.sub(pattern, word, text)
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]


def console_commands(block):
    """[(command with its continuation lines, what it prints)]: "$ " begins a command, "> " goes on with it."""
    found = []
    for line in block.split("\n"):
        if line.startswith("$ "):
            found.append([[line], []])
        elif (line.startswith("> ") or line == ">") and not found[-1][1]:
            found[-1][0].append(line)
        else:
            found[-1][1].append(line)
    return [("\n".join(shown), "\n".join(output)) for shown, output in found]


def console_run(shown, folder, env):
    text = "\n".join(line[2:] for line in shown.split("\n"))
    p = subprocess.run(["bash", "-c", text], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT, timeout=300)
    return p.stdout.decode().rstrip("\n")


def console_document(path):
    """Run the commands of a document's `console` blocks in a folder with the starter rules, and compare what they print. With
    --write on the command line, put what was printed otherwise into the document."""
    program, write, name = binary(), "--write" in sys.argv, os.path.relpath(path, ROOT)
    with open(path, encoding="utf-8") as f:
        parts = re.split(r"(?ms)^```console\n(.*?)\n```$", f.read())
    check("%s has commands" % name, len(parts) > 1)
    with tempfile.TemporaryDirectory(prefix="tessera-document-") as folder:
        os.symlink(os.path.join(ROOT, "rules"), os.path.join(folder, "rules"))
        env = {"PATH": os.path.dirname(program) + ":" + os.environ["PATH"], "HOME": folder, "LC_ALL": "C.UTF-8"}
        env.update({k: os.environ[k] for k in ("TESSERA_BUILD",) if k in os.environ})
        for i in range(1, len(parts), 2):
            out = []
            for shown, expected in console_commands(parts[i]):
                found = console_run(shown, folder, env)
                same = masked(found) == masked(expected)
                kept = expected if same else found
                out.append(shown + ("\n" + kept if kept else ""))
                if not write:
                    check(shown.split("\n")[0], same, "" if same else "it prints\n%s\nand %s says\n%s" % (found, name, expected))
            parts[i] = "```console\n" + "\n".join(out) + "\n```"
    if write:
        with open(path, "w", encoding="utf-8") as f:
            f.write("".join(parts))
