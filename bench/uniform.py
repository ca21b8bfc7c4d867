#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""uniform.py table N: a table of N prefixes /24 spread over 32.0.0.0/3, four in a target.
uniform.py hit|miss|three N: a pcap of N frames of 64 bytes (with the FCS) between addresses drawn
uniformly: to hosts in that space, to hosts far from it, or to three prefixes from any source."""

import random
import struct
import sys


def table(n):
    for i in range(n):
        at = i * 0x400000 // n  # /24s of 32.0.0.0 to 95.255.255.255
        print("%d.%d.%d.0/24\tt%d" % (32 + (at >> 16), at >> 8 & 255, at & 255, i // 4))


def destination(kind, rng):
    if kind == "hit":
        return 0x20000000 + rng.randrange(0x40000000)
    if kind == "three":
        return rng.choice((0xC0000200, 0xC6336400, 0xCB007100)) + rng.randrange(256)
    return 0x80000000 + rng.randrange(0x40000000)


def capture(kind, n):
    rng, out = random.Random(7), sys.stdout.buffer
    out.write(struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    ethernet = bytes((2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0))
    for i in range(n):
        source = 0x80000000 + rng.randrange(0x40000000)
        ip = struct.pack(">BBHHHBBHII", 0x45, 0, 46, i & 0xFFFF, 0, 60, 6, 0, source,
                         destination(kind, rng))
        tcp = struct.pack(">HHIIBBHHH", 443, 40000, i, 0, 0x50, 0x10, 512, 0, 0)
        frame = ethernet + ip + tcp + bytes(6)
        out.write(struct.pack("<IIII", i // 1000000, i % 1000000, len(frame), len(frame)) + frame)


if sys.argv[1] == "table":
    table(int(sys.argv[2]))
else:
    capture(sys.argv[1], int(sys.argv[2]))
