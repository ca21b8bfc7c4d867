// SPDX-License-Identifier: BSD-3-Clause
// For tests of capture reading: files made in memory, files drained, files written by hand.

#pragma once

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/source.h>
#include <lull/time.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// Bytes that grow. All zeros is empty.
struct bytes {
	uint8_t *data;
	size_t n, room;
	bool big; // byte order of what put16() to put64() add
};

static inline void put(struct bytes *b, const void *data, size_t n)
{
	if (b->n + n > b->room) {
		b->room = 2 * (b->n + n) + 64;
		b->data = realloc(b->data, b->room);
		cr_assert(ne(ptr, b->data, NULL));
	}
	if (data != NULL)
		memcpy(b->data + b->n, data, n);
	else
		memset(b->data + b->n, 0, n);
	b->n += n;
}

static inline void put16(struct bytes *b, unsigned v)
{
	uint8_t p[2] = {(uint8_t)v, (uint8_t)(v >> 8)};
	uint8_t q[2] = {p[1], p[0]};
	put(b, b->big ? q : p, 2);
}

static inline void put32(struct bytes *b, uint32_t v)
{
	put16(b, b->big ? v >> 16 : v & 0xffff);
	put16(b, b->big ? v & 0xffff : v >> 16);
}

// A pcap file header.
static inline void put_pcap(struct bytes *b, uint32_t magic, unsigned minor, uint32_t network)
{
	put32(b, magic);
	put16(b, 2);
	put16(b, minor);
	put(b, NULL, 8);
	put32(b, 65535);
	put32(b, network);
}

// A pcap record whose data is caplen bytes of value `fill`.
static inline void put_record(
	struct bytes *b, uint32_t s, uint32_t fraction, uint32_t caplen, uint32_t wirelen, int fill)
{
	put32(b, s);
	put32(b, fraction);
	put32(b, caplen);
	put32(b, wirelen);
	put(b, NULL, caplen);
	memset(b->data + b->n - caplen, fill, caplen);
}

static inline bool same(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

// A path under which the bytes can be opened any number of times by this process.
static inline const char *memory_path(const void *data, size_t n)
{
	int fd = memfd_create("capture", 0);
	cr_assert(ge(int, fd, 0));
	cr_assert(eq(sz, (size_t)write(fd, data, n), n));
	char *path = malloc(32);
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return path;
}

static inline void memory_close(const char *path)
{
	close(atoi(path + strlen("/proc/self/fd/")));
	free((char *)path);
}

static inline void *slurp(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	cr_assert(ne(ptr, f, NULL), "%s", path);
	fseek(f, 0, SEEK_END);
	*n = (size_t)ftell(f);
	rewind(f);
	void *data = malloc(*n + 1);
	cr_assert(eq(sz, fread(data, 1, *n, f), *n));
	fclose(f);
	return data;
}

// What reading a set of files to the end gave.
struct drained {
	struct lull_packet *packets; // data points into copies
	size_t n;
	struct lull_input_report *reports;
	size_t n_reports;
};

// Copies packets out, so that a view beyond its block's bytes shows under a sanitizer.
static inline struct drained drain_all(const char *const *paths, size_t n)
{
	static struct lull_burst burst;
	struct drained d = {0};
	size_t room = 0;
	struct lull_source *s = lull_files_open(paths, n, NULL);
	cr_assert(ne(ptr, s, NULL));
	int more;
	do {
		more = lull_source_fill(s, &burst);
		cr_assert(le(uint, burst.n, LULL_BURST));
		for (uint32_t i = 0; i < burst.n; i++) {
			const struct lull_packet *p = &burst.packets[i];
			cr_assert(le(uint, p->caplen, LULL_CAPLEN));
			cr_assert(le(uint, p->caplen, p->wirelen));
			if (d.n == room)
				d.packets = realloc(
					d.packets, (room = 2 * room + 64) * sizeof(*d.packets));
			uint8_t *copy = malloc(p->caplen + 1);
			memcpy(copy, p->data, p->caplen);
			d.packets[d.n] = *p;
			d.packets[d.n++].data = copy;
		}
		lull_source_release(s, &burst);
		lull_source_release(s, &burst); // again: does nothing
	} while (more);
	cr_assert(eq(int, lull_source_fill(s, &burst), 0)); // still over
	const struct lull_input_report *reports = lull_files_reports(s, &d.n_reports);
	d.reports = malloc(n * sizeof(*reports));
	memcpy(d.reports, reports, n * sizeof(*reports));
	lull_source_close(s);
	return d;
}

static inline struct drained drain(const char *path)
{
	return drain_all(&path, 1);
}

static inline struct drained drain_bytes(const void *data, size_t n)
{
	const char *path = memory_path(data, n);
	struct drained d = drain(path);
	d.reports[0].path = "";
	memory_close(path);
	return d;
}

static inline void drained_free(struct drained *d)
{
	for (size_t i = 0; i < d->n; i++)
		free((void *)d->packets[i].data);
	free(d->packets);
	free(d->reports);
	*d = (struct drained){0};
}

// Path of a file of the shared data, or NULL (the test then skips).
static inline char *shared_path(const char *name)
{
	const char *root = getenv("LULL_SHARED");
	char *path = malloc(4096);
	snprintf(path, 4096, "%s/data/%s", root != NULL ? root : "../shared", name);
	if (access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}
