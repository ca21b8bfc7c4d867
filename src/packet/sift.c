// SPDX-License-Identifier: BSD-3-Clause
// Telling packets that cannot be of any target from those that have to be read. What is looked at
// here is less than what decode.c reads, and where both decide they decide alike: tests/unit/
// test_sift.c holds this to the full way on every kind of frame.

#include "ip.h"
#include "link.h"
#include "match.h"
#include "transport.h"

#include <lull/sift.h>

#define PLAIN_IP4 UINT64_C(0x0800450000000000) // EtherType, version and header length
#define PLAIN_MASK UINT64_C(0xffffff0000000000)

// What a burst has in common.
struct sift {
	struct lull_match4 v4;
	const struct lull_match6 *v6;
	uint32_t protocols; // a bit for each that is not looked into
};

// One shift, not two comparisons: which of the protocols it is cannot be predicted.
static inline uint32_t known(const struct sift *s, uint8_t proto)
{
	return proto < 32 ? s->protocols >> proto & 1 : 0;
}

// The cursor stands `skip` bytes before an IPv4 header, and start is what it starts with: the
// EtherType and six bytes. True: far, and *sum is set.
static inline bool far4(const struct sift *s, const struct lull_cursor *c, uint32_t skip,
	uint64_t start, uint64_t *sum)
{
	uint64_t addresses = lull_cursor_u64(c, skip + 12);
	uint32_t src = (uint32_t)(addresses >> 32), dst = (uint32_t)addresses;
	uint32_t near = lull_match4_near(&s->v4, src), near_dst = lull_match4_near(&s->v4, dst);
	uint32_t shorter = (start >> 16 & 0xffff) < 20;
	*sum = (uint64_t)src + dst;
	return (near | near_dst | shorter | (known(s, lull_cursor_u8(c, skip + 9)) ^ 1)) == 0;
}

static inline bool far6(
	const struct sift *s, const struct lull_cursor *c, uint32_t skip, uint64_t *sum)
{
	uint64_t src = lull_cursor_u64(c, skip + 8), dst = lull_cursor_u64(c, skip + 24);
	*sum = src + dst + lull_cursor_u64(c, skip + 16) + lull_cursor_u64(c, skip + 32);
	uint32_t near = lull_match6_near(s->v6, src), near_dst = lull_match6_near(s->v6, dst);
	uint32_t other = lull_cursor_u8(c, skip) >> 4 ^ 6;
	return (near | near_dst | other | (known(s, lull_cursor_u8(c, skip + 6)) ^ 1)) == 0;
}

// The frames that are not untagged IPv4.
static bool far_else(const struct sift *s, const struct lull_cursor *c, uint64_t *sum)
{
	uint32_t skip = 14;
	uint16_t type = lull_cursor_u16(c, 12);
	if (lull_link_is_tag(type)) {
		skip = 18;
		if (!lull_cursor_has(c, skip + 20))
			return false;
		uint64_t start = lull_cursor_u64(c, 16);
		if ((start & PLAIN_MASK) == PLAIN_IP4)
			return far4(s, c, skip, start, sum);
		type = lull_cursor_u16(c, 16);
	}
	return type == LULL_ETHER_IP6 && lull_cursor_has(c, skip + 40) && far6(s, c, skip, sum);
}

static inline bool is_far(const struct sift *s, const struct lull_packet *p, uint64_t *sum)
{
	struct lull_cursor c = lull_cursor_start(p);
	if (p->fate != LULL_IN_TIME || p->linktype != LULL_LINK_ETHERNET ||
		!lull_cursor_has(&c, 14 + 20))
		return false;
	uint64_t start = lull_cursor_u64(&c, 12); // EtherType, first six bytes of the IPv4 header
	if ((start & PLAIN_MASK) == PLAIN_IP4)
		return far4(s, &c, 14, start, sum);
	return far_else(s, &c, sum);
}

void lull_sift(const struct lull_match *m, const struct lull_packet *packets, uint32_t n,
	unsigned decap, struct lull_sifted *out)
{
	const struct sift s = {.v4 = m->v4,
		.v6 = &m->v6,
		.protocols = 1u << LULL_PROTO_TCP | (decap == 0 ? 1u << LULL_PROTO_UDP : 0)};
	uint32_t n_odd = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t sum = 0;
		bool odd = !is_far(&s, &packets[i], &sum);
		// which it is cannot be predicted: both lists are written, and one is longer then
		out->odd[n_odd] = (uint16_t)i;
		out->sums[i - n_odd] = sum;
		n_odd += odd;
	}
	out->n_odd = n_odd;
}

void lull_sift_none(uint32_t n, struct lull_sifted *out)
{
	for (uint32_t i = 0; i < n; i++)
		out->odd[i] = (uint16_t)i;
	out->n_odd = n;
}
