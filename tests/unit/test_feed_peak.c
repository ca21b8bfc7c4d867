// SPDX-License-Identifier: BSD-3-Clause
// Spikes and bursts as events, and which surges are told at all.

#include "eval/feed.h"
#include "eval/feed_peak.h"
#include "rival_fixture.h"
#include <string.h>

#define N 2000

struct told {
	struct lull_event events[64];
	size_t n;
};

static void take(void *context, const struct lull_event *e)
{
	struct told *t = context;
	cr_assert(lt(sz, t->n, 64));
	t->events[t->n++] = *e;
}

// Five minutes of requests, bursty: exponential around 100.
static struct lull_timeseries bursty(void)
{
	struct lull_timeseries s = calm(5 * MINUTE_NS, N, 100);
	struct lull_random r;
	lull_random_init(&r, 3, 0);
	s.name = strdup("requests");
	for (size_t i = 0; i < N; i++)
		s.value[i] = round(100.0 * lull_random_exponential(&r));
	return s;
}

static struct told *judge(const struct lull_timeseries *s, bool both)
{
	struct told *t = calloc(1, sizeof(*t));
	struct lull_config *c = lull_feed_config(s, 1);
	cr_assert(c != NULL);
	c->detector.both = both;
	c->detector.budget_per_day = BUDGET;
	cr_assert(eq(int, lull_config_check(c), 0));
	cr_assert(eq(int, lull_feed(s, 1, c, take, NULL, t), 0));
	return t;
}

// The events of lull_feed_peak() alone.
static struct told *peaks(
	const struct lull_timeseries *s, const struct lull_feed_span *spans, size_t n_spans)
{
	struct told *t = calloc(1, sizeof(*t));
	struct lull_feed_sight *sights = calloc(s->n, sizeof(*sights));
	struct lull_config *c = lull_feed_config(s, 1);
	cr_assert(c != NULL);
	c->detector.budget_per_day = BUDGET;
	cr_assert(eq(int, lull_feed_peak_look(s, sights), 0));
	lull_feed_peak(s, c, sights, spans, n_spans, take, t);
	free(sights);
	return t;
}

// Of surges alone: the first revision of each, and how many of them begin after the warm-up.
static size_t surges(const struct told *t, const struct lull_timeseries *s, size_t *at)
{
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++) {
		const struct lull_event *e = &t->events[i];
		if (e->kind == LULL_SURGE && e->rev == 1 && bin_at(s, e->onset.ns) > 220.0 &&
			n++ == 0)
			*at = i;
	}
	return n;
}

Test(feed_peak, a_spike_of_one_bin_is_a_surge_when_rises_are_asked_for)
{
	struct lull_timeseries s = bursty();
	size_t at = 0;
	s.value[1500] = 3000.0;
	cr_assert(eq(sz, judge(&s, false)->n, 0));
	struct told *t = judge(&s, true);
	cr_assert(eq(sz, surges(t, &s, &at), 1)); // told once, whoever saw it first
	cr_assert(eq(u32, t->events[at].target, 1));
	t = peaks(&s, NULL, 0);
	cr_assert(eq(sz, t->n, 2));
	const struct lull_event *e = &t->events[0];
	cr_assert(eq(int, e->state, LULL_CONFIRMED));
	cr_assert(zero(int, strcmp(e->target_name, "requests")));
	cr_assert(eq(dbl, bin_at(&s, e->onset.ns), 1500.0));
	cr_assert(eq(dbl, bin_at(&s, e->detected_ns), 1501.0));
	cr_assert(lt(dbl, fabs(e->expected_pps - 100.0), 15.0));
	cr_assert(eq(dbl, e->observed_pps, 3000.0));
	cr_assert(eq(dbl, e->lost.value, -9.0));
	cr_assert(gt(dbl, e->evidence, e->threshold));
	const struct lull_event *end = &t->events[t->n - 1];
	cr_assert(zero(int, strcmp(end->id, e->id)));
	cr_assert(eq(int, end->state, LULL_ENDED));
	cr_assert(eq(dbl, bin_at(&s, end->revised_ns), 1523.0));
	cr_assert(eq(dbl, bin_at(&s, end->end.ns), 1501.0));
}

Test(feed_peak, an_hour_of_bins_none_of_which_is_rare_is_one_surge_dated_by_its_beginning)
{
	struct lull_timeseries s = bursty();
	size_t at = 0;
	for (size_t i = 1500; i < 1512; i++)
		s.value[i] = 350.0;
	struct told *t = judge(&s, true);
	cr_assert(eq(sz, surges(t, &s, &at), 1));
	const struct lull_event *e = &t->events[at];
	cr_assert(le(dbl, fabs(bin_at(&s, e->onset.ns) - 1500.0), 1.0));
	cr_assert(le(u64, e->onset.lo_ns, e->onset.ns));
	cr_assert(ge(u64, e->onset.hi_ns, e->onset.ns));
}

Test(feed_peak, spikes_that_come_every_day_are_told_no_more)
{
	struct lull_timeseries s = calm(5 * MINUTE_NS, N, 10);
	struct lull_random r;
	size_t at = 0;
	lull_random_init(&r, 9, 0);
	s.name = strdup("spiky");
	for (size_t i = 0; i < N; i++)
		if (lull_random_uniform(&r) < 0.01)
			s.value[i] = 60.0 + 50.0 * lull_random_exponential(&r);
	cr_assert(le(sz, surges(judge(&s, true), &s, &at), 4)); // of 18 spikes
}

Test(feed_peak, within_a_surge_that_is_told_already_nothing_begins)
{
	struct lull_timeseries s = bursty();
	s.value[1500] = 3000.0;
	uint64_t at_ns = s.start_ns + 1501 * s.bin_ns;
	struct lull_feed_span spans[2] = {
		{s.start_ns, s.start_ns + 1}, {at_ns, at_ns + 12 * s.bin_ns}};
	cr_assert(eq(sz, peaks(&s, spans, 1)->n, 2));
	cr_assert(eq(sz, peaks(&s, spans, 2)->n, 0));
}

Test(feed_peak, a_rise_is_rare_when_a_sum_of_its_last_twelve_bins_is)
{
	struct lull_timeseries s = bursty();
	s.value[1500] = 3000.0;
	struct lull_feed_sight *sights = calloc(N, sizeof(*sights));
	cr_assert(eq(int, lull_feed_peak_look(&s, sights), 0));
	cr_assert(lull_feed_peak_agrees(sights, 1498, 1502));
	cr_assert(lull_feed_peak_agrees(sights, 0, 100)); // too little seen to say no
	cr_assert(not(lull_feed_peak_agrees(sights, 1480, 1499)));
	cr_assert(not(lull_feed_peak_agrees(sights, 1480, 1530))); // long over
}
