// SPDX-License-Identifier: BSD-3-Clause
// When outages, floods, holidays and holes happen.

#include "happen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DAY_NS UINT64_C(86400000000000)

static int add(struct lull_happenings *h, uint64_t start, uint64_t end, double factor)
{
	if (h->n == h->cap) {
		size_t cap = h->cap ? 2 * h->cap : 16;
		struct lull_happening *grown = realloc(h->items, cap * sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		h->items = grown;
		h->cap = cap;
	}
	h->items[h->n++] = (struct lull_happening){start, end, factor};
	return 0;
}

static uint64_t total_ns(const struct lull_sim_spec *spec)
{
	return (uint64_t)lull_sim_bins(spec) * spec->bin_ns;
}

// Both numbers are drawn whatever the bounds, so that one kind never shifts another's times.
static uint64_t length(const struct lull_sim_kind *kind, struct lull_random *r)
{
	double u = lull_random_uniform(r), lo = (double)kind->lo_ns, hi = (double)kind->hi_ns;
	if (!(hi > lo) || lo <= 0)
		return kind->lo_ns;
	uint64_t ns = (uint64_t)(lo * lull_random_exp(u * lull_random_ln(hi / lo)));
	return ns < kind->hi_ns ? ns : kind->hi_ns;
}

static double strength(const struct lull_sim_kind *kind, struct lull_random *r)
{
	return kind->lo + (kind->hi - kind->lo) * lull_random_uniform(r);
}

int lull_happen_outages(
	struct lull_happenings *h, const struct lull_sim_spec *spec, struct lull_random *r)
{
	uint64_t total = total_ns(spec);
	double wanted = spec->outages.per_week * (double)total / (double)LULL_SIM_WEEK_NS;
	size_t n = (size_t)wanted;
	if (lull_random_uniform(r) < wanted - (double)n)
		n++;
	if (n == 0 || spec->settle_ns >= total)
		return 0;
	double slot = (double)(total - spec->settle_ns) / (double)n;
	for (size_t i = 0; i < n; i++) {
		double ns = (double)length(&spec->outages, r);
		double remains = strength(&spec->outages, r);
		double u = lull_random_uniform(r);
		if (ns > slot / 2)
			ns = slot / 2;
		uint64_t start = spec->start_ns + spec->settle_ns +
				 (uint64_t)(slot * ((double)i + 0.25) + u * (0.75 * slot - ns));
		uint64_t end = start + (uint64_t)ns;
		if (end > start && add(h, start, end, remains) < 0)
			return -ENOMEM;
	}
	return 0;
}

int lull_happen_often(struct lull_happenings *h, const struct lull_sim_spec *spec,
	const struct lull_sim_kind *kind, struct lull_random *r)
{
	double total = (double)total_ns(spec), at = 0;
	if (kind->per_week <= 0)
		return 0;
	double mean = (double)LULL_SIM_WEEK_NS / kind->per_week;
	for (;;) {
		double gap = lull_random_exponential(r);
		at += mean * gap;
		if (!(at < total))
			return 0;
		uint64_t start = spec->start_ns + (uint64_t)at;
		uint64_t ns = length(kind, r);
		double factor = strength(kind, r);
		if (add(h, start, start + ns, factor) < 0)
			return -ENOMEM;
	}
}

int lull_happen_holidays(
	struct lull_happenings *h, const struct lull_sim_spec *spec, struct lull_random *r)
{
	uint64_t end = spec->start_ns + total_ns(spec);
	for (uint64_t day = spec->start_ns / DAY_NS * DAY_NS; day < end; day += DAY_NS) {
		double u = lull_random_uniform(r);
		double factor = strength(&spec->holidays, r);
		if (u * 7 < spec->holidays.per_week && add(h, day, day + DAY_NS, factor) < 0)
			return -ENOMEM;
	}
	return 0;
}

// Merge sort: qsort() would be free to change the order of equals.
static void merge(struct lull_happening *a, size_t n, struct lull_happening *spare)
{
	if (n < 2)
		return;
	size_t half = n / 2, i = 0, j = half;
	merge(a, half, spare);
	merge(a + half, n - half, spare);
	memcpy(spare, a, half * sizeof(*a));
	for (size_t k = 0; i < half; k++) {
		if (j < n && a[j].start_ns < spare[i].start_ns)
			a[k] = a[j++];
		else
			a[k] = spare[i++];
	}
}

int lull_happen_sort(struct lull_happenings *h)
{
	if (h->n < 2)
		return 0;
	struct lull_happening *spare = malloc(h->n * sizeof(*spare));
	if (spare == NULL)
		return -ENOMEM;
	merge(h->items, h->n, spare);
	free(spare);
	return 0;
}

void lull_happen_finish(struct lull_happenings *h)
{
	free(h->items);
	*h = (struct lull_happenings){0};
}
