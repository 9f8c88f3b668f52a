#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The test kit where people have it: plain busted with the installed kit, plain busted at the top of the tree through .busted, and
`tessera test` of both programs: its counts, exit codes, coverage, and what it says when something is missing."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import lib
from lib import ROOT, binary, check, equal, skip

RULES = """
event "Order Completed" { revenue = { "money", required = true } }
measure "spend" { on = "Order Completed", sum = "revenue" }
tag "big spender" { when = function(member)
  local spent = member:spend "30 days"
  if spent > money "100000" then
    return true
  end
  return spent >= money "500"
end }
points "stars" {}
earn "a star each" { on = "Order Completed", points = "stars", give = 1, per = money "1", of = "revenue" }
earn "for a view" { on = "Page Viewed", points = "stars", give = 1 }
"""

SPEC = """
local tessera = require "tessera.test"
describe("the shop", function()
  local shop, ada
  before_each(function()
    shop = tessera.open { rules = "..", now = "2026-01-15 10:00" }
    ada = shop:member { email = "ada@example.com" }
  end)
  it("pays", function()
    ada:does("Order Completed", { revenue = 600 })
    assert.equal(600, ada:points "stars".available)
    assert.has_tag(ada, "big spender")
    shop:advance "31 days"
    assert.has_no_tag(ada, "big spender")
  end)
  it("is idle", function() assert.has_no_tag(ada, "big spender") end)
  pending("waits")
end)
"""

BAD = """
local tessera = require "tessera.test"
describe("bad", function()
  it("expects too much", function()
    local shop = tessera.open { rules = ".." }
    local ada = shop:member { email = "ada@example.com" }
    ada:does("Order Completed", { revenue = 600 })
    assert.equal(1, ada:points "stars".available)
  end)
end)
"""


def run(command, **more):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False, **more)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def plain_busted(prefix, folder):
    module = next(path for path, _, files in os.walk(prefix) if "engine.so" in files)
    code, text, _ = run(["nm", "-D", "--defined-only", os.path.join(module, "engine.so")])
    equal("the module exports its one function", [line.split()[-1] for line in text.split("\n") if " T " in line],
          ["luaopen_tessera_engine"])
    _, text, _ = run(["nm", "-D", "--undefined-only", os.path.join(module, "engine.so")])
    names = text.split()
    check("lua_* is left to the interpreter", "lua_pcallk" in names, text[:200])
    check("no store, no loop", not [n for n in names if n.startswith(("sqlite3_", "uv_"))])
    env = dict(os.environ, LUA_PATH=os.path.join(prefix, "share/lua/5.4/?.lua") + ";;",
               LUA_CPATH=os.path.join(os.path.dirname(module), "?.so") + ";;")
    env.pop("TESSERA_BUILD", None)
    busted = shutil.which("busted")
    code, text, err = run(["lua5.4", busted, "--ignore-lua", "-o", "plainTerminal", "spec"], cwd=folder, env=env)
    check("plain busted with the installed kit", code == 0 and "2 successes / 0 failures / 0 errors / 1 pending" in text, text + err)


def tree_busted(build):
    env = dict(os.environ, TESSERA_BUILD=build)
    code, text, err = run([shutil.which("busted"), "-o", "plainTerminal", "tests/spec/kit_spec.lua"], cwd=ROOT, env=env)
    check("plain busted at the top of the tree, by .busted", code == 0 and re.search(r"[1-9]\d* success", text), text + err)


def command(name, program, folder):
    code, text, err = run([program, "test", folder])
    check(name + ": tessera test shows what busted shows", code == 0 and "2 successes" in text, text + err)
    code, text, err = run([program, "test", folder, "--json"])
    equal(name + ": counts alone on stdout", (code, json.loads(text)), (0, {"ok": True, "passed": 2, "failed": 0, "skipped": 1}))
    check(name + ": busted's output is on stderr then", "2 successes" in err, err)
    code, text, err = run([program, "test", folder, "--", "-o", "TAP", "--filter", "pays"])
    check(name + ": what stands behind -- is busted's", code == 0 and "ok 1 - the shop pays" in text, text + err)


