// SPDX-License-Identifier: BSD-3-Clause
// The pcapng format (draft-ietf-opsawg-pcapng-02): any number of sections in either byte order,
// interfaces of different link types and snapshot lengths, the enhanced, simple and obsolete
// packet blocks; every other block is skipped. Checked against libpcap 1.10.3 where that reads
// on. A packet's port is its interface's number in the section.
//
// A simple packet block has no time: it is given that of the packet before it in its section,
// LULL_TIME_NONE when there is none. A time before 1970 or beyond 2^64 ns is LULL_TIME_NONE too.
// A block that breaks the rules ends the file: nobody can tell where the next one begins.

#include "bytes.h"
#include "pcapng_time.h"
#include "reader.h"

#include <lull/time.h>
#include <stdlib.h>

#define BLOCK_MAX (16u << 20)
#define INTERFACES_MAX 4096u
#define BLOCK_HEADER 8u  // type, total length
#define BLOCK_TRAILER 4u // total length again

enum {
	SECTION_HEADER = 0x0a0d0d0a,
	INTERFACE = 1,
	PACKET = 2, // obsolete
	SIMPLE_PACKET = 3,
	ENHANCED_PACKET = 6,
};

struct interface {
	uint32_t snaplen; // 0: no limit
	uint16_t linktype;
	struct lull_pcapng_clock clock;
};

struct pcapng {
	bool swap;
	uint32_t n_interfaces, room;
	struct interface *interfaces; // of the section
	uint64_t last_ns;             // of the packet before, in the section
};

// A block's body: what lies between the lengths.
struct body {
	const uint8_t *at;
	uint32_t len;
};

static bool section_order(struct lull_reader *r)
{
	struct pcapng *s = r->state;
	if (!lull_reader_has(r, BLOCK_HEADER + 4))
		return false;
	uint32_t order = lull_load32(r->at + 8, false);
	if (order != 0x1a2b3c4d && order != 0x4d3c2b1a)
		return lull_reader_fail(r, "a section header without its byte-order magic");
	s->swap = order != 0x1a2b3c4d;
	return true;
}

static bool section(struct lull_reader *r, struct body b)
{
	struct pcapng *s = r->state;
	if (b.len < 16)
		return lull_reader_fail(
			r, "a section header of %u bytes (28 at least)", b.len + 12);
	uint16_t major = lull_load16(b.at + 4, s->swap);
	if (major != 1)
		return lull_reader_fail(r, "a section in pcapng version %u.%u (1.0 is known)",
			major, lull_load16(b.at + 6, s->swap));
	// The section's length is a hint for skipping; blocks are read one by one.
	s->n_interfaces = 0;
	s->last_ns = LULL_TIME_NONE;
	return true;
}

// Options that shape times; those of no interest are stepped over within the block.
static bool interface_options(struct lull_reader *r, struct body b, struct interface *i)
{
	const struct pcapng *s = r->state;
	uint8_t resolution = 6;
	int64_t offset = 0;
	while (b.len >= 4) {
		uint16_t code = lull_load16(b.at, s->swap);
		uint32_t len = lull_load16(b.at + 2, s->swap);
		uint32_t padded = (len + 3) & ~UINT32_C(3);
		if (code == 0) // opt_endofopt
			break;
		if (padded > b.len - 4)
			return lull_reader_fail(r, "an interface option longer than its block");
		if (code == 9 && len == 1) // if_tsresol
			resolution = b.at[4];
		if (code == 14 && len == 8) // if_tsoffset, signed seconds
			offset = (int64_t)lull_load64(b.at + 4, s->swap);
		b.at += 4 + padded;
		b.len -= 4 + padded;
	}
	lull_pcapng_clock_init(&i->clock, resolution, offset);
	return true;
}

static bool interface(struct lull_reader *r, struct body b)
{
	struct pcapng *s = r->state;
	if (b.len < 8)
		return lull_reader_fail(r, "an interface of %u bytes (20 at least)", b.len + 12);
	if (s->n_interfaces == INTERFACES_MAX)
		return lull_reader_fail(r, "more than %u interfaces in a section", INTERFACES_MAX);
	if (s->n_interfaces == s->room) {
		uint32_t room = s->room == 0 ? 8 : 2 * s->room;
		struct interface *more = realloc(s->interfaces, room * sizeof(*more));
		if (more == NULL)
			return lull_reader_fail(r, "out of memory");
		s->interfaces = more;
		s->room = room;
	}
	struct interface *i = &s->interfaces[s->n_interfaces];
	i->linktype = lull_load16(b.at, s->swap);
	i->snaplen = lull_load32(b.at + 4, s->swap);
	if (!interface_options(r, (struct body){b.at + 8, b.len - 8}, i))
		return false;
	s->n_interfaces++;
	return true;
}

// The view of one packet: data at `head` bytes into the body.
static bool view(struct lull_reader *r, struct body b, uint32_t head, struct lull_packet *out)
{
	const struct pcapng *s = r->state;
	if (out->port >= s->n_interfaces)
		return lull_reader_fail(r, "a packet of interface %u, of which there are %u",
			out->port, s->n_interfaces);
	if (out->caplen > b.len - head)
		return lull_reader_fail(r, "a packet of %u captured bytes in a block of %u",
			out->caplen, b.len + 12);
	if (out->caplen > LULL_CAPLEN)
		return lull_reader_fail(
			r, "a packet of %u captured bytes (%u at most)", out->caplen, LULL_CAPLEN);
	out->data = b.at + head;
	out->wirelen = out->wirelen > out->caplen ? out->wirelen : out->caplen;
	out->linktype = s->interfaces[out->port].linktype;
	return true;
}

