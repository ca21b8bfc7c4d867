// SPDX-License-Identifier: BSD-3-Clause
// Series through the detector: what is found, when, and in which words.

#include "eval/feed.h"
#include "eval/rival.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIN_NS (60 * LULL_NS_PER_SECOND)
#define START_NS (UINT64_C(1573934400) * LULL_NS_PER_SECOND + 7 * LULL_NS_PER_SECOND)
#define N 600

struct told {
	struct lull_event events[64];
	size_t n, bins, rows;
	uint64_t gap_ns;
};

static void take(void *context, const struct lull_event *e)
{
	struct told *t = context;
	cr_assert(lt(sz, t->n, 64));
	t->events[t->n++] = *e;
}

static void take_bin(void *context, const struct lull_bin *bin)
{
	struct told *t = context;
	cr_assert(eq(sz, t->n, 0)); // before any event
	cr_assert(eq(u64, bin->seq, t->bins));
	t->bins++;
	t->rows += bin->n_rows;
	t->gap_ns += bin->gap_ns;
}

// Noise of a few percent around a level, the same on every run.
static struct lull_timeseries steady(const char *name, double level, bool whole)
{
	struct lull_timeseries s = {strdup(name), START_NS, BIN_NS, N, calloc(N, sizeof(double))};
	uint32_t x = 1;
	for (size_t i = 0; i < N; i++) {
		x = x * 1664525 + 1013904223;
		double v = level * (1.0 + 0.05 * ((x >> 8) / 8388608.0 - 1.0));
		s.value[i] = whole ? round(v) : v;
	}
	return s;
}

static void fall(struct lull_timeseries *s, size_t from, size_t to, double share)
{
	for (size_t i = from; i < to; i++)
		s->value[i] *= share;
}

static struct told *feed(const struct lull_timeseries *s, size_t n)
{
	struct told *t = calloc(1, sizeof(*t));
	struct lull_config *c = lull_feed_config(s, n);
	cr_assert(c != NULL);
	cr_assert(eq(int, lull_feed(s, n, c, take, take_bin, t), 0));
	return t;
}

static double bins_from(uint64_t ns, size_t bin)
{
	return ((double)ns - (double)START_NS) / (double)BIN_NS - (double)bin;
}

Test(feed, a_fall_is_found_dated_confirmed_and_ended_in_the_times_and_unit_of_the_series)
{
	struct lull_timeseries s = steady("kp", 0.25, false);
	fall(&s, 300, 360, 0.1);
	struct told *t = feed(&s, 1);
	cr_assert(ge(sz, t->n, 4));
	cr_assert(eq(int, t->events[0].state, LULL_SUSPECTED));
	cr_assert(eq(int, t->events[1].state, LULL_CONFIRMED));
	const struct lull_event *e = &t->events[t->n - 1];
	cr_assert(eq(int, e->state, LULL_ENDED));
	cr_assert(lt(dbl, fabs(bins_from(e->onset.ns, 300)), 1.0));
	cr_assert(lt(dbl, fabs(bins_from(e->end.ns, 360)), 1.5));
	cr_assert(le(dbl, bins_from(e->detected_ns, 300), 3.0));
	cr_assert(eq(u64, (e->detected_ns - START_NS) % BIN_NS, 0)); // on the grid of the series
	cr_assert(lt(dbl, fabs(e->expected_pps - 0.25), 0.02));
	cr_assert(lt(dbl, fabs(e->observed_pps - 0.025), 0.005));
	cr_assert(eq(int, e->tap, LULL_TAP_UNVERIFIED));
	cr_assert(zero(int, strcmp(e->target_name, "kp")));
	cr_assert(zero(int, strcmp(e->causes[0].label, "unknown")));
}

