// SPDX-License-Identifier: BSD-3-Clause
// Building the IPv4 tables from spans. What is chosen when is measured: docs of the project's
// performance say why (a filter pays while it says no often enough).

#include "match4.h"
#include "pages.h"
#include <errno.h>
#include <stdlib.h>

#define TABLE_ENTRIES (1u << 24)
#define TABLE_BYTES (TABLE_ENTRIES * sizeof(uint32_t))
#define DEEP_MAX 0x7fffffffu
#define COARSE_SHARE 0.20 // of all /16s: beyond, 64 Ki bits say yes too often
#define SMALL_BITS 4096   // of a filter; blocks that share a bit are near for no reason,
#define SMALL_SHARE 0.002 // which costs less than a larger filter in L1 while so few are
#define FINE_SHARE 0.15   // of all /24s
#define HUGE_SHARE 0.05   // of all /24s: fewer leave most 4 KiB pages of the table untouched

// Last address of span i.
static uint32_t last_of(const struct lull_spans *s, size_t i)
{
	return i + 1 < s->n ? (uint32_t)s->spans[i + 1].lo - 1 : UINT32_MAX;
}

// How many blocks of 2^shift addresses hold a target's address.
static size_t blocks_covered(const struct lull_spans *s, unsigned shift)
{
	size_t n = 0;
	int64_t newest = -1;
	for (size_t i = 0; i < s->n; i++) {
		if (s->spans[i].target == LULL_NO_TARGET)
			continue;
		int64_t first = (int64_t)(s->spans[i].lo >> shift), last = last_of(s, i) >> shift;
		first = first > newest ? first : newest + 1;
		n += last >= first ? (size_t)(last - first + 1) : 0;
		newest = last;
	}
	return n;
}

static void mark_blocks(uint32_t *filter, const struct lull_spans *s, unsigned shift, uint32_t mask)
{
	for (size_t i = 0; i < s->n; i++) {
		if (s->spans[i].target == LULL_NO_TARGET)
			continue;
		for (uint64_t b = s->spans[i].lo >> shift; b <= last_of(s, i) >> shift; b++)
			filter[(b & mask) >> 5] |= 1u << (b & 31);
	}
}

// What is near, by the bytes of a packet, for filters that stay in L1 as that, too: two bytes of
// the same block may meet in another place than two bits do, and near for no reason is no fault.
static int build_near(struct lull_match4 *m, const struct lull_spans *s)
{
	if (m->filter_shift != 16 || m->filter_mask >= LULL_MATCH4_NEARS)
		return 0;
	m->near = calloc(LULL_MATCH4_NEARS, 1);
	if (m->near == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++) {
		if (s->spans[i].target == LULL_NO_TARGET)
			continue;
		for (uint32_t b = (uint32_t)(s->spans[i].lo >> 16); b <= last_of(s, i) >> 16; b++)
			m->near[lull_match4_near_at(b >> 8, b & 255)] = 1;
	}
	return 0;
}

// For so many /16s: a filter as small as pays.
static uint32_t mask_for(size_t slash16s)
{
	uint32_t bits = SMALL_BITS;
	while (bits < 65536 && (double)slash16s > SMALL_SHARE * bits)
		bits *= 2;
	return bits - 1;
}

static int build_filter(struct lull_match4 *m, const struct lull_spans *s, size_t slash24s)
{
	size_t slash16s = blocks_covered(s, 16);
	if (slash16s < COARSE_SHARE * 65536)
		m->filter_shift = 16;
	else if (slash24s < FINE_SHARE * TABLE_ENTRIES)
		m->filter_shift = 8;
	else
		m->filter_shift = 31;
	m->filter_mask = UINT32_MAX >> m->filter_shift;
	if (m->filter_shift == 16)
		m->filter_mask = mask_for(slash16s);
	m->filter_bytes = m->filter_mask < 32 ? sizeof(uint32_t) : (m->filter_mask + 1) / 8;
	m->filter = calloc(1, m->filter_bytes);
	if (m->filter == NULL)
		return -ENOMEM;
	if (m->filter_shift == 31)
		m->filter[0] = 3;
	else
		mark_blocks(m->filter, s, m->filter_shift, m->filter_mask);
	return build_near(m, s);
}

