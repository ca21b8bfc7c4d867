// SPDX-License-Identifier: BSD-3-Clause
// Telling packets that cannot be of any target from those that have to be read. What is looked at
// here is less than what decode.c reads, and where both decide they decide alike: tests/unit/
// test_sift.c holds this to the full way on every kind of frame.

#include "ip.h"
#include "link.h"
#include "match.h"
#include "transport.h"

#include <lull/sift.h>

#define PLAIN_IP4 0x080045 // EtherType, version and header length

// What a burst has in common.
struct sift {
	const struct lull_match4 *v4;
	const struct lull_match6 *v6;
	uint32_t others; // a bit for each protocol below 32 that is looked into
};

// 1 when the protocol is looked into. One shift, not two comparisons: which of them it is
// cannot be predicted.
static inline uint32_t other(uint32_t others, uint32_t proto)
{
	return (others >> (proto & 31) & 1) | (proto > 31);
}

// Is this EtherType and the first six bytes behind it IPv4 with a header of 20 bytes, and a total
// length of no less?
static inline bool plain4(uint64_t start)
{
	return start >> 40 == PLAIN_IP4 && (start >> 16 & 0xffff) >= 20;
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
	return other(s->others, lull_cursor_u8(c, skip + 9)) |
	       lull_match4_near(s->v4, (uint32_t)(addresses >> 32)) |
	       lull_match4_near(s->v4, (uint32_t)addresses);
}

static uint32_t odd6(
	const struct sift *s, const struct lull_cursor *c, uint32_t skip, uint64_t *sum)
{
	uint64_t src = lull_cursor_u64(c, skip + 8), dst = lull_cursor_u64(c, skip + 24);
	*sum = src + dst + lull_cursor_u64(c, skip + 16) + lull_cursor_u64(c, skip + 32);
	return other(s->others, lull_cursor_u8(c, skip + 6)) | (lull_cursor_u8(c, skip) >> 4 != 6) |
	       lull_match6_near(s->v6, src) | lull_match6_near(s->v6, dst);
}

// Any frame: 1, or 0: far, and *sum is set. Not inlined: the loop below needs the registers.
static __attribute__((noinline)) uint32_t odd_any(
	const struct sift *s, const struct lull_packet *p, uint64_t *sum)
{
	struct lull_cursor c = lull_cursor_start(p);
	uint32_t skip = 14;
	*sum = 0;
	if (p->fate != LULL_IN_TIME || p->linktype != LULL_LINK_ETHERNET ||
		!lull_cursor_has(&c, 14 + 20))
		return 1;
	uint16_t type = lull_cursor_u16(&c, 12);
	if (lull_link_is_tag(type)) {
		skip = 18;
		if (!lull_cursor_has(&c, 18 + 20))
			return 1;
		type = lull_cursor_u16(&c, 16);
	}
	if (plain4(lull_cursor_u64(&c, skip - 2)))
		return odd4(s, &c, skip, sum);
	if (type != LULL_ETHER_IP6 || !lull_cursor_has(&c, skip + 40))
		return 1;
	return odd6(s, &c, skip, sum);
}

// What untagged IPv4 has that may be far, beside its first bytes.
static inline bool may_be_far(const struct lull_packet *p, uint16_t port)
{
	return p->fate == LULL_IN_TIME && p->linktype == LULL_LINK_ETHERNET && p->port == port &&
	       p->caplen >= 14 + 20;
}

// shift: as v4's filter has it; inlined where it is known. Untagged IPv4 is what nearly all packets
// are; of the port of the first they are all when nothing comes by the long way.
static inline void sift(const struct sift *s, unsigned shift, const struct lull_packet *packets,
	uint32_t n, struct lull_sifted *out)
{
	const uint32_t *filter = s->v4->filter, mask = s->v4->filter_mask, others = s->others;
	uint16_t port = packets[0].port;
	uint32_t ports = 0, n_odd = 0;
	uint64_t bytes = 0;
	for (uint32_t i = 0; i < n; i++) {
		const struct lull_packet *p = &packets[i];
		struct lull_cursor c = {.at = p->data};
		uint64_t sum;
		uint32_t odd;
		if (may_be_far(p, port) && plain4(lull_cursor_u64(&c, 12))) {
			uint64_t addresses = lull_cursor_u64(&c, 26);
			odd = lull_match4_near_either(filter, mask, shift, addresses) |
			      other(others, lull_cursor_u8(&c, 23));
			sum = sum4(addresses);
		} else {
			odd = odd_any(s, p, &sum);
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
	const uint32_t far = 1u << LULL_PROTO_TCP | (decap == 0 ? 1u << LULL_PROTO_UDP : 0);
	const struct sift s = {.v4 = &m->v4, .v6 = &m->v6, .others = ~far};
	if (m->v4.filter_shift == 16)
		sift(&s, 16, packets, n, out);
	else
		sift(&s, m->v4.filter_shift, packets, n, out);
}

void lull_sift_none(uint32_t n, struct lull_sifted *out)
{
	for (uint32_t i = 0; i < n; i++)
		out->odd[i] = (uint16_t)i;
	out->n_odd = n;
	out->one_port = false;
}
