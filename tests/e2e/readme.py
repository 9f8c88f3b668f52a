#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""README.md tells the truth: every command of its `console` blocks is run, in order, and prints what stands there.

Times of the wall clock and speeds differ from run to run and are masked. `readme.py --write` puts what was printed otherwise
into README.md instead."""

import os

from lib import ROOT, console_document, done

if __name__ == "__main__":
    console_document(os.path.join(ROOT, "README.md"))
    done()
