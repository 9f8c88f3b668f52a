# SPDX-License-Identifier: Apache-2.0
"""One run of `tessera ingest` that is to be killed: starting it over a file or a pipe, following its acknowledgements, and killing
it at the moment that was asked for."""

import json
import os
import random
import signal
import subprocess
import threading
import time

POLL = 0.0003


def acks(path):
    """The acknowledgements of a file, whole lines only: the last one may have been cut by the kill."""
    try:
        with open(path, "rb") as f:
            text = f.read()
    except FileNotFoundError:
        return []
    return [json.loads(line) for line in text[:text.rfind(b"\n") + 1].splitlines()]


class Ingest:
    """A running ingest. `pipe`: the lines are fed through standard input in pieces of random size, so that commits are of other sizes
    than those of a file that is read at full speed."""

    def __init__(self, command, source, ack, rng, pipe):
        self.ack = ack
        if os.path.exists(ack):
            os.unlink(ack)
        self.started = time.monotonic()
        self.p = subprocess.Popen(command + ["-" if pipe else source, "--ack", ack], stdin=subprocess.PIPE if pipe else subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.killed = False
        self.feeder = None
        if pipe:
            self.feeder = threading.Thread(target=self.feed, args=(source, random.Random(rng.random()), rng.choice((512, 8192, 65536, 1 << 20))),
                                           daemon=True)
            self.feeder.start()

    def feed(self, source, rng, most):
        try:
            with open(source, "rb") as f, self.p.stdin as out:
                while True:
                    piece = f.read(rng.randint(1, most) if most > 512 else 1 << 20)
                    if not piece:
                        return
                    out.write(piece)
                    out.flush()
                    if most < 65536 and rng.random() < 0.2:
                        time.sleep(0.001)
        except (BrokenPipeError, ValueError):
            pass

    def running(self):
        return self.p.poll() is None

    def acked_line(self):
        """The last acknowledged line so far, 0: none. Reads only the end of the file."""
        try:
            with open(self.ack, "rb") as f:
                f.seek(max(0, os.fstat(f.fileno()).st_size - 200))
                end = f.read()
        except FileNotFoundError:
            return 0
        lines = end[:end.rfind(b"\n") + 1].splitlines()
        try:
            return json.loads(lines[-1])["line"] if lines else 0
        except ValueError:
            return 0

    def wait_for_line(self, line, timeout):
        """Until `line` is acknowledged; False when the process ended before."""
        deadline = time.monotonic() + timeout
        while self.running() and time.monotonic() < deadline:
            if self.acked_line() >= line:
                return True
            time.sleep(POLL)
        return False

    def kill(self):
        """False when it had ended already."""
        self.killed = self.running()
        if self.killed:
            self.p.send_signal(signal.SIGKILL)
        return self.killed

    def finish(self, timeout=600):
        # A feeder may hold the input: communicate() must not write to it.
        out = self.p.stdout.read()
        err = self.p.stderr.read()
        code = self.p.wait(timeout)
        if self.feeder:
            self.feeder.join(10)
        self.p.stdout.close()
        self.p.stderr.close()
        return code, out.decode("utf-8", "replace"), err.decode("utf-8", "replace")
