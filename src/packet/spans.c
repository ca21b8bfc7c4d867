// SPDX-License-Identifier: BSD-3-Clause
// One sweep over the sorted prefixes with a stack of those that are open.

#include "spans.h"
#include <errno.h>
#include <stdlib.h>

#define NESTED_MAX 130 // lengths 0..128 can nest, below them the space itself

struct open_prefix {
	unsigned __int128 last; // its highest address
	uint32_t target;
};

struct sweep {
	struct lull_spans *out;
	struct open_prefix open[NESTED_MAX];
	size_t depth;
};

static unsigned __int128 value_of(const struct lull_addr *addr)
{
	unsigned __int128 v = 0;
	for (int i = 0; i < (addr->family == 4 ? 4 : 16); i++)
		v = v << 8 | addr->bytes[i];
	return v;
}

static unsigned __int128 last_of(const struct lull_prefix *p)
{
	unsigned width = p->addr.family == 4 ? 32 : 128;
	unsigned __int128 rest = p->len == 0 && width == 128
					 ? ~(unsigned __int128)0
					 : ((unsigned __int128)1 << (width - p->len)) - 1;
	return value_of(&p->addr) | rest;
}

static bool starts_at(const struct lull_span *s, unsigned __int128 start)
{
	return s->hi == (uint64_t)(start >> 64) && s->lo == (uint64_t)start;
}

// From start on the space belongs to target. What began at the same address is overruled.
static void cut(struct lull_spans *out, unsigned __int128 start, uint32_t target)
{
	if (out->n > 0 && starts_at(&out->spans[out->n - 1], start))
		out->n--;
	if (out->n > 0 && out->spans[out->n - 1].target == target)
		return;
	out->spans[out->n++] = (struct lull_span){(uint64_t)(start >> 64), (uint64_t)start, target};
}

// Close every open prefix that ends before start; all of them when past the end.
static void close_before(struct sweep *s, unsigned __int128 start, bool all)
{
	while (s->depth > 1 && (all || s->open[s->depth - 1].last < start)) {
		unsigned __int128 next = s->open[--s->depth].last + 1;
		if (next - 1 != s->open[0].last)
			cut(s->out, next, s->open[s->depth - 1].target);
	}
}

static size_t count_family(const struct lull_target_prefix *prefixes, size_t n, uint8_t family)
{
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		count += prefixes[i].prefix.addr.family == family;
	return count;
}

int lull_spans_build(
	const struct lull_target_prefix *prefixes, size_t n, uint8_t family, struct lull_spans *out)
{
	size_t count = count_family(prefixes, n, family);
	*out = (struct lull_spans){.n_prefixes = count};
	out->spans = malloc((2 * count + 1) * sizeof(*out->spans));
	if (out->spans == NULL)
		return -ENOMEM;
	struct sweep s = {.out = out, .depth = 1};
	s.open[0].last = family == 4 ? UINT32_MAX : ~(unsigned __int128)0;
	cut(out, 0, LULL_NO_TARGET);
	for (size_t i = 0; i < n; i++) {
		const struct lull_prefix *p = &prefixes[i].prefix;
		if (p->addr.family != family)
			continue;
		unsigned __int128 start = value_of(&p->addr);
		close_before(&s, start, false);
		cut(out, start, prefixes[i].target);
		s.open[s.depth++] = (struct open_prefix){last_of(p), prefixes[i].target};
	}
	close_before(&s, 0, true);
	return 0;
}
