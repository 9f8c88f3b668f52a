#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Rule sets with nothing wrong in them: tessera check says nothing at all about them, whatever their style. All rule folders of this
checkout, and the programs in tests/e2e/clean, each a set of its own."""

import os

from lib import Box, ROOT, done, equal, run

HERE = os.path.join(ROOT, "tests", "e2e")
FOLDERS = ["rules", "tests/e2e/club", "tests/bench/rules", "tests/bench/ordinary", "tests/unit/rules/shop"]
PROGRAMS = os.path.join(ROOT, "tests", "spec", "programs")
FOLDERS += ["tests/spec/programs/" + name for name in sorted(os.listdir(PROGRAMS)) if os.path.isdir(os.path.join(PROGRAMS, name))]


def silent(what, folder):
    found = run("check", folder)
    equal(what, (found.code, found.out, found.err), (0, "", ""))


for folder in FOLDERS:
    if os.path.isdir(os.path.join(ROOT, folder)):
        silent(folder, os.path.join(ROOT, folder))
for name in sorted(os.listdir(os.path.join(HERE, "clean"))):
    with open(os.path.join(HERE, "clean", name), encoding="utf-8") as f:
        text = f.read()
    with Box({name: text}) as box:
        silent("clean/" + name, box.rules)
    with Box({name: text.replace("\n", "\r\n")}) as box:
        silent("... with the line ends of Windows", box.rules)
    with Box({name: "\ufeff" + text}) as box:
        silent("... with a byte order mark", box.rules)
done()
