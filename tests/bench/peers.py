# SPDX-License-Identifier: Apache-2.0
"""The other systems, and the workload: they are kept in a folder of their own (README.md there says what each does). This makes
its files, and runs a peer on any file of events."""

import hashlib
import importlib.util
import os
import subprocess
import sys

import measure

WORKLOAD_SHA256 = "45dc8d18940b3d97b8533561d4a85296cc244a534845cd39ffcd7c16c3cc43d8"  # gen.py's file of 200,000 lines
CHECKSUMS = {200000: "91972a67b3da485a95d3a3d80863222d9c5a524b241a3ce8e500cca2178c3e77", 20000: "5471f7bf216b"}


class Workload:
    def __init__(self, root, folder):
        self.folder = os.path.abspath(folder or os.path.join(root, "..", "shared", "bench"))
        self.made = os.environ.get("BENCH_DIR") or os.path.join(os.environ.get("TMPDIR") or "/tmp", "tessera-bench")
        os.makedirs(os.path.join(self.made, "node"), exist_ok=True)
        os.environ["BENCH_DIR"] = self.made
        self.bench = None

    def need(self):
        if not os.path.exists(os.path.join(self.folder, "gen.py")):
            raise measure.Failed("the workload and the peers are missing: there is no %s (--workload DIR names the folder of gen.py "
                                 "and bench.py)" % os.path.join(self.folder, "gen.py"))

    def generate(self, name, lines, members):
        """A file of gen.py, made once."""
        path = os.path.join(self.made, name)
        if not os.path.exists(path):
            self.need()
            measure.say("making %s: %d lines" % (path, lines))
            subprocess.run([sys.executable, os.path.join(self.folder, "gen.py"), path + ".part", str(lines), str(members)], check=True,
                           stderr=subprocess.DEVNULL)
            os.rename(path + ".part", path)
        return path

    def events(self):
        path = self.generate("events.jsonl", 200000, 50000)
        if sha256(path) != WORKLOAD_SHA256:
            raise measure.Failed("%s is not the workload: remove it, it is made anew" % path)
        return path

    def peer(self, prefix, path):
        """The name and a function that runs it on the file."""
        self.need()
        if self.bench is None:
            sys.dont_write_bytecode = True
            spec = importlib.util.spec_from_file_location("tessera_bench_peers", os.path.join(self.folder, "bench.py"))
            self.bench = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(self.bench)
        b = self.bench
        name = next((n for n in b.PEERS if n.startswith(prefix)), None)
        if name is None:
            raise measure.Failed("no peer begins with %s; there are: %s" % (prefix, ", ".join(b.PEERS)))
        if os.path.samefile(path, self.events()):
            b.FULL = path
            return name, b.PEERS[name]
        again = {  # the same with another file
            "A1-redis-always-fcall500": lambda: b.server(b.RA, "one", 500, 2, file=path),
            "A3-redis-everysec-fcall500": lambda: b.server(b.RE, "one", 500, 2, file=path),
            "C1-tarantool-fsync-batch500": lambda: b.server(b.TF, "process_batch", 500, 2, file=path),
            "F1-lua54-memory": lambda: b.lua("lua5.4"),
            "F2-luajit-memory": lambda: b.lua("luajit"),
        }
        if name not in again:
            raise measure.Failed("%s runs on the standard file only" % name)
        b.FULL = path
        return name, again[name]()


def sha256(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            h.update(block)
    return h.hexdigest()


def count_lines(path):
    with open(path, "rb") as f:
        return sum(block.count(b"\n") for block in iter(lambda: f.read(1 << 20), b""))