// Enhanced and obsolete packet blocks differ in their first word alone.
static bool packet(struct lull_reader *r, struct body b, uint32_t port, struct lull_packet *out)
{
	struct pcapng *s = r->state;
	if (port >= s->n_interfaces)
		return lull_reader_fail(r, "a packet of interface %u, of which there are %u", port,
			s->n_interfaces);
	out->port = (uint16_t)port;
	out->caplen = lull_load32(b.at + 12, s->swap);
	out->wirelen = lull_load32(b.at + 16, s->swap);
	if (!view(r, b, 20, out))
		return false;
	uint64_t raw =
		(uint64_t)lull_load32(b.at + 4, s->swap) << 32 | lull_load32(b.at + 8, s->swap);
	out->ts_ns = lull_pcapng_clock_read(&s->interfaces[port].clock, raw);
	if (out->ts_ns != LULL_TIME_NONE)
		s->last_ns = out->ts_ns;
	return true;
}

static bool simple_packet(struct lull_reader *r, struct body b, struct lull_packet *out)
{
	const struct pcapng *s = r->state;
	out->port = 0;
	out->wirelen = lull_load32(b.at, s->swap);
	// The block does not say how much was captured: the interface's snapshot length does.
	uint32_t snaplen = s->n_interfaces > 0 ? s->interfaces[0].snaplen : 0;
	out->caplen = snaplen > 0 && snaplen < out->wirelen ? snaplen : out->wirelen;
	out->ts_ns = s->last_ns;
	return view(r, b, 4, out);
}

// Find the block at `at`: whole, and of one length on either side.
static bool block(struct lull_reader *r, uint32_t *type, struct body *b)
{
	const struct pcapng *s = r->state;
	if (!lull_reader_has(r, BLOCK_HEADER))
		return false;
	*type = lull_load32(r->at, s->swap);
	if (*type == SECTION_HEADER && !section_order(r)) // reads the same in either order
		return false;
	uint32_t total = lull_load32(r->at + 4, s->swap);
	if (total < BLOCK_HEADER + BLOCK_TRAILER || total % 4 != 0 || total > BLOCK_MAX)
		return lull_reader_fail(
			r, "a block of %u bytes (12 to %u, in fours)", total, BLOCK_MAX);
	if (!lull_reader_has(r, total))
		return false;
	uint32_t again = lull_load32(r->at + total - BLOCK_TRAILER, s->swap);
	if (again != total)
		return lull_reader_fail(
			r, "a block that begins with length %u and ends with %u", total, again);
	*b = (struct body){r->at + BLOCK_HEADER, total - BLOCK_HEADER - BLOCK_TRAILER};
	return true;
}

// One block. *got: it was a packet.
static bool take(
	struct lull_reader *r, uint32_t type, struct body b, struct lull_packet *out, bool *got)
{
	const struct pcapng *s = r->state;
	*got = type == ENHANCED_PACKET || type == PACKET || type == SIMPLE_PACKET;
	if (*got && b.len < (type == SIMPLE_PACKET ? 4u : 20u))
		return lull_reader_fail(r, "a packet block of %u bytes", b.len + 12);
	switch (type) {
	case SECTION_HEADER:
		return section(r, b);
	case INTERFACE:
		return interface(r, b);
	case ENHANCED_PACKET:
		return packet(r, b, lull_load32(b.at, s->swap), out);
	case PACKET:
		return packet(r, b, lull_load16(b.at, s->swap), out);
	case SIMPLE_PACKET:
		return simple_packet(r, b, out);
	default:
		return true;
	}
}

static void account(struct lull_reader *r, const struct lull_packet *p)
{
	r->received.packets++;
	r->received.bytes += p->wirelen;
	if (p->ts_ns == LULL_TIME_NONE)
		return;
	r->first_ns = p->ts_ns < r->first_ns ? p->ts_ns : r->first_ns;
	if (r->last_ns == LULL_TIME_NONE || p->ts_ns > r->last_ns)
		r->last_ns = p->ts_ns;
}

static unsigned pcapng_parse(struct lull_reader *r, struct lull_packet *out, unsigned max)
{
	unsigned n = 0;
	while (n < max) {
		uint32_t type = 0;
		struct body b = {NULL, 0};
		bool got = false;
		if (!block(r, &type, &b) || !take(r, type, b, &out[n], &got))
			break;
		r->at = b.at + b.len + BLOCK_TRAILER;
		if (got)
			account(r, &out[n++]);
	}
	return n;
}

static bool pcapng_open(struct lull_reader *r)
{
	r->state = calloc(1, sizeof(struct pcapng));
	if (r->state == NULL)
		return lull_reader_fail(r, "out of memory");
	return true; // the first section header is a block like any other
}

static void pcapng_close(struct lull_reader *r)
{
	struct pcapng *s = r->state;
	if (s != NULL)
		free(s->interfaces);
	free(s);
	r->state = NULL;
}

const struct lull_format lull_format_pcapng = {
	.name = "pcapng",
	.open = pcapng_open,
	.parse = pcapng_parse,
	.close = pcapng_close,
};
