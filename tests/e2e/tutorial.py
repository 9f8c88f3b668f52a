#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""docs/tutorial.md works as it is printed: every command of its `console` blocks is run, in order, in an empty folder,
and prints what stands there.

What the reader types into an editor stands there as `cat > file <<'END'`. `tutorial.py --write` puts what was printed
otherwise into docs/tutorial.md instead."""

import os

from lib import ROOT, console_document, done

if __name__ == "__main__":
    console_document(os.path.join(ROOT, "docs", "tutorial.md"))
    done()