def coverage(program, folder):
    code, text, err = run([program, "test", folder, "--json", "--coverage"])
    report = json.loads(text)["coverage"]
    files = {os.path.basename(f["file"]): f for f in report["files"]}
    equal("coverage: the file", sorted(files), ["shop.lua"])
    shop = files.get("shop.lua", {})
    equal("coverage: outcomes of declarations", (shop.get("declarations_reached"), shop.get("declarations")), (3, 4))
    equal("coverage: lines of functions", (shop.get("lines_reached"), shop.get("lines")), (3, 4))
    equal("coverage: what was not reached", shop.get("missing"), 'earn "for a view" never paid; line 7')
    equal("coverage: all of it", (code, report["reached"], report["of"]), (0, 6, 8))
    code, text, err = run([program, "test", folder, "--coverage", "--threshold", "76"])
    check("below the threshold", code == 1 and "threshold of 76%" in err and "75% reached" in text, text + err)
    code, text, err = run([program, "test", folder, "--coverage", "--threshold", "75"])
    equal("at the threshold", code, 0)
    code, _, err = run([program, "test", folder, "--threshold", "101"])
    check("a threshold that is none", code == 2 and "percentage" in err, err)
    code, _, err = run([program, "test", os.path.join(folder, "shop.lua")])
    check("a rule file is no spec", code == 2 and "shop.lua is no spec" in err and "_spec.lua" in err, err)


def failures(program, folder):
    write(os.path.join(folder, "spec", "bad_spec.lua"), BAD)
    code, text, err = run([program, "test", folder, "--json"])
    equal("a spec that fails", (code, json.loads(text)), (1, {"ok": False, "passed": 2, "failed": 1, "skipped": 1}))
    check("its timeline is in the failure", re.search(r"Expected:\n\(number\) 1\n\nWhat happened to whom:\n.*ada@example.com \(m1\)", err)
          and 'earned 600 stars  by earn "a star each" (shop.lua:12)' in err and 'having read spend 30 days: 600.00 USD' in err, err)
    write(os.path.join(folder, "spec", "bad_spec.lua"), "describe(")
    code, text, _ = run([program, "test", folder, "--json"])
    equal("a spec file that is no Lua", (code, json.loads(text)["failed"]), (1, 1))
    ends_early(program, folder)
    os.remove(os.path.join(folder, "spec", "bad_spec.lua"))
    code, _, err = run([program, "test", os.path.join(folder, "nowhere")])
    check("a folder that is not there", code == 3 and "nowhere" in err, err)
    code, _, err = run([program, "test", folder, "--", "--no-such-flag"])
    check("an argument that busted has not", code == 2 and "no-such-flag" in err, err)
    empty = os.path.join(folder, "empty")
    os.makedirs(empty)
    code, _, err = run([program, "test", folder], env=dict(os.environ, PATH=empty))
    check("without an interpreter", code == 2 and "apt-get install lua5.4 lua-busted" in err, err)
    code, _, err = run([program, "test", folder], env=dict(os.environ, LUA_PATH="/nowhere/?.lua", LUA_PATH_5_4="/nowhere/?.lua"))
    check("without busted", code == 2 and "busted" in err and "apt-get install lua5.4 lua-busted" in err, err)
    code, _, err = run([program, "test", folder], env=dict(os.environ, TESSERA_KIT=empty))
    check("without the kit", code == 2 and "TESSERA_KIT" in err, err)


def ends_early(program, folder):
    """A spec that ends the interpreter has not passed, whichever exit code it leaves behind."""
    spec = os.path.join(folder, "spec", "bad_spec.lua")
    write(spec, 'it("leaves", function() os.exit(0) end)\nit("comes behind", function() end)\n')
    code, text, err = run([program, "test", folder, "--json"])
    equal("os.exit in a spec", (code, json.loads(text)), (1, {"ok": False, "passed": 3, "failed": 1, "skipped": 1}))
    check("it is named", "bad_spec.lua:1: os.exit in a spec" in err, err)
    helper = os.path.join(folder, "helper.txt")
    write(helper, "leave = os.exit\n")
    write(spec, 'it("leaves", function() leave(0) end)\n')
    code, text, err = run([program, "test", folder, "--json", "--", "--helper", helper])
    check("a run that ended in the middle", code == 2 and "before its tests were done" in err + text, text + err)


def main():
    build = os.path.dirname(binary())
    if not os.path.exists(os.path.join(build, "kit", "tessera", "engine.so")):
        skip("%s has no kit (cmake --build it whole)" % build)
    with tempfile.TemporaryDirectory(prefix="tessera-kit-") as prefix:
        folder = os.path.join(prefix, "shop")
        write(os.path.join(folder, "shop.lua"), RULES)
        write(os.path.join(folder, "spec", "shop_spec.lua"), SPEC)
        code, text, err = run(["cmake", "--install", build, "--prefix", prefix])
        check("cmake --install", code == 0, text + err)
        plain_busted(prefix, folder)
        tree_busted(build)
        command("build tree", binary(), folder)
        command("installed", os.path.join(prefix, "bin", "tessera"), folder)
        coverage(binary(), folder)
        failures(binary(), folder)


if __name__ == "__main__":
    main()
    sys.exit(1 if lib.failed else 0)
