// SPDX-License-Identifier: BSD-3-Clause
// For tests: pcapng files written by hand or at random, every block type and option length, and
// the packets a reader must find in them.

#pragma once

#include "captures.h"

#define NG_PACKETS 4096

// The file being written, and what is in it.
struct ng {
	struct bytes b;
	struct lull_packet packets[NG_PACKETS]; // data: one byte, the fill of all its bytes
	size_t n;
	// Of the section being written.
	uint16_t linktypes[64];
	uint32_t snaplens[64];
	uint8_t resolutions[64];
	int64_t offsets[64];
	unsigned n_interfaces;
	uint64_t last_ns;
};

// Begin a block; returns where, for ng_end().
static inline size_t ng_begin(struct ng *f, uint32_t type)
{
	size_t at = f->b.n;
	put32(&f->b, type);
	put32(&f->b, 0);
	return at;
}

static inline void ng_end(struct ng *f, size_t at)
{
	put(&f->b, NULL, (0 - f->b.n) & 3);
	size_t end = f->b.n + 4;
	f->b.n = at + 4;
	put32(&f->b, (uint32_t)(end - at));
	f->b.n = end - 4;
	put32(&f->b, (uint32_t)(end - at));
}

static inline void ng_option(struct ng *f, unsigned code, const void *value, unsigned len)
{
	put16(&f->b, code);
	put16(&f->b, len);
	put(&f->b, value, len);
	put(&f->b, NULL, (0 - len) & 3);
}

static inline void ng_section(struct ng *f, bool big)
{
	f->b.big = big;
	f->n_interfaces = 0;
	f->last_ns = LULL_TIME_NONE;
	size_t at = ng_begin(f, 0x0a0d0d0a);
	put32(&f->b, 0x1a2b3c4d);
	put16(&f->b, 1);
	put16(&f->b, 0);
	put32(&f->b, UINT32_MAX);
	put32(&f->b, UINT32_MAX);
	ng_option(f, 3, "an operating system", 19);
	ng_option(f, 1, "odd", 3);
	ng_end(f, at);
}

static inline void ng_interface(
	struct ng *f, uint16_t linktype, uint32_t snaplen, uint8_t resolution, int64_t offset_s)
{
	unsigned i = f->n_interfaces++;
	f->linktypes[i] = linktype;
	f->snaplens[i] = snaplen;
	f->resolutions[i] = resolution;
	f->offsets[i] = offset_s;
	size_t at = ng_begin(f, 1);
	put16(&f->b, linktype);
	put16(&f->b, 0);
	put32(&f->b, snaplen);
	ng_option(f, 2, "en0", 3);
	if (resolution != 6)
		ng_option(f, 9, &resolution, 1);
	if (offset_s != 0) {
		put16(&f->b, 14);
		put16(&f->b, 8);
		put32(&f->b, (uint32_t)(f->b.big ? (uint64_t)offset_s >> 32 : (uint64_t)offset_s));
		put32(&f->b, (uint32_t)(f->b.big ? (uint64_t)offset_s : (uint64_t)offset_s >> 32));
	}
	if (i % 2 == 0)
		ng_option(f, 0, NULL, 0);
	ng_end(f, at);
}

// Raw time of an interface for ns, which must be whole in its resolution (0, 3, 6, 9, 10 or
// 2^-9).
static inline uint64_t ng_raw(const struct ng *f, unsigned port, uint64_t ns)
{
	ns -= (uint64_t)f->offsets[port] * LULL_NS_PER_SECOND;
	switch (f->resolutions[port]) {
	case 0:
		return ns / LULL_NS_PER_SECOND;
	case 3:
		return ns / 1000000;
	case 6:
		return ns / 1000;
	case 9:
		return ns;
	case 10:
		return ns * 10; // picoseconds since 1970 need more than 64 bits
	default:
		return ns / 1000000000 * 512 + ns % 1000000000 / 1953125;
	}
}

static inline void ng_expect(
	struct ng *f, unsigned port, uint64_t ns, uint32_t caplen, uint32_t wirelen, uint8_t fill)
{
	uint8_t *byte = malloc(1);
	*byte = fill;
	f->packets[f->n++] = (struct lull_packet){
		.data = byte,
		.caplen = caplen,
		.wirelen = wirelen > caplen ? wirelen : caplen,
		.ts_ns = ns,
		.port = (uint16_t)port,
		.linktype = f->linktypes[port],
	};
	f->last_ns = ns;
}

