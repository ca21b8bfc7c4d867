// SPDX-License-Identifier: BSD-3-Clause
// Packets seen twice: when they are looked for, what is the same in copies, which ones are chosen,
// and the table of those.

#include <lull/duplicates.h>
#include <string.h>

#include "packet/link.h"

enum {
	CHOOSER_BYTES = 8, // behind the IP header, at least: ports, and sequence number or checksum
	PAYLOAD_BYTES = 40, // TCP with its time stamps: two sendings of one segment differ
	IP4_BYTES = 20,
	IP6_BYTES = 40,
	PLAIN_BYTES = 14 + IP4_BYTES + CHOOSER_BYTES,
};

#define SPREAD UINT64_C(0x9e3779b97f4a7c15) // 2^64 over the golden ratio

#define PLAIN_IP4 UINT64_C(0x0800450000000000) // EtherType, version and header length
#define PLAIN_MASK UINT64_C(0xffffff0000000000)

// A packet's outermost IP header and what follows.
struct view {
	const uint8_t *ip;
	struct lull_cursor payload; // without padding and trailers
	uint64_t chooser;           // the same in copies, another in the next packet
	bool six;
};

void lull_duplicates_init(struct lull_duplicates *d, struct lull_sipkey key)
{
	memset(d, 0, sizeof(*d));
	d->key = key;
}

static uint64_t load64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof(v));
	return v;
}

static bool view_ip4(struct lull_cursor c, struct view *v)
{
	if (!lull_cursor_has(&c, IP4_BYTES))
		return false;
	uint32_t header = (lull_cursor_u8(&c, 0) & 15u) * 4, total = lull_cursor_u16(&c, 2);
	if (header < IP4_BYTES || total < header)
		return false;
	v->ip = c.at;
	v->six = false;
	v->chooser = load64(c.at + 12) * SPREAD + lull_cursor_u16(&c, 4);
	lull_cursor_bound(&c, total);
	lull_cursor_skip(&c, header);
	v->payload = c;
	return true;
}

static bool view_ip6(struct lull_cursor c, struct view *v)
{
	if (!lull_cursor_has(&c, IP6_BYTES))
		return false;
	v->ip = c.at;
	v->six = true;
	v->chooser = (load64(c.at + 16) ^ load64(c.at + 32)) * SPREAD;
	lull_cursor_bound(&c, IP6_BYTES + lull_cursor_u16(&c, 4));
	lull_cursor_skip(&c, IP6_BYTES);
	v->payload = c;
	return true;
}

// False: nothing to recognise it by.
static bool view_packet(const struct lull_packet *p, struct view *v)
{
	struct lull_headers unused;
	struct lull_cursor c = lull_cursor_start(p);
	enum lull_layer l = lull_link_read(&c, p->linktype, &unused);
	bool ok = l == LULL_AT_IP4 ? view_ip4(c, v) : l == LULL_AT_IP6 ? view_ip6(c, v) : false;
	if (!ok || !lull_cursor_has(&v->payload, CHOOSER_BYTES))
		return false;
	v->chooser += load64(v->payload.at);
	return true;
}

// Its high bits depend on all of h.
static uint64_t mixed(uint64_t h)
{
	h ^= h >> 32;
	return h * UINT64_C(0xff51afd7ed558ccd);
}

// Untagged IPv4 without options, as nearly all packets are, and nearly all of those are not chosen:
// their chooser is read from known places, and is what view_packet() would find. False: not such.
static inline bool plain_chooser(const struct lull_packet *p, uint64_t *chooser)
{
	struct lull_cursor c = lull_cursor_start(p);
	if (p->linktype != LULL_LINK_ETHERNET || !lull_cursor_has(&c, PLAIN_BYTES))
		return false;
	uint64_t start = lull_cursor_u64(&c, 12); // EtherType, first six bytes of the IPv4 header
	*chooser = load64(c.at + 26) * SPREAD + (start & 0xffff) + load64(c.at + 34);
	return (start & PLAIN_MASK) == PLAIN_IP4 &&
	       (start >> 16 & 0xffff) >= IP4_BYTES + CHOOSER_BYTES;
}

// A product with a secret odd number (multiply-shift; Dietzfelbinger and others, 1997): which
// packets are chosen is not to be foreseen, and that is all it must be.
static bool chosen(const struct lull_duplicates *d, uint64_t chooser)
{
	uint64_t h = mixed((chooser ^ d->key.k1) * (d->key.k0 | 1));
	return h >> 32 < (UINT64_C(1) << 32) / LULL_DUPLICATES_SAMPLE;
}

#define SHORT 32           // packets of a burst that says nothing of load
#define STRETCH_SHIFT 27   // 2^27 ns = 134 ms
#define STRETCHES_SHIFT 61 // one stretch in 2^(64 - 61)

bool lull_duplicates_due(const struct lull_duplicates *d, uint32_t n, uint64_t now_ns)
{
	uint64_t stretch = (now_ns >> STRETCH_SHIFT) + d->key.k1;
	return n < SHORT || mixed(stretch * (d->key.k0 | 1)) >> STRETCHES_SHIFT == 0;
}

static void tally(_Atomic uint64_t *count)
{
	uint64_t v = atomic_load_explicit(count, memory_order_relaxed);
	atomic_store_explicit(count, v + 1, memory_order_relaxed);
}

// RFC 791, 3.1: all but version, TOS, TTL, checksum and options. RFC 8200, 3: payload length, next
// header and addresses.
static uint64_t digest_of(const struct lull_duplicates *d, const struct view *v)
{
	uint8_t bytes[IP6_BYTES + PAYLOAD_BYTES];
	uint32_t n = v->payload.left < PAYLOAD_BYTES ? v->payload.left : PAYLOAD_BYTES;
	uint32_t header = v->six ? 3 + 32 : 6 + 1 + 8;
	if (v->six) {
		memcpy(bytes, v->ip + 4, 3);
		memcpy(bytes + 3, v->ip + 8, 32);
	} else {
		memcpy(bytes, v->ip + 2, 6); // total length, identification, fragment
		bytes[6] = v->ip[9];
		memcpy(bytes + 7, v->ip + 12, 8);
	}
	memcpy(bytes + header, v->payload.at, n);
	return lull_siphash(&d->key, bytes, header + n) | 1; // never that of a free slot
}

static void remember(struct lull_duplicates *d, uint64_t digest, uint64_t ts_ns)
{
	struct lull_duplicate *slot = &d->slots[digest >> 32 & (LULL_DUPLICATES_SLOTS - 1)];
	uint64_t apart = slot->ts_ns > ts_ns ? slot->ts_ns - ts_ns : ts_ns - slot->ts_ns;
	tally(&d->sampled);
	if (slot->digest == digest && apart <= LULL_DUPLICATES_NS)
		tally(&d->copies);
	*slot = (struct lull_duplicate){.digest = digest, .ts_ns = ts_ns};
}

void lull_duplicates_see(struct lull_duplicates *d, const struct lull_packet *packets, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct view v;
		uint64_t plain;
		if (plain_chooser(&packets[i], &plain) && !chosen(d, plain))
			continue;
		if (view_packet(&packets[i], &v) && chosen(d, v.chooser))
			remember(d, digest_of(d, &v), packets[i].ts_ns);
	}
}
