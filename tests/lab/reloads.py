#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""Reloads lull, and reloads it again: reloads.py N BAD_FILES PID:PORT:DIR...

Each DIR holds the configurations `even` and `odd`, which are put in place of its lull.yaml in turn
(so all of them must be good), and lull's talk. N reloads of each lull, one after the other, without
a pause; all lulls at the same time. Spread over them, each of BAD_FILES (its head says how they are
written) is tried: it must be refused with exactly its message, and the old one stays in force. While that goes on, the
memory that is allocated, open files and threads are watched; DIR/growth keeps them as CSV. Prints
what is wrong, and nothing when all is well; what it saw is in DIR/growth and DIR/pace."""

import os
import re
import signal
import sys
import time
import urllib.request

PATIENCE_S = 10.0  # for one reload, of which a third of a second is the wait for its bin
LOOKS = 100  # at each lull, or after each reload
SETTLED = 0.2  # of the reloads, before growth is looked for
GROWTH_BYTES = 64.0  # a reload, of allocated memory; a generation is 100,000
GROWTH_SLACK = 300e3  # and of what comes and goes
WATCHED = ("lull_allocator_allocated_bytes", "process_resident_memory_bytes", "process_open_fds",
           "process_threads")


def bad_files(path, base):
    """The (message, text) of each record."""
    with open(path, encoding="utf-8") as f:
        body = re.sub(r"(?m)^#.*\n", "", f.read())
    found = []
    for record in re.split(r"(?m)^= ", body)[1:]:
        message, text = record.split("\n", 1)
        lines = text.split("\n")
        if lines[0].startswith("@base|"):
            _, old, new = lines[0].split("|")
            assert old in base, old
            text = base.replace(old, new.replace("\\n", "\n"), 1)
        found.append((message, text))
    return found


class Lull:
    def __init__(self, n, bad, where):
        pid, port, self.dir = where.split(":", 2)
        self.pid = int(pid)
        self.page = "http://127.0.0.1:%s/metrics" % port
        self.good = [self.read("even"), self.read("odd")]
        self.bad = bad_files(bad, self.good[1])
        self.n, self.done, self.tried, self.wanted = n, 0, 0, None
        self.talk = open(self.dir + "/talk", encoding="utf-8")
        self.line = ""
        self.seen, self.pace, self.wrong = [], [], []

    def read(self, name):
        with open(self.dir + "/" + name, encoding="utf-8") as f:
            return f.read()

    def ask(self, text, wanted):
        with open(self.dir + "/new", "w", encoding="utf-8") as f:
            f.write(text)
        os.rename(self.dir + "/new", self.dir + "/lull.yaml")
        self.wanted, self.since = wanted, time.monotonic()
        os.kill(self.pid, signal.SIGHUP)

    def next(self):
        """Ask for the next reload; False when there is none."""
        if self.tried < self.done * len(self.bad) // self.n:
            message, text = self.bad[self.tried]
            self.ask(text, message)
        elif self.done < self.n:
            self.ask(self.good[(self.done + 1) % 2], None)
        else:
            return False
        return True

    def heard(self, line):
        """A line of talk: is it the end of what was asked for?"""
        if "run: reloaded: " in line:
            self.pace.append(time.monotonic() - self.since)
            if self.wanted is not None:
                self.wrong.append("taken, though it is bad: " + self.wanted)
                self.tried += 1
            self.done += 1
            if self.done % max(1, self.n // LOOKS) == 0:
                self.look()
        elif "reload refused: " in line:
            if self.wanted is None:
                self.wrong.append("refused, though it is good: " + line)
            elif self.wanted not in (self.last, line):
                self.wrong.append("'%s' is not what was expected: '%s'" % (self.last, self.wanted))
            self.tried += self.wanted is not None
        else:
            self.last = line
            return False
        return True

    def listen(self):
        """True when what was asked for has come to its end."""
        while True:
            self.line += self.talk.readline()
            if not self.line.endswith("\n"):
                return False
            line, self.line = self.line.rstrip("\n").replace(self.dir + "/", ""), ""
            if self.heard(line.removeprefix("lull: ").removeprefix("error: ")):
                return True

    def look(self):
        with urllib.request.urlopen(self.page, timeout=5) as f:
            page = f.read().decode()
        row = [float(re.search(r"(?m)^%s (\S+)$" % name, page)[1]) for name in WATCHED]
        self.seen.append((self.done, *row))

    def step(self):
        """False when there is nothing more to do."""
        if self.listen():
            return self.next()
        if time.monotonic() - self.since > PATIENCE_S:
            self.wrong.append("no answer in %g s to reload %d" % (PATIENCE_S, self.done + 1))
            return False
        if not os.path.exists("/proc/%d" % self.pid):
            self.wrong.append("it is gone after %d reloads" % self.done)
            return False
        return True

    def growth(self):
        settled = [row for row in self.seen if row[0] >= SETTLED * self.n]
        if len(settled) < 4:
            return
        for i in (3, 4):
            if settled[0][i] != settled[-1][i]:
                self.wrong.append("%s went from %d to %d" % (WATCHED[i - 1], settled[0][i], settled[-1][i]))
        half = len(settled) // 2
        for i in (1, 2):
            least = [min(row[i] for row in part) for part in (settled[:half], settled[half:])]
            grown = least[1] - least[0] - GROWTH_BYTES * (settled[half][0] - settled[0][0])
            if grown > GROWTH_SLACK:
                self.wrong.append("%s went from %d to %d in %d reloads" % (
                    WATCHED[i - 1], least[0], least[1], settled[half][0] - settled[0][0]))

    def finish(self):
        self.growth()
        if self.tried < len(self.bad):
            self.wrong.append("only %d bad files were tried" % self.tried)
        with open(self.dir + "/growth", "w", encoding="utf-8") as f:
            f.write("reloads," + ",".join(WATCHED) + "\n")
            for row in self.seen:
                f.write(",".join("%.0f" % v for v in row) + "\n")
        with open(self.dir + "/pace", "w", encoding="utf-8") as f:
            f.write("".join("%.4f\n" % s for s in self.pace))
        for what in self.wrong[:20]:
            print("%s: %s" % (os.path.basename(self.dir), what))


def main():
    n, bad = int(sys.argv[1]), sys.argv[2]
    lulls = [Lull(n, bad, where) for where in sys.argv[3:]]
    for lull in lulls:
        lull.talk.seek(0, os.SEEK_END)
        lull.next()
    busy = lulls
    while busy:
        busy = [lull for lull in busy if lull.step()]
        time.sleep(0.005)
    for lull in lulls:
        lull.finish()


main()