static inline void ng_data(struct ng *f, uint32_t caplen, uint8_t fill)
{
	put(&f->b, NULL, caplen);
	memset(f->b.data + f->b.n - caplen, fill, caplen);
	put(&f->b, NULL, (0 - f->b.n) & 3);
}

// An enhanced packet block, or with obsolete the one it replaced.
static inline void ng_packet(struct ng *f, bool obsolete, unsigned port, uint64_t ns,
	uint32_t caplen, uint32_t wirelen, uint8_t fill)
{
	uint64_t raw = ng_raw(f, port, ns);
	size_t at = ng_begin(f, obsolete ? 2 : 6);
	if (obsolete) {
		put16(&f->b, port);
		put16(&f->b, 0xffff); // drops: not known
	} else {
		put32(&f->b, port);
	}
	put32(&f->b, (uint32_t)(raw >> 32));
	put32(&f->b, (uint32_t)raw);
	put32(&f->b, caplen);
	put32(&f->b, wirelen);
	ng_data(f, caplen, fill);
	if (fill % 3 == 0)
		ng_option(f, 1, "a comment", 9);
	ng_end(f, at);
	ng_expect(f, port, ns, caplen, wirelen, fill);
}

static inline void ng_simple(struct ng *f, uint32_t wirelen, uint8_t fill)
{
	uint32_t snaplen = f->snaplens[0];
	uint32_t caplen = snaplen > 0 && snaplen < wirelen ? snaplen : wirelen;
	size_t at = ng_begin(f, 3);
	put32(&f->b, wirelen);
	ng_data(f, caplen, fill);
	ng_end(f, at);
	ng_expect(f, 0, f->last_ns, caplen, wirelen, fill);
}

// A block no reader here looks into.
static inline void ng_other(struct ng *f, uint32_t type, uint32_t len)
{
	size_t at = ng_begin(f, type);
	ng_data(f, len, 0xee);
	ng_end(f, at);
}

static inline void ng_free(struct ng *f)
{
	for (size_t i = 0; i < f->n; i++)
		free((void *)f->packets[i].data);
	free(f->b.data);
	*f = (struct ng){0};
}

// Some block, as a bad-tempered but correct writer might choose it.
static inline void ng_random_block(struct ng *f, unsigned *state)
{
	static const uint8_t resolutions[] = {0, 3, 6, 9, 10, 0x89};
	static const uint16_t linktypes[] = {1, 101, 113, 276, 0, 9, 147};
	static const uint32_t others[] = {
		4, 5, 7, 8, 9, 10, 0xbad, 0x40000bad, 0x80000001, 0xffffffff};
	unsigned r = (unsigned)rand_r(state);
	unsigned port = f->n_interfaces > 0 ? (r >> 4) % f->n_interfaces : 0;
	// Whole seconds and half ones are whole in every resolution but 1 s.
	uint64_t ns = UINT64_C(1700000000000000000) + f->n * 3 * LULL_NS_PER_SECOND;
	uint32_t caplen = r >> 8 & (r & 1 ? 0x3f : 0x7ff);
	if (f->n_interfaces == 0 || (r % 16 == 0 && f->n_interfaces < 64)) {
		ng_interface(f, linktypes[r / 16 % 7], r & 32 ? 0 : 96, resolutions[r / 64 % 6],
			(int)(r / 512 % 3 - 1) * 1000);
		return;
	}
	if (f->resolutions[port] != 0 && r & 64)
		ns += LULL_NS_PER_SECOND / 2;
	switch (r % 16) {
	case 1:
		ng_section(f, (r & 128) != 0);
		break;
	case 2:
	case 3:
		ng_other(f, others[(r >> 5) % 10], caplen);
		break;
	case 4:
		ng_simple(f, caplen, (uint8_t)r);
		break;
	case 5:
	case 6:
		ng_packet(f, true, port, ns, caplen, caplen + (r >> 9 & 1) * 100, (uint8_t)r);
		break;
	default:
		ng_packet(f, false, port, ns, caplen, caplen + (r >> 9 & 1) * 100, (uint8_t)r);
	}
}
