#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""JSONTestSuite: what RFC 8259 accepts (y_) is accepted, what it refuses (n_) is refused, and nothing crashes on the rest (i_)."""

import os

from lib import data, done, equal, run

folder = data("json", "test_parsing")
files = sorted(os.listdir(folder))
found = run("json", *[os.path.join(folder, f) for f in files], "--json")
items = {os.path.basename(i["file"]): i for i in found.json.get("items", [])}
equal("each file has its answer", sorted(items), files)
equal("accepted that must be accepted", [f for f in files if f.startswith("y_") and not items[f]["syntax"]], [])
equal("refused that must be refused", [f for f in files if f.startswith("n_") and items[f]["syntax"]], [])
equal("a refusal has its code and its place", [f for f in files if not items[f]["syntax"]
                                              and (items[f]["code"] not in ("json_syntax", "utf8", "json_limit") or not isinstance(items[f]["offset"], int))], [])
equal("a limit is no matter of syntax", (items["n_structure_100000_opening_arrays.json"]["syntax"],
                                         items["y_object_duplicated_key.json"]["syntax"],
                                         items["y_object_duplicated_key.json"]["limits"],
                                         items["y_object_duplicated_key.json"]["code"]), (False, True, False, "json_limit"))
equal("a file that is not there", run("json", os.path.join(folder, "none.json"), "--json").code in (3, 6), True)
done()
