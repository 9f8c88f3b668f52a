#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The history of ordinary members (ordinary/program.lua), as NDJSON on standard output: each member has one event on each of
`days` days, the first with his three identifiers; of every five days two bring an order. In order of time.
usage: history.py MEMBERS [DAYS=20]"""

import sys

DAY_MS = 86400000
NAMES = ("Order Completed", "Shop Visited", "Shop Visited", "Order Completed", "Shop Visited")


def clock(ms):
    seconds, milli = divmod(ms, 1000)
    return "%02d:%02d:%02d.%03d" % (seconds // 3600, seconds // 60 % 60, seconds % 60, milli)


def write(out, members, days):
    for day in range(days):
        date = "2025-%02d-%02d" % (1 + day // 28, 1 + day % 28)
        name = NAMES[day % 5]
        block = []
        for m in range(members):
            more = ',"anonymousId":"0f5a%08x-77aa","context":{"traits":{"email":"member.%d@example.com"}}' % (m, m) if day == 0 else ""
            block.append('{"type":"track","messageId":"%d-%d","timestamp":"%sT%sZ","event":"%s","userId":"cus_%08x"%s,'
                         '"properties":{"revenue":%d.50,"items":%d,"minutes":%d,"photos":1}}\n'
                         % (day, m, date, clock(m * DAY_MS // members), name, m, more, 5 + (m + day) % 90, 1 + m % 3, 3 + day))
            if len(block) == 4096:
                out.write("".join(block))
                block.clear()
        out.write("".join(block))


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    write(sys.stdout, int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 20)
