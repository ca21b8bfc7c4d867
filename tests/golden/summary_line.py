#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""summary_line.py FILE EXIT_CODE STATS.json: one line of malformed.tsv."""

import json
import os
import sys

path, code, stats = sys.argv[1:]
with open(stats) as file:
    s = json.load(file)
classes = ",".join(
    f"{name}={count['packets']}" for name, count in s["law"]["classes"].items() if count["packets"]
)
source = s["inputs"][0]
error = f"{source['error']} at {source['error_offset']}" if source["damaged"] else ""
print(os.path.basename(path), code, source["format"], source["packets"], classes, error, sep="\t")