// The /24 that span i starts in the middle of, or ends in, is divided. Writes its block and
// returns the first span that does not end inside it.
static size_t divide(struct lull_match4 *m, const struct lull_spans *s, size_t i, uint32_t slash24,
	size_t *words)
{
	uint32_t *block = m->deep + *words, starts = 0;
	uint8_t before[8] = {0};
	memset(block, 0, LULL_MATCH4_HEADER * sizeof(*block));
	for (;; i++) {
		uint32_t at = s->spans[i].lo >> 8 < slash24 ? 0 : (uint32_t)s->spans[i].lo & 255;
		block[at >> 5] |= 1u << (at & 31);
		block[LULL_MATCH4_HEADER + starts++] = s->spans[i].target;
		for (uint32_t w = (at >> 5) + 1; w < 8; w++)
			before[w]++;
		if (i + 1 == s->n || s->spans[i + 1].lo >> 8 > slash24)
			break;
	}
	memcpy(block + LULL_MATCH4_STARTS, before, sizeof(before));
	m->table[slash24] = LULL_MATCH4_DEEP | (uint32_t)*words;
	*words += LULL_MATCH4_HEADER + starts;
	return i;
}

// Words of all divided /24s: each has a header and one target more than boundaries inside.
static size_t count_deep(const struct lull_spans *s)
{
	size_t words = 0;
	int64_t newest = -1;
	for (size_t i = 1; i < s->n; i++) {
		if ((s->spans[i].lo & 255) == 0)
			continue;
		int64_t slash24 = (int64_t)(s->spans[i].lo >> 8);
		words += slash24 == newest ? 1 : LULL_MATCH4_HEADER + 2;
		newest = slash24;
	}
	return words;
}

static void fill_table(struct lull_match4 *m, const struct lull_spans *s)
{
	size_t words = 0;
	for (size_t i = 0; i < s->n;) {
		uint64_t end = (uint64_t)last_of(s, i) + 1;
		uint64_t whole = (s->spans[i].lo + 255) >> 8; // the first /24 it covers whole
		for (; whole < end >> 8 && s->spans[i].target != LULL_NO_TARGET; whole++)
			m->table[whole] = s->spans[i].target;
		// Where span i ends inside a /24, the last span in there may go on beyond.
		if ((end & 255) == 0)
			i++;
		else
			i = divide(m, s, i, (uint32_t)(end >> 8), &words);
	}
}

static int build_table(struct lull_match4 *m, const struct lull_spans *s, size_t slash24s)
{
	m->deep_words = count_deep(s);
	if (m->deep_words > DEEP_MAX)
		return -ENOMEM;
	m->table = lull_pages_map(TABLE_BYTES, slash24s > HUGE_SHARE * TABLE_ENTRIES);
	if (m->table == NULL)
		return -ENOMEM;
	if (m->deep_words > 0) {
		m->deep = lull_pages_map(m->deep_words * sizeof(*m->deep), true);
		if (m->deep == NULL)
			return -ENOMEM;
	}
	fill_table(m, s);
	return 0;
}

int lull_match4_init(struct lull_match4 *m, const struct lull_spans *spans)
{
	*m = (struct lull_match4){0};
	size_t slash24s = blocks_covered(spans, 8);
	int e = build_filter(m, spans, slash24s);
	return e < 0 || spans->n_prefixes == 0 ? e : build_table(m, spans, slash24s);
}

void lull_match4_finish(struct lull_match4 *m)
{
	free(m->filter);
	free(m->near);
	lull_pages_unmap(m->table, TABLE_BYTES);
	lull_pages_unmap(m->deep, m->deep_words * sizeof(*m->deep));
	*m = (struct lull_match4){0};
}

size_t lull_match4_bytes(const struct lull_match4 *m)
{
	return m->filter_bytes + (m->near == NULL ? 0 : LULL_MATCH4_NEARS) +
	       (m->table == NULL ? 0 : TABLE_BYTES) + m->deep_words * sizeof(*m->deep);
}
