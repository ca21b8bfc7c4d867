// SPDX-License-Identifier: BSD-3-Clause
// Telling packets that cannot be of any target from those that have to be read. What is looked at
// here is less than what decode.c reads, and where both decide they decide alike: tests/unit/
// test_sift.c holds this to the full way on every kind of frame.

#include "ip.h"
#include "link.h"
#include "match.h"
#include "transport.h"

#include <lull/sift.h>
#include <stddef.h>

#define PLAIN_IP4 0x080045 // EtherType, version and header length

// Protocols of packets that may be far: the first where no tunnel is to be looked into. A byte
// each: which of them it is cannot be predicted, and one load beats what comparing them takes.
static const uint8_t may_be_far[2][256] = {
	{[LULL_PROTO_TCP] = 1, [LULL_PROTO_UDP] = 1},
	{[LULL_PROTO_TCP] = 1},
};

// What a burst has in common.
struct sift {
	const struct lull_match4 *v4;
	const struct lull_match6 *v6;
	const uint8_t *protocols; // one of the above
};

// 1 when the protocol is looked into.
static inline uint32_t other(const struct sift *s, uint8_t proto)
{
	return s->protocols[proto] ^ 1;
}

// Is this EtherType and the first six bytes behind it IPv4 with a header of 20 bytes, and a total
// length of no less? That is the high half of the lower four.
static inline bool plain4(uint64_t start)
{
	return start >> 40 == PLAIN_IP4 && (uint32_t)start >= UINT32_C(20) << 16;
}

static inline uint64_t sum4(uint64_t addresses)
{
	return (addresses >> 32) + (uint32_t)addresses;
}

static uint32_t odd4(
	const struct sift *s, const struct lull_cursor *c, uint32_t skip, uint64_t *sum)
{
	uint64_t addresses = lull_cursor_u64(c, skip + 12);
	*sum = sum4(addresses);
	return other(s, lull_cursor_u8(c, skip + 9)) |
	       lull_match4_near(s->v4, (uint32_t)(addresses >> 32)) |
	       lull_match4_near(s->v4, (uint32_t)addresses);
}

static uint32_t odd6(
	const struct sift *s, const struct lull_cursor *c, uint32_t skip, uint64_t *sum)
{
	uint64_t src = lull_cursor_u64(c, skip + 8), dst = lull_cursor_u64(c, skip + 24);
	*sum = src + dst + lull_cursor_u64(c, skip + 16) + lull_cursor_u64(c, skip + 32);
	return other(s, lull_cursor_u8(c, skip + 6)) | (lull_cursor_u8(c, skip) >> 4 != 6) |
	       lull_match6_near(s->v6, src) | lull_match6_near(s->v6, dst);
}

// What is known of any frame. In two registers, so that nothing of the loop below lies in memory.
struct any {
	uint64_t odd; // 1, or 0: far, and sum is set
	uint64_t sum;
};

// Not inlined: the loop below needs the registers.
static __attribute__((noinline)) struct any odd_any(
	const struct sift *s, const struct lull_packet *p)
{
	struct lull_cursor c = lull_cursor_start(p);
	struct any far = {0, 0};
	uint32_t skip = 14;
	if (p->fate != LULL_IN_TIME || p->linktype != LULL_LINK_ETHERNET ||
		!lull_cursor_has(&c, 14 + 20))
		return (struct any){1, 0};
	uint16_t type = lull_cursor_u16(&c, 12);
	if (lull_link_is_tag(type)) {
		skip = 18;
		if (!lull_cursor_has(&c, 18 + 20))
			return (struct any){1, 0};
		type = lull_cursor_u16(&c, 16);
	}
	if (plain4(lull_cursor_u64(&c, skip - 2)))
		far.odd = odd4(s, &c, skip, &far.sum);
	else if (type == LULL_ETHER_IP6 && lull_cursor_has(&c, skip + 40))
		far.odd = odd6(s, &c, skip, &far.sum);
	else
		far.odd = 1;
	return far;
}

