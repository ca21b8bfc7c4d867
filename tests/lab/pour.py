#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""pour.py RATE INTERFACE FILE: send the frames of a pcap again and again, RATE a second, until
SIGTERM; then say how many were sent. For hours: it takes little time of the CPU."""

import signal
import socket
import struct
import sys
import time

TICK_S = 0.01


def frames(path):
    with open(path, "rb") as f:
        f.read(24)
        while head := f.read(16):
            yield f.read(struct.unpack("<IIII", head)[2])


def main():
    rate, interface, path = float(sys.argv[1]), sys.argv[2], sys.argv[3]
    ended = []
    signal.signal(signal.SIGTERM, lambda *_: ended.append(True))
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    out.bind((interface, 0))
    all_frames = list(frames(path))
    sent, start = 0, time.monotonic()
    while not ended:
        while not ended and sent < rate * (time.monotonic() - start):
            out.send(all_frames[sent % len(all_frames)])
            sent += 1
        time.sleep(TICK_S)
    print("sent %d frames" % sent)


main()