Test(feed, missing_values_are_never_silence)
{
	struct lull_timeseries s = steady("kp", 1000, true);
	for (size_t i = 0; i < N; i++)
		if (i < 20 || (i >= 300 && i < 330) || i == 400 || i >= 550)
			s.value[i] = NAN;
	struct told *t = feed(&s, 1);
	cr_assert(eq(sz, t->n, 0));
	cr_assert(eq(sz, t->bins, 499));
	cr_assert(eq(u64, t->gap_ns, 31 * BIN_NS));
	fall(&s, 500, 550, 0.0); // but zeros are
	cr_assert(gt(sz, feed(&s, 1)->n, 0));
}

Test(feed, what_came_through_between_two_silences_of_an_event_counts_as_not_lost)
{
	struct lull_timeseries s = steady("kp", 1000, true);
	for (size_t i = 300; i < 360; i += 6)
		fall(&s, i, i + 3, 0.0);
	struct told *t = feed(&s, 1);
	const struct lull_event *e = &t->events[t->n - 1];
	cr_assert(zero(int, strcmp(e->id, t->events[0].id))); // one event
	cr_assert(eq(int, e->state, LULL_ENDED));
	cr_assert(gt(dbl, bins_from(e->end.ns, 350), 0.0));
	cr_assert(lt(dbl, fabs(e->lost.value - 0.5), 0.1), "%g lost", e->lost.value);
	cr_assert(lt(dbl, fabs(e->observed_pps - 500.0), 100.0));
}

Test(feed, a_fall_that_became_the_level_is_not_told_again)
{
	size_t n = 18 * 288;
	struct lull_timeseries s = {
		strdup("kp"), START_NS, 5 * BIN_NS, n, calloc(n, sizeof(double))};
	for (size_t i = 0; i < n; i++)
		s.value[i] = (1000.0 + (double)(i * 7 % 31)) * (i < 9 * 288 ? 1.0 : 0.05);
	struct told *t = feed(&s, 1);
	cr_assert(gt(sz, t->n, 0));
	cr_assert(eq(int, t->events[t->n - 1].state, LULL_LEVEL_SHIFT));
	cr_assert(zero(int, strcmp(t->events[t->n - 1].id, t->events[0].id)));
}

Test(feed, a_hole_of_one_series_is_no_hole_of_another_and_events_come_in_order_of_time)
{
	struct lull_timeseries s[2] = {steady("late", 1000, true), steady("soon", 0.5, false)};
	for (size_t i = 250; i < 450; i++)
		s[0].value[i] = NAN;
	fall(&s[0], 500, 560, 0.0);
	fall(&s[1], 300, 560, 0.0);
	struct told *t = feed(s, 2);
	cr_assert(ge(sz, t->n, 4));
	cr_assert(eq(u32, t->events[0].target, 2));
	cr_assert(lt(dbl, fabs(bins_from(t->events[0].onset.ns, 300)), 1.0));
	bool late = false;
	for (size_t i = 0; i < t->n; i++) {
		late |= t->events[i].target == 1;
		cr_assert(i == 0 || t->events[i - 1].revised_ns <= t->events[i].revised_ns);
	}
	cr_assert(late);
	cr_assert(eq(sz, t->bins, N));
	cr_assert(eq(sz, t->rows, 2 * N - 200));
}

Test(feed, the_unit_of_a_series_makes_no_difference)
{
	static const double units[] = {1e-9, 0.01, 1.0, 3e7};
	uint64_t onset_ns = 0;
	for (size_t i = 0; i < 4; i++) {
		struct lull_timeseries s = steady("kp", units[i], false);
		fall(&s, 300, 360, 0.05);
		struct told *t = feed(&s, 1);
		cr_assert(ge(sz, t->n, 1), "unit %g", units[i]);
		cr_assert(lt(dbl, fabs(t->events[0].expected_pps / units[i] - 1.0), 0.05));
		if (i > 0)
			cr_assert(lt(dbl, fabs((double)t->events[0].onset.ns - (double)onset_ns),
				(double)BIN_NS));
		onset_ns = t->events[0].onset.ns;
	}
}

