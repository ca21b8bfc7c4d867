#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Attacks on the HTTP side, with a polite client that asks for /metrics all the while.

http_attack.py HOST:PORT MODE CONNECTIONS SECONDS [LIMIT_MS]

MODE: idle (connects and says nothing), header (a header that trickles), body (a POST whose body
trickles), read (asks for fifty pages and reads 16 bytes a second), range (a header of a thousand ranges).
Connections that are closed are opened again. Prints the polite client's figures; exit 1 when its
99th percentile is above LIMIT_MS (100), or an answer was no page.
"""

import resource
import socket
import sys
import time

ASK = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n"
FIRST = {
    "idle": b"",
    "header": ASK + b"X-a: b\r\n",
    "body": b"POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\na",
    "read": (ASK + b"\r\n") * 50, # more than the kernel takes off the server
    "range": ASK + b"Range: bytes=" + b"0-,5-," * 1000 + b"5-\r\n\r\n",
}
MORE = {"header": b"X-c: d\r\n", "body": b"a"}


class Attacker:
    def __init__(self, address, mode):
        self.address, self.mode, self.socket, self.next = address, mode, None, 0.0

    def step(self, now):
        try:
            if self.socket is None:
                self.socket = socket.socket()
                if self.mode == "read":
                    self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
                self.socket.setblocking(False)
                self.socket.connect_ex(self.address)
                self.next = now + 0.02
                self.said = False
                return
            if not self.said:
                if FIRST[self.mode]:
                    self.socket.send(FIRST[self.mode])
                self.said = True
            elif self.mode in MORE:
                self.socket.send(MORE[self.mode])
            elif self.socket.recv(16 if self.mode == "read" else 65536) == b"":
                raise ConnectionResetError
            self.next = now + 1.0
        except BlockingIOError:
            self.next = now + 0.2
        except OSError:
            self.close()
            self.next = now + 0.05

    def close(self):
        if self.socket is not None:
            self.socket.close()
        self.socket = None


def ask(address):
    """The time a whole page takes, in seconds; None: it did not come."""
    began = time.monotonic()
    page = b""
    try:
        with socket.create_connection(address, timeout=2) as s:
            s.sendall(ASK + b"Connection: close\r\n\r\n")
            while piece := s.recv(1 << 16):
                page += piece
    except OSError:
        return None
    head, _, body = page.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 ") or b"lull_bins_total" not in body:
        return None
    return time.monotonic() - began


def polite(address, seconds, pipe):
    """In a process of its own, so that the attackers' work here does not count."""
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        times.append(ask(address))
        time.sleep(0.01)
    pipe.send(times)


def main(where, mode, connections, seconds, limit="100"):
    import multiprocessing

    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    host, port = where.rsplit(":", 1)
    address = (host, int(port))
    attackers = [Attacker(address, mode) for _ in range(int(connections))]
    here, there = multiprocessing.Pipe(False)
    child = multiprocessing.Process(target=polite, args=(address, float(seconds), there))
    for a in attackers:
        a.step(time.monotonic())
    child.start()
    while child.is_alive() and not here.poll():
        now = time.monotonic()
        for a in attackers:
            if a.next <= now:
                a.step(now)
        time.sleep(0.005)
    times = here.recv()
    child.join()
    missing = sum(t is None for t in times)
    good = sorted(t for t in times if t is not None) or [float("inf")]
    p99 = 1e3 * good[int(0.99 * (len(good) - 1))]
    alive = sum(a.socket is not None for a in attackers)
    print("%s x %s: %d pages, %d missing, median %.1f ms, p99 %.1f ms, max %.1f ms; %d attackers connected"
          % (mode, connections, len(times), missing, 1e3 * good[len(good) // 2], p99, 1e3 * good[-1], alive))
    # A page that never came took for ever: a flood of connections may push out one that
    # has not asked yet, so three in a hundred may be late or lost.
    late = sum(t is None or 1e3 * t > float(limit) for t in times)
    return 100 * late > 3 * len(times)


if __name__ == "__main__":
    if len(sys.argv) not in (5, 6):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
