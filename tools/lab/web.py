#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
"""The lab's web: `serve` answers on port 80 of every address of the host; `fetch RATE SOURCE
SERVER...` fetches pages from the servers at random, RATE a second on average whatever comes of
them, as people do, and says each second how many came and how many did not. SOURCE and SERVER are
addresses or ranges of their last byte (198.51.100.1-40)."""

import asyncio
import random
import sys
import time

PAGE = b"<!doctype html><title>The target is up</title>" + b"<p>All is well.</p>\n" * 40
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
    % len(PAGE)
) + PAGE
PATIENCE_S = 1.0


async def answer(reader, writer):
    try:
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE_S)
        writer.write(ANSWER)
        await asyncio.wait_for(writer.drain(), PATIENCE_S)
    except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass
    finally:
        writer.close()


async def serve():
    server = await asyncio.start_server(answer, "0.0.0.0", 80, backlog=512)
    async with server:
        await server.serve_forever()


def addresses(text):
    if "-" not in text:
        return [text]
    first, last = text.split("-")
    net, low = first.rsplit(".", 1)
    return ["%s.%d" % (net, i) for i in range(int(low), int(last) + 1)]


async def fetch(source, server, count):
    writer = None
    try:
        opened = asyncio.open_connection(server, 80, local_addr=(source, 0))
        reader, writer = await asyncio.wait_for(opened, PATIENCE_S)
        writer.write(b"GET / HTTP/1.1\r\nHost: %s\r\n\r\n" % server.encode())
        page = await asyncio.wait_for(reader.read(), PATIENCE_S)
        count["came" if page.endswith(PAGE) else "failed"] += 1
    except (OSError, asyncio.TimeoutError):
        count["failed"] += 1
    finally:
        if writer is not None:
            writer.close()


async def browse(rate, sources, servers):
    chance = random.Random(servers[0])  # the same days every day, others elsewhere
    count = {"came": 0, "failed": 0}
    under_way = set()
    due = said = time.monotonic()
    while True:
        due += chance.expovariate(rate)
        now = time.monotonic()
        if due > now:
            await asyncio.sleep(due - now)
        task = asyncio.ensure_future(fetch(chance.choice(sources), chance.choice(servers), count))
        under_way.add(task)
        task.add_done_callback(under_way.discard)
        if due - said >= 1:
            said += 1
            print("%d pages came, %d did not" % (count["came"], count["failed"]), flush=True)
            count["came"] = count["failed"] = 0


def main():
    if sys.argv[1:] == ["serve"]:
        asyncio.run(serve())
    elif len(sys.argv) >= 5 and sys.argv[1] == "fetch":
        servers = [a for text in sys.argv[4:] for a in addresses(text)]
        asyncio.run(browse(float(sys.argv[2]), addresses(sys.argv[3]), servers))
    else:
        sys.exit("usage: web.py serve | web.py fetch RATE SOURCE SERVER...")


main()
