// SPDX-License-Identifier: BSD-3-Clause
// For fuzz targets of capture formats: read the bytes twice, straight through the reader in a
// buffer of exactly their size, and as files through the source; both must find the same.

#pragma once

#include "capture/reader.h"

#include <lull/clock.h>
#include <lull/source.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// What a run found. sum stands for all bytes, so that every one of them is read.
struct found {
	uint64_t packets, bytes, sum, times;
	bool damaged;
};

static inline void require(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "broken: %s\n", what);
	abort();
}

static inline void look_at(struct found *f, const struct lull_packet *p)
{
	require(p->caplen <= LULL_CAPLEN && p->caplen <= p->wirelen, "lengths");
	for (uint32_t i = 0; i < p->caplen; i++)
		f->sum = f->sum * 31 + p->data[i];
	f->packets++;
	f->bytes += p->wirelen;
	f->times += p->ts_ns * 3 + p->port * 5 + p->linktype;
}

static inline struct found read_window(const uint8_t *data, size_t size)
{
	struct found f = {0};
	struct lull_packet packets[7];
	struct lull_reader r = {0};
	uint8_t *exact = malloc(size);
	if (size > 0)
		memcpy(exact, data, size);
	lull_reader_reset(&r);
	r.at = exact;
	r.end = exact + size;
	r.last = true;
	if (lull_reader_recognise(&r)) {
		unsigned n;
		while ((n = r.format->parse(&r, packets, 7)) > 0)
			for (unsigned i = 0; i < n; i++) {
				require(packets[i].data >= exact &&
						packets[i].data + packets[i].caplen <= r.end,
					"view");
				look_at(&f, &packets[i]);
			}
	}
	require(r.received.packets == f.packets && r.received.bytes == f.bytes, "account");
	f.damaged = r.error[0] != '\0' || r.at < r.end || size == 0;
	lull_reader_reset(&r);
	free(exact);
	return f;
}

static inline struct found read_files(const char *const *paths, size_t n)
{
	static struct lull_burst burst;
	static struct lull_clock clock;
	struct found f = {0};
	struct lull_source *s = lull_files_open(paths, n, NULL);
	require(s != NULL, "open");
	lull_clock_init(&clock, 1000000000, 1, UINT64_C(3600000000000));
	int more;
	do {
		more = lull_source_fill(s, &burst);
		lull_clock_stamp(&clock, &burst);
		for (uint32_t i = 0; i < burst.n; i++) {
			look_at(&f, &burst.packets[i]);
			require(burst.packets[i].bin >= burst.floor, "floor");
		}
		lull_source_release(s, &burst);
	} while (more);
	const struct lull_input_report *reports = lull_files_reports(s, &n);
	f.damaged = reports[0].damaged;
	lull_source_close(s);
	return f;
}

static inline int fuzz_capture(const uint8_t *data, size_t size)
{
	static int fd = -1;
	static char path[40];
	if (fd < 0) {
		fd = memfd_create("fuzz", 0);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	}
	struct found window = read_window(data, size);
	// Opening files takes a hundred times longer than reading so few bytes: one input in 32.
	if (size > 0 && data[size - 1] % 32 != 7)
		return 0;
	require(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size, "memfd");
	const char *const paths[] = {path, path};
	struct found one = read_files(paths, 1);
	require(memcmp(&window, &one, sizeof(one)) == 0, "window and file differ");
	struct found two = read_files(paths, 2); // merged packet by packet
	require(two.packets == 2 * one.packets && two.bytes == 2 * one.bytes &&
			two.times == 2 * one.times,
		"merging loses packets");
	return 0;
}
