#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""README.md tells the truth: every command of its `console` blocks is run, in order, and prints what stands there.

Times of the wall clock and speeds differ from run to run and are masked. `readme.py --write` puts what was printed otherwise
into README.md instead."""

import os
import re
import subprocess
import sys
import tempfile

from lib import ROOT, binary, check

README = os.path.join(ROOT, "README.md")
MASKS = [(r"\d\d\d\d-\d\d-\d\d \d\d:\d\d", "TIME"), (r"[\d.,]+ s, [\d,]+ a second", "SPEED")]


def masked(text):
    for pattern, word in MASKS:
        text = re.sub(pattern, word, text)
    return [line.rstrip() for line in text.rstrip("\n").split("\n")]


def commands(block):
    """[(command with its continuation lines, what it prints)]: "$ " begins a command, "> " goes on with it."""
    found = []
    for line in block.split("\n"):
        if line.startswith("$ "):
            found.append([[line], []])
        elif line.startswith("> ") and not found[-1][1]:
            found[-1][0].append(line)
        else:
            found[-1][1].append(line)
    return [("\n".join(shown), "\n".join(output)) for shown, output in found]


def run(shown, folder, env):
    text = "\n".join(line[2:] for line in shown.split("\n"))
    done = subprocess.run(["bash", "-c", text], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=300)
    return done.stdout.decode().rstrip("\n")


def main():
    program = binary()
    write = "--write" in sys.argv
    text = open(README, encoding="utf-8").read()
    parts = re.split(r"(?ms)^```console\n(.*?)\n```$", text)
    with tempfile.TemporaryDirectory(prefix="tessera-readme-") as folder:
        os.symlink(os.path.join(ROOT, "rules"), os.path.join(folder, "rules"))
        env = {"PATH": os.path.dirname(program) + ":" + os.environ["PATH"], "HOME": folder, "LC_ALL": "C.UTF-8"}
        for i in range(1, len(parts), 2):
            out = []
            for shown, expected in commands(parts[i]):
                found = run(shown, folder, env)
                same = masked(found) == masked(expected)
                kept = expected if same else found
                out.append(shown + ("\n" + kept if kept else ""))
                if not write:
                    check(shown.split("\n")[0], same, "" if same else "it prints\n%s\nand README.md says\n%s" % (found, expected))
            parts[i] = "```console\n" + "\n".join(out) + "\n```"
    if write:
        with open(README, "w", encoding="utf-8") as f:
            f.write("".join(parts))
    elif len(parts) < 3:
        check("README.md has console blocks", False)


if __name__ == "__main__":
    main()
    import lib
    sys.exit(1 if lib.failed else 0)
