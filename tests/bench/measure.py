# SPDX-License-Identifier: Apache-2.0
"""Running a program and measuring it: wall time, processor time, memory, and the moments at which acknowledgements arrive."""

import json
import os
import select
import subprocess
import sys
import tempfile
import threading
import time


class Failed(Exception):
    pass


class Run:
    """What one run took. `acks`: (seconds since the start, processor seconds so far, line) of each acknowledgement."""

    def __init__(self):
        self.wall = self.cpu = 0.0
        self.rss_bytes = 0
        self.out = ""
        self.acks = []

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def seconds_to_ack(self):
        return self.acks[-1][0] if self.acks else None


def cpu_of(pid):
    """Processor seconds of a running process, all of its threads (Linux: the clock of another process)."""
    return time.clock_gettime((~pid << 3) | 2)


def rss_of(pid):
    with open("/proc/%d/status" % pid) as f:
        for line in f:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise Failed("process %d has no VmRSS" % pid)


class Acks(threading.Thread):
    """Reads a pipe with a name, notes when each line came."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.path = os.path.join(folder, "acks.fifo")
        if os.path.exists(self.path):
            os.unlink(self.path)
        os.mkfifo(self.path)
        self.fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self.ended = False
        self.acks = []
        self.started = self.pid = None

    def watch(self, pid, started):
        self.pid, self.started = pid, started
        self.start()

    def run(self):
        rest = b""
        while True:
            ready = select.select([self.fd], [], [], 0.05)[0]
            got = os.read(self.fd, 1 << 16) if ready else b""
            now = time.monotonic() - self.started
            if not got:
                if self.ended:
                    return
                time.sleep(0.002)  # nobody writes yet, or any more
                continue
            *lines, rest = (rest + got).split(b"\n")
            try:
                cpu = cpu_of(self.pid)
            except OSError:
                cpu = None
            for line in lines:
                self.acks.append((now, cpu, json.loads(line)["line"]))

    def finish(self):
        self.ended = True
        self.join()
        os.close(self.fd)
        os.unlink(self.path)


def measure(args, acks=None, stdin=None, ok=(0,), env=None):
    """Run to the end. `acks`: an Acks to watch."""
    result = Run()
    # A file, not a pipe: nobody has to read while it runs.
    with tempfile.TemporaryFile() as out:
        started = time.monotonic()
        p = subprocess.Popen(args, stdin=stdin if stdin is not None else subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, env=env)
        if acks:
            acks.watch(p.pid, started)
        err = p.stderr.read()
        _, status, usage = os.wait4(p.pid, 0)
        result.wall = time.monotonic() - started
        p.returncode = os.waitstatus_to_exitcode(status)
        if acks:
            acks.finish()
            result.acks = acks.acks
        out.seek(0)
        result.out = out.read().decode()
    result.cpu = usage.ru_utime + usage.ru_stime
    result.rss_bytes = usage.ru_maxrss * 1024
    if p.returncode not in ok:
        raise Failed("%s ended with %d: %s" % (" ".join(args), p.returncode, (err.decode() + result.out)[-2000:]))
    return result


def settled_rss(args, env=None, patience=600):
    """The memory of `args`, a command that waits for its standard input, once it has nothing more to do: two looks half a second
    apart at which it used no processor. Closes its input then, and waits for its end."""
    p = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
    deadline = time.monotonic() + patience
    before = -1.0
    while time.monotonic() < deadline:
        time.sleep(0.5)
        if p.poll() is not None:
            raise Failed("%s ended with %d: %s" % (" ".join(args), p.returncode, p.stderr.read().decode()[-2000:]))
        now = cpu_of(p.pid)
        if now - before < 0.002:
            break
        before = now
    rss = rss_of(p.pid)
    out, err = p.communicate()
    if p.returncode != 0:
        raise Failed("%s ended with %d: %s" % (" ".join(args), p.returncode, (err + out).decode()[-2000:]))
    return rss


def median(values):
    values = sorted(values)
    n = len(values)
    return values[n // 2] if n % 2 else (values[n // 2 - 1] + values[n // 2]) / 2


def say(text):
    print(text, file=sys.stderr, flush=True)