Test(feed, whole_numbers_are_counts_and_anything_else_is_scaled_by_its_first_value)
{
	double whole[] = {NAN, 0, 3, 7e11}, broken[] = {0, 0.3, 700}, big[] = {1e300, 2},
	       less[] = {-1, 5};
	struct lull_timeseries s = {.n = 4, .value = whole};
	cr_assert(eq(dbl, lull_feed_unit(&s), 1.0));
	s = (struct lull_timeseries){.n = 3, .value = broken};
	cr_assert(eq(dbl, lull_feed_unit(&s), 2097152.0));
	s = (struct lull_timeseries){.n = 2, .value = big};
	cr_assert(lt(dbl, lull_feed_unit(&s) * 1e300, 1048577.0));
	s = (struct lull_timeseries){.n = 2, .value = less};
	cr_assert(eq(dbl, lull_feed_unit(&s), 1.0));
}

Test(feed, names_mean_nothing_and_a_name_twice_is_refused)
{
	struct lull_timeseries s[2] = {steady("a/b", 1000, true), steady("a//", 1000, true)};
	fall(&s[0], 300, 360, 0.0);
	struct told *t = feed(s, 2);
	cr_assert(ge(sz, t->n, 1));
	cr_assert(eq(u32, t->events[0].target, 1));
	s[1].name = s[0].name;
	cr_assert(lull_feed_config(s, 2) == NULL);
	cr_assert(eq(int, errno, EINVAL));
}

Test(feed, lull_as_a_rival_makes_one_claim_an_event)
{
	struct lull_timeseries s = steady("kp", 1000, true);
	struct lull_rival_options o = {.budget_per_day = 1.0 / 30};
	struct lull_claims claims = {0};
	fall(&s, 200, 230, 0.1);
	fall(&s, 500, 600, 0.0);
	cr_assert(zero(int, strcmp(lull_rivals[0]->name, "lull")));
	cr_assert(eq(int, lull_rival_judge(lull_rivals[0], &s, &o, &claims), 0));
	cr_assert(eq(sz, claims.n, 2));
	const struct lull_claim *a = &claims.items[0], *b = &claims.items[1];
	cr_assert(lt(dbl, fabs(bins_from(a->onset_ns, 200)), 1.0));
	cr_assert(a->onset_lo_ns <= a->onset_ns && a->onset_ns <= a->onset_hi_ns);
	cr_assert(lt(dbl, fabs(bins_from(a->end_ns, 230)), 1.5));
	cr_assert(le(dbl, bins_from(a->detected_ns, 200), 3.0));
	cr_assert(lt(dbl, fabs(a->lost - 0.9), 0.03));
	cr_assert(eq(u64, b->end_ns, LULL_TIME_NONE));
	cr_assert(gt(dbl, b->lost, 0.99));
	cr_assert(eq(int, a->up || a->shift, 0));
}

Test(feed, nothing_after_a_bin_changes_what_was_claimed_by_then)
{
	struct lull_timeseries s = steady("kp", 0.4, false);
	struct lull_rival_options o = {.budget_per_day = 1.0 / 30};
	struct lull_claims whole = {0}, part = {0};
	fall(&s, 300, 600, 0.1);
	cr_assert(eq(int, lull_rival_judge(lull_rivals[0], &s, &o, &whole), 0));
	cr_assert(eq(sz, whole.n, 1));
	s.n = (size_t)((whole.items[0].detected_ns - START_NS) / BIN_NS);
	cr_assert(eq(int, lull_rival_judge(lull_rivals[0], &s, &o, &part), 0));
	cr_assert(eq(sz, part.n, 1));
	cr_assert(eq(u64, part.items[0].detected_ns, whole.items[0].detected_ns));
	s.n--;
	part.n = 0;
	cr_assert(eq(int, lull_rival_judge(lull_rivals[0], &s, &o, &part), 0));
	cr_assert(eq(sz, part.n, 0));
}
