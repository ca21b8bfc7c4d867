// SPDX-License-Identifier: BSD-3-Clause
// Address spaces: enumeration and overlaps.

#include "space.h"

#include "random.h"

#include <stdlib.h>
#include <string.h>

#define HOST_BITS 52 // 1,024 prefixes of so many bits fit 62

__extension__ typedef unsigned __int128 wide; // products before the remainder

static unsigned host_bits(const struct lull_prefix *p)
{
	unsigned bits = (p->addr.family == 4 ? 32u : 128u) - p->len;
	return bits < HOST_BITS ? bits : HOST_BITS;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

void lull_space_init(struct lull_space *s, const struct lull_prefix *prefixes, size_t n,
	uint8_t family, uint64_t key)
{
	*s = (struct lull_space){.prefixes = prefixes, .n = n, .family = family};
	for (size_t i = 0; i < n; i++) {
		if (prefixes[i].addr.family == family)
			s->size += UINT64_C(1) << host_bits(&prefixes[i]);
	}
	if (s->size == 0)
		return;
	s->b = lull_random_mix(key) % s->size;
	s->a = lull_random_mix(~key) % s->size;
	while (gcd(s->a, s->size) != 1)
		s->a++;
}

void lull_space_address(const struct lull_space *s, uint64_t k, struct lull_addr *out)
{
	uint64_t at = (uint64_t)(((wide)s->a * k + s->b) % s->size);
	const struct lull_prefix *p = s->prefixes;
	for (size_t i = 0; i < s->n; i++, p++) {
		if (p->addr.family != s->family)
			continue;
		uint64_t size = UINT64_C(1) << host_bits(p);
		if (at < size)
			break;
		at -= size;
	}
	*out = p->addr;
	for (int i = s->family == 4 ? 3 : 15; at != 0; i--, at >>= 8)
		out->bytes[i] |= (uint8_t)at;
}

static int compare(const void *a, const void *b)
{
	const struct lull_space_entry *x = a, *y = b;
	int order = lull_prefix_compare(&x->prefix, &y->prefix);
	return order != 0 ? order : (x->owner > y->owner) - (x->owner < y->owner);
}

// Sorted, a prefix comes right after those that contain it: a stack of open ones suffices.
bool lull_space_overlap(struct lull_space_entry *entries, size_t n,
	bool (*fine)(void *context, int outer, int inner), void *context, size_t *outer,
	size_t *inner)
{
	size_t open[129], depth = 0;
	if (n == 0)
		return false;
	qsort(entries, n, sizeof(*entries), compare);
	for (size_t i = 0; i < n; i++) {
		const struct lull_prefix *p = &entries[i].prefix;
		while (depth > 0 &&
			!lull_prefix_contains(&entries[open[depth - 1]].prefix, &p->addr))
			depth--;
		if (depth > 0 && (depth > 127 || !fine(context, entries[open[depth - 1]].owner,
							 entries[i].owner))) {
			*outer = open[depth - 1];
			*inner = i;
			return true;
		}
		open[depth++] = i;
	}
	return false;
}