// What is the same of nearly all packets of a burst: port, link type, and that they are in time.
// Read at once, since they stand side by side.
static inline uint64_t kind_of(const struct lull_packet *p)
{
	enum { AT = offsetof(struct lull_packet, port), USED = 40 };
	_Static_assert(AT + sizeof(uint64_t) <= sizeof(*p), "all of it lies in the packet");
	_Static_assert(offsetof(struct lull_packet, linktype) == AT + 2 &&
			       offsetof(struct lull_packet, fate) == AT + 4,
		"what stands side by side, and padding");
	uint64_t kind;
	memcpy(&kind, (const uint8_t *)p + AT, sizeof(kind));
	return kind << (64 - USED); // little-endian, as this platform is
}

static inline uint64_t kind_in_time(uint16_t port)
{
	const struct lull_packet p = {
		.port = port, .linktype = LULL_LINK_ETHERNET, .fate = LULL_IN_TIME};
	return kind_of(&p);
}

// How the filter of IPv4 is asked, inlined where it is known.
enum filter { FILTER_BYTES, FILTER_SLASH16, FILTER_ANY };

// 1 when a target is near one of the addresses. at: where they stand in the packet; `addresses`
// has them in order, first in the high half.
static inline uint32_t near_either(
	const struct lull_match4 *m, enum filter filter, const uint8_t *at, uint64_t addresses)
{
	if (filter == FILTER_BYTES)
		return m->near[lull_match4_near_at(at[0], at[1])] |
		       m->near[lull_match4_near_at(at[4], at[5])];
	unsigned shift = filter == FILTER_SLASH16 ? 16 : m->filter_shift;
	return lull_match4_near_either(m->filter, m->filter_mask, shift, addresses);
}

// Untagged IPv4 is what nearly all packets are; of the port of the first they are all when nothing
// comes by the long way.
static inline __attribute__((always_inline)) void sift(const struct sift *s, enum filter filter,
	const struct lull_packet *packets, uint32_t n, struct lull_sifted *out)
{
	const struct lull_match4 v4 = *s->v4;
	const uint8_t *protocols = s->protocols;
	uint16_t port = packets[0].port;
	const uint64_t kind = kind_in_time(port);
	uint32_t ports = 0, n_odd = 0;
	uint64_t bytes = 0;
	for (uint32_t i = 0; i < n; i++) {
		const struct lull_packet *p = &packets[i];
		struct lull_cursor c = {.at = p->data};
		uint64_t sum;
		uint32_t odd;
		if (kind_of(p) == kind && p->caplen >= 14 + 20 && plain4(lull_cursor_u64(&c, 12))) {
			uint64_t addresses = lull_cursor_u64(&c, 26);
			odd = near_either(&v4, filter, c.at + 26, addresses) |
			      (protocols[lull_cursor_u8(&c, 23)] ^ 1);
			sum = sum4(addresses);
		} else {
			struct any any = odd_any(s, p);
			odd = any.odd;
			sum = any.sum;
			ports |= p->port ^ port;
		}
		// which it is cannot be predicted: both lists are written, and one is longer then
		out->odd[n_odd] = (uint16_t)i;
		out->sums[i - n_odd] = sum;
		n_odd += odd;
		bytes += p->wirelen;
	}
	out->n_odd = n_odd;
	out->one_port = ports == 0;
	out->bytes = bytes;
}

void lull_sift(const struct lull_match *m, const struct lull_packet *packets, uint32_t n,
	unsigned decap, struct lull_sifted *out)
{
	const struct sift s = {&m->v4, &m->v6, may_be_far[decap != 0]};
	if (m->v4.near != NULL)
		sift(&s, FILTER_BYTES, packets, n, out);
	else if (m->v4.filter_shift == 16)
		sift(&s, FILTER_SLASH16, packets, n, out);
	else
		sift(&s, FILTER_ANY, packets, n, out);
}

void lull_sift_none(uint32_t n, struct lull_sifted *out)
{
	for (uint32_t i = 0; i < n; i++)
		out->odd[i] = (uint16_t)i;
	out->n_odd = n;
	out->one_port = false;
}
