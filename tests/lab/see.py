#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""What the lab's tests look at. Each command prints what is wrong, and nothing when all is well.

wait SECONDS FILE EXPRESSION   until a revision in FILE (JSON lines) makes EXPRESSION true; exit 1
never FILE EXPRESSION          print the revisions that do
one_event FILE EXPRESSION      the revisions that do have one id, each rev once, in order
brief FILE                     print every revision in a line
outages SERIES N LOG OUTPUT    the series of `net` fell silent N times, and LOG has one event for each,
                               every rev once, in order, with its times; OUTPUT the same, though
                               a crash may have cost it revisions; print what was found
kill_on_growth SECONDS FILE PID kill -9 as soon as FILE grows; or else when the time is over
metric NAME [LABEL=VALUE...]   print the sum of those samples of a page of /metrics on stdin
state TARGET STATE             exit 0 when the page says that TARGET is in STATE
lawful                         the page's count law leaves no residual, and nothing was sent
totals FILE [TARGET]           sum a series per target, upstream and direction
same FILE FILE [FOLD]          two series have the same totals, FOLD cut out of the targets' names
counted PCAP SERIES TARGET=PREFIX,...   what lull has nothing to do with counts in PCAP, and the
                               series counts too: packets and IP bytes, in and out
renamed FILE TARGET TARGET     print how often one of the two comes after the other; never both in a bin
flood FILE PACKETS MAC [TO]    write a pcap: SYNs to a closed port of TO (www), sources forged
canary FILE PACKETS MAC        the same with one source and a payload that must be found nowhere
"""

import calendar
import csv
import ipaddress
import json
import os
import random
import re
import signal
import statistics
import struct
import sys
import time

SUMMED = ("packets", "bytes", "syn", "synack", "rst", "unreach_noroute", "unreach_admin", "unreach_ttl")


def revisions(path):
    try:
        with open(path, encoding="utf-8") as f:
            lines = f.read().split("\n")[:-1]  # what follows the last newline is being written
    except FileNotFoundError:
        lines = []
    return [json.loads(line) for line in lines]


def true_of(expression):
    code = compile(expression, "expression", "eval")
    return lambda event: eval(code, {}, event)


def wait(seconds, path, expression):
    matches = true_of(expression)
    end = time.monotonic() + float(seconds)
    while not any(map(matches, revisions(path))):
        if time.monotonic() > end:
            print("no event in %s s with %s" % (seconds, expression))
            sys.exit(1)
        time.sleep(0.05)


def line_of(event):
    what = "%(id)s.%(rev)d %(state)s %(kind)s of %(target)s over %(upstream)s" % event
    return "%s, scope %s" % (what, json.dumps(event["scope"]))


def never(path, expression):
    for event in filter(true_of(expression), revisions(path)):
        print("never: " + line_of(event))


def one_event(path, expression):
    seen = list(filter(true_of(expression), revisions(path)))
    ids = {event["id"] for event in seen}
    revs = [event["rev"] for event in seen]
    if len(ids) != 1 or revs != list(range(1, len(revs) + 1)):
        print("not one event told once:")
        for event in seen:
            print(line_of(event))


def brief(path):
    for event in revisions(path):
        times = [event[when]["time"] or "-" for when in ("onset", "end")]
        print(line_of(event), "from %s to %s, told %s" % (*times, event["revised"]))


def kill_on_growth(seconds, path, pid):
    size = os.path.getsize(path)
    end = time.monotonic() + float(seconds)
    while os.path.getsize(path) == size and time.monotonic() < end:
        time.sleep(0.0002)
    os.kill(int(pid), signal.SIGKILL)


def seconds(text):
    whole, _, part = text.rstrip("Z").partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + (part or "0"))


def silences(path):
    """Spans of at least a second in which `net` sent less than half of what is usual there: when that
    began, when nothing came for half a second (routers forget one by one, and servers repeat what
    nobody acknowledged), and when traffic was back. Each to about a bin, 100 ms."""
    with open(path, newline="", encoding="utf-8") as f:
        bins = [(int(row["time_ns"]) / 1e9, int(row["packets"])) for row in csv.DictReader(f)
                if (row["target"], row["upstream"], row["direction"]) == ("net", "all", "out")]
    usual = statistics.median(packets for _, packets in bins if packets > 0)
    low = still = None
    for i, (at, packets) in enumerate(bins):
        busy = sum(p for _, p in bins[i:i + 3]) > 1.5 * usual
        if packets < usual / 2:
            low = at if low is None else low
            if still is None and not any(p for _, p in bins[i:i + 5]):
                still = at
        elif busy and low is not None:
            if at - low >= 1 and still is not None:
                yield low, still, at
            low = still = None


NEAR_S = 0.25  # a bin of the truth, one of lull, and the time routers take to forget


def outages(series, n, log, output):
    wrong = []
    true = list(silences(series))
    if len(true) != int(n):
        wrong.append("%d silences, not %s" % (len(true), n))
    first = {}
    for path in (log, output):
        told = [e for e in revisions(path) if e["target"] == "net" and e["kind"] == "outage"]
        for e in told:
            first.setdefault(e["id"], seconds(e["revised"]))
        for start, still, end in true:
            mine = [e for e in told if start < first[e["id"]] < end + 2]
            told = [e for e in told if e not in mine]
            wrong += judge(path, start, still, end, mine) if path == log else at_most_once(path, start, end, mine)
        wrong += ["%s: nothing was silent: %s" % (path, line_of(e)) for e in told]
    print("\n".join(wrong))
    sys.exit(len(wrong) > 0)


def at_most_once(path, start, end, events):
    told = [(e["id"], e["rev"]) for e in events]
    if len({e["id"] for e in events}) <= 1 and told == sorted(set(told)):
        return []
    return ["%s: silent from %.2f to %.2f: told twice:" % (path, start, end)] + [line_of(e) for e in events]


def judge(path, start, still, end, events):
    """One event, told once, with the right duration: its intervals hold it. Those are as wide as the
    time that nobody looked."""
    ids = {e["id"] for e in events}
    revs = [e["rev"] for e in events]
    where = "%s: silent from %.2f for %.2f s" % (path, start, end - start)
    if len(ids) != 1 or revs != list(range(1, len(revs) + 1)) or events[-1]["state"] != "ended":
        return [where + ": not one event told once, to its end:"] + [line_of(e) for e in events]
    onset, back = ({k: seconds(events[-1][name][k]) for k in ("time", "lo", "hi")} for name in ("onset", "end"))
    least, most = back["lo"] - onset["hi"], back["hi"] - onset["lo"]
    said = "%s: onset %+.2f s (%.2f wide), end %+.2f s (%.2f wide), so %.2f to %.2f s, %d revisions" % (
        where, onset["time"] - start, onset["hi"] - onset["lo"], back["time"] - end,
        back["hi"] - back["lo"], least, most, len(events))
    print(said)
    return [] if least - NEAR_S <= end - start and end - still <= most + NEAR_S else [said + ": the duration is wrong"]


SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)(?: \d+)?$')
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')


def samples(name, **labels):
    for line in sys.stdin:
        m = SAMPLE.match(line)
        if m is None or m[1] != name:
            continue
        found = dict(LABEL.findall(m[2] or ""))
        if all(found.get(k) == v for k, v in labels.items()):
            yield float(m[3])


def metric(name, *labels):
    values = list(samples(name, **dict(label.split("=", 1) for label in labels)))
    if not values:
        sys.exit("no sample of %s %s" % (name, " ".join(labels)))
    print("%.17g" % sum(values))


def state(target, wanted):
    sys.exit(sum(samples("lull_target_state", target=target, state=wanted)) != 1)


def lawful():
    page = sys.stdin.read()
    for name in ("lull_law_residual_packets", "lull_port_sent_packets_total"):
        found = [line for line in page.split("\n") if re.match(name + r"\b", line)]
        if not found:
            print("no sample of " + name)
        for line in found:
            if float(line.rsplit(" ", 1)[1]) != 0:
                print(line)


def sums(path, fold="$^"):
    total = {}
    with open(path, newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            key = (re.sub(fold, "", row["target"]), row["upstream"], row["direction"])
            total[key] = [a + int(row[name]) for a, name in zip(total.get(key, [0] * 8), SUMMED)]
    return total


def totals(path, target=None):
    for key, values in sorted(sums(path).items()):
        if target in (None, key[0]):
            print(*key, *values)


def same(a, b, *fold):
    one, two = sums(a, *fold), sums(b, *fold)
    if not one:
        print("%s counts nothing" % a)
    for key in sorted(one.keys() | two.keys()):
        if one.get(key) != two.get(key):
            print(*key, "is", one.get(key), "here and", two.get(key), "there")


def ip_of(frame):
    """Source, destination and length of the outermost IP packet, behind VLAN tags and MPLS labels."""
    at, kind = 14, struct.unpack_from("!H", frame, 12)[0]
    while kind in (0x8100, 0x88A8):
        at, kind = at + 4, struct.unpack_from("!H", frame, at + 2)[0]
    if kind == 0x8847:
        while not frame[at + 2] & 1:
            at += 4
        at += 4
        kind = {4: 0x0800, 6: 0x86DD}.get(frame[at] >> 4)
    if kind == 0x0800:
        return frame[at + 12:at + 16], frame[at + 16:at + 20], struct.unpack_from("!H", frame, at + 2)[0]
    if kind == 0x86DD:
        return frame[at + 8:at + 24], frame[at + 24:at + 40], 40 + struct.unpack_from("!H", frame, at + 4)[0]
    return None


def frames(path):
    with open(path, "rb") as f:
        f.read(24)
        while head := f.read(16):
            yield f.read(struct.unpack("<IIII", head)[2])


def counted(path, series, *targets):
    nets = {}
    for target in targets:
        name, prefixes = target.split("=")
        nets[name] = [ipaddress.ip_network(prefix) for prefix in prefixes.split(",")]
    mine = {(name, direction): [0, 0] for name in nets for direction in ("out", "in")}
    for source, destination, length in filter(None, map(ip_of, frames(path))):
        for name, prefixes in nets.items():
            for direction, address in (("out", source), ("in", destination)):
                if any(ipaddress.ip_address(address) in net for net in prefixes):
                    mine[name, direction][0] += 1
                    mine[name, direction][1] += length
    its = sums(series)
    for (name, direction), figures in mine.items():
        there = its.get((name, "all", direction), [0, 0])[:2]
        if figures != there or figures[0] == 0:
            print("%s %s: %s in the capture, %s counted" % (name, direction, figures, there))


def renamed(path, *names):
    order = {}
    with open(path, newline="", encoding="utf-8") as f:
        for row in csv.DictReader(f):
            if row["target"] in names and row["upstream"] == "all":
                order.setdefault(row["time_ns"], set()).add(row["target"])
    both = [bin for bin, who in order.items() if len(who) > 1]
    if both:
        sys.exit("both %s and %s in the bin %s" % (*names, both[0]))
    seen = [min(who) for who in order.values()]
    print(sum(a != b for a, b in zip(seen, seen[1:])))


def flood(path, packets, mac, to="203.0.113.10", source=None, payload=b""):
    chance = random.Random(2022)
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i in range(int(packets)):
            sender = bytes((198, 51, 100, source or chance.randint(1, 40)))
            target = bytes(map(int, to.split(".")))
            tcp = struct.pack("!HHIIBBHHH", chance.randint(1024, 65535), 9, chance.getrandbits(32), 0,
                              0x50, 0x02, 65535, 0, 0) + payload
            ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(tcp), i & 0xFFFF, 0, 64, 6, 0) + sender + target
            ip = ip[:10] + checksum(ip) + ip[12:]
            pseudo = sender + target + struct.pack("!BBH", 0, 6, len(tcp))
            tcp = tcp[:16] + checksum(pseudo + tcp) + tcp[18:]
            frame = bytes.fromhex(mac.replace(":", "")) + b"\x02\0\0\0\0\xee\x08\x00" + ip + tcp
            f.write(struct.pack("<IIII", 0, i, len(frame), len(frame)) + frame)


def canary(path, packets, mac):
    flood(path, packets, mac, source=77, payload=b"CANARY-7f3a" * 8)


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)


COMMANDS = [wait, never, one_event, brief, outages, kill_on_growth, metric, state, lawful, totals, same, counted, renamed, flood, canary]
if __name__ == "__main__":
    command = {c.__name__: c for c in COMMANDS}.get(sys.argv[1] if len(sys.argv) > 1 else "")
    if command is None:
        sys.exit(__doc__)
    command(*sys.argv[2:])
