// SPDX-License-Identifier: BSD-3-Clause
// The open claim of a baseline, and longer bins.

#include "alarm.h"
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>

#define WEEK_NS (7 * 86400 * LULL_NS_PER_SECOND)

static uint64_t starts(const struct lull_timeseries *s, size_t bin)
{
	return s->start_ns + bin * s->bin_ns;
}

int lull_alarm_raise(struct lull_alarm *a, bool up, size_t onset, size_t now)
{
	uint64_t ns = starts(a->s, onset);
	const struct lull_claim claim = {.onset_ns = ns,
		.onset_lo_ns = ns,
		.onset_hi_ns = ns,
		.detected_ns = starts(a->s, now + 1),
		.end_ns = LULL_TIME_NONE,
		.lost = NAN,
		.up = up};
	int e = lull_claims_add(a->claims, &claim);
	if (e < 0)
		return e;
	a->open = true;
	a->up = up;
	a->onset = onset;
	a->raised = now;
	a->expected = a->seen = 0.0;
	a->at = a->claims->n - 1;
	return 0;
}

void lull_alarm_count(struct lull_alarm *a, double expected, double value)
{
	a->expected += expected;
	a->seen += value;
	a->claims->items[a->at].lost = a->expected > 0.0 ? 1.0 - a->seen / a->expected : NAN;
}

void lull_alarm_end(struct lull_alarm *a, size_t bin, bool shift)
{
	a->claims->items[a->at].end_ns = starts(a->s, bin);
	a->claims->items[a->at].shift = shift;
	a->open = false;
}

bool lull_alarm_old(const struct lull_alarm *a, size_t least, size_t now)
{
	return now + 1 - a->onset >= lull_bins_of(a->s, WEEK_NS, least);
}

size_t lull_bins_of(const struct lull_timeseries *s, uint64_t ns, size_t least)
{
	uint64_t n = (ns + s->bin_ns - 1) / s->bin_ns;
	return n > least ? n : least;
}

int lull_coarsen(
	const struct lull_timeseries *s, uint64_t ns, struct lull_timeseries *out, double **to_free)
{
	*out = *s;
	*to_free = NULL;
	size_t by = lull_bins_of(s, ns, 1), first = (s->start_ns / s->bin_ns) % by;
	if (by == 1)
		return 0;
	first = first > 0 ? by - first : 0;
	out->n = s->n > first ? (s->n - first) / by : 0;
	out->start_ns = starts(s, first);
	out->bin_ns = by * s->bin_ns;
	out->value = *to_free = malloc((out->n + 1) * sizeof(double));
	if (*to_free == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < out->n; i++) {
		const double *v = s->value + first + i * by;
		double sum = 0.0;
		size_t known = 0;
		for (size_t j = 0; j < by; j++)
			if (!isnan(v[j])) {
				sum += v[j];
				known++;
			}
		out->value[i] = 2 * known >= by ? sum * ((double)by / (double)known) : NAN;
	}
	return 0;
}
