#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Comparisons the golden runs need. Prints nothing when all is well; says what differs and exits 1.

compare.py truth TRUTH.csv SERIES.csv      every row and column equal; distinct within the sketch's error
compare.py oracle DST.tsv SERIES.csv       packets per destination address equal (targets named by address)
compare.py stats STATS.json [PACKETS]      residual 0, readers and workers agree, PACKETS received
compare.py schema SCHEMA.json EVENTS.jsonl every line valid
compare.py twice A.json B.json             equal but for the figures of time and the number of workers
"""

import csv
import json
import sys

# Exact up to 16 addresses; beyond, HyperLogLog with 1,024 registers: 3.25 % standard error.
EXACT_DISTINCT = 16
DISTINCT_ERROR = 5 * 0.0325


def rows(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def fail(text):
    print(text)
    sys.exit(1)


def distinct_agrees(truth, seen):
    if truth <= EXACT_DISTINCT:
        return truth == seen
    return abs(seen - truth) <= DISTINCT_ERROR * truth + 1


def truth(truth_path, series_path):
    expected, got = rows(truth_path), rows(series_path)
    for line, (a, b) in enumerate(zip(expected, got), start=2):
        for column, value in a.items():
            if column == "distinct":
                if not distinct_agrees(int(value), int(b[column])):
                    fail(f"line {line}: distinct is {b[column]}, truth {value}")
            elif value != b[column]:
                fail(f"line {line}: {column} is {b[column]}, truth {value}\n{a}\n{b}")
    if len(expected) != len(got):
        fail(f"{len(got)} rows, truth has {len(expected)}")
    if not expected:
        fail("no rows: nothing was compared")


def oracle(dst_path, series_path):
    expected = {}
    with open(dst_path) as file:
        for line in file:
            address, packets, _ = line.rstrip("\n").split("\t")
            expected[address] = expected.get(address, 0) + int(packets)
    got = {}
    for row in rows(series_path):
        if row["direction"] == "in" and row["upstream"] == "all" and int(row["packets"]):
            got[row["target"]] = got.get(row["target"], 0) + int(row["packets"])
    for address in sorted(expected.keys() | got.keys()):
        if expected.get(address, 0) != got.get(address, 0):
            fail(f"{address}: {got.get(address, 0)} packets, oracle {expected.get(address, 0)}")


def stats(path, packets=None):
    with open(path) as file:
        s = json.load(file)
    law = s["law"]
    if law["residual"] != {"packets": 0, "bytes": 0}:
        fail(f"residual {law['residual']}")
    for unit in ("packets", "bytes"):
        total = sum(c[unit] for c in law["classes"].values())
        read = sum(i[unit] for i in s["inputs"])
        if not total == law["received"][unit] == read:
            fail(f"{unit}: read {read}, received {law['received'][unit]}, classes {total}")
    if packets is not None and law["received"]["packets"] != int(packets):
        fail(f"{law['received']['packets']} packets, expected {packets}")


def schema(schema_path, events_path):
    import jsonschema

    with open(schema_path) as file:
        description = json.load(file)
    validator = jsonschema.validators.validator_for(description)(description)
    with open(events_path) as file:
        for n, line in enumerate(file, start=1):
            for error in validator.iter_errors(json.loads(line)):
                fail(f"line {n}: {error.message} at {list(error.absolute_path)}")


def twice(a_path, b_path):
    both = []
    for path in (a_path, b_path):
        with open(path) as file:
            s = json.load(file)
        for key in ("wall_s", "cpu_s", "packets_per_s", "bytes_per_s", "workers"):
            s.pop(key, None)
        both.append(s)
    if both[0] != both[1]:
        fail(f"{a_path} and {b_path} differ")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    {"truth": truth, "oracle": oracle, "stats": stats, "schema": schema, "twice": twice}[
        sys.argv[1]
    ](*sys.argv[2:])
