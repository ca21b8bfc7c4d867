// SPDX-License-Identifier: BSD-3-Clause
// Series that are no traffic, as events: which they are, how one begins, ends and settles.

#include "eval/feed.h"
#include "eval/feed_level.h"
#include "rival_fixture.h"
#include <string.h>

#define N 200

struct told {
	struct lull_event events[32];
	size_t n;
	struct lull_target_status status;
};

static void take(void *context, const struct lull_event *e)
{
	struct told *t = context;
	cr_assert(lt(sz, t->n, 32));
	t->events[t->n++] = *e;
}

static struct lull_timeseries daily(double level)
{
	struct lull_timeseries s = calm(DAY_NS, N, level);
	struct lull_random r;
	lull_random_init(&r, 4, 0);
	s.name = strdup("index");
	for (size_t i = 0; i < N; i++)
		s.value[i] = level + lull_random_normal(&r);
	return s;
}

static void add(struct lull_timeseries *s, size_t from, size_t to, double by)
{
	for (size_t i = from; i < to; i++)
		s->value[i] += by;
}

static struct told *judge(const struct lull_timeseries *s, bool both, enum lull_model model)
{
	struct told *t = calloc(1, sizeof(*t));
	struct lull_config *c = lull_feed_config(s, 1);
	cr_assert(c != NULL);
	c->detector.both = both;
	c->detector.budget_per_day = BUDGET;
	c->model = model;
	cr_assert(eq(int, lull_config_check(c), 0));
	cr_assert(eq(int, lull_feed_status(s, 1, c, take, NULL, t, &t->status), 0));
	return t;
}

static const struct lull_event *last(const struct told *t)
{
	cr_assert(gt(sz, t->n, 0));
	return &t->events[t->n - 1];
}

Test(feed_level, what_is_judged_as_a_level)
{
	struct lull_config c = {.model = LULL_MODEL_AUTO};
	struct lull_timeseries s = calm(HOUR_NS, N, 100);
	cr_assert(not(lull_feed_is_level(&s, &c)));
	s.bin_ns = DAY_NS;
	cr_assert(lull_feed_is_level(&s, &c));
	c.model = LULL_MODEL_TRAFFIC;
	cr_assert(not(lull_feed_is_level(&s, &c)));
	s.bin_ns = HOUR_NS;
	s.value[7] = -0.5;
	cr_assert(not(lull_feed_is_level(&s, &c)));
	c.model = LULL_MODEL_AUTO;
	cr_assert(lull_feed_is_level(&s, &c));
	s.value[7] = NAN;
	c.model = LULL_MODEL_LEVEL;
	cr_assert(lull_feed_is_level(&s, &c));
}

Test(feed_level, a_fall_below_zero_and_its_return_are_one_event_in_the_unit_of_the_series)
{
	struct lull_timeseries s = daily(3.0);
	add(&s, 100, 106, -8.0);
	struct told *t = judge(&s, false, LULL_MODEL_AUTO);
	cr_assert(eq(sz, t->n, 2));
	const struct lull_event *e = &t->events[0];
	cr_assert(eq(int, e->state, LULL_CONFIRMED));
	cr_assert(eq(int, e->kind, LULL_OUTAGE));
	cr_assert(zero(int, strcmp(e->target_name, "index")));
	cr_assert(eq(int, e->tap, LULL_TAP_UNVERIFIED));
	cr_assert(eq(int, e->loss, LULL_LOSS_UNKNOWN));
	cr_assert(lt(dbl, fabs(e->expected_pps - 3.0), 0.5));
	cr_assert(lt(dbl, fabs(bin_at(&s, e->onset.ns) - 100.0), 1.1));
	cr_assert(le(u64, e->onset.lo_ns, s.start_ns + 100 * DAY_NS));
	cr_assert(ge(u64, e->onset.hi_ns, s.start_ns + 100 * DAY_NS));
	cr_assert(le(dbl, bin_at(&s, e->detected_ns), 106.0));
	e = last(t);
	cr_assert(eq(int, e->state, LULL_ENDED));
	cr_assert(zero(int, strcmp(e->id, t->events[0].id)));
	cr_assert(eq(u32, e->rev, 2));
	cr_assert(lt(dbl, fabs(e->observed_pps + 5.0), 1.0)); // mean of what it was meanwhile
	cr_assert(eq(dbl, e->lost.value, 1.0));               // more than all
	cr_assert(lt(dbl, fabs(bin_at(&s, e->end.ns) - 106.0), 1.1));
	cr_assert(eq(int, t->status.state, LULL_UP));
	cr_assert(eq(sz, t->status.events, 1));
	cr_assert(lt(dbl, fabs(t->status.expected_pps - 3.0), 0.5));
}

Test(feed_level, a_rise_is_told_only_when_asked_for_and_its_end_is_no_outage)
{
	struct lull_timeseries s = daily(100.0);
	add(&s, 100, 108, 10.0);
	cr_assert(eq(sz, judge(&s, false, LULL_MODEL_AUTO)->n, 0));
	struct told *t = judge(&s, true, LULL_MODEL_AUTO);
	cr_assert(eq(sz, t->n, 2));
	cr_assert(eq(int, last(t)->kind, LULL_SURGE));
	cr_assert(eq(int, last(t)->state, LULL_ENDED));
	cr_assert(lt(dbl, fabs(last(t)->lost.value + 0.1), 0.03));
}

Test(feed_level, a_lower_level_that_stays_settles_and_the_next_fall_is_another_event)
{
	struct lull_timeseries s = daily(100.0);
	add(&s, 80, N, -10.0);
	add(&s, 150, N, -10.0);
	struct told *t = judge(&s, false, LULL_MODEL_AUTO);
	cr_assert(eq(sz, t->n, 4));
	cr_assert(eq(int, t->events[1].state, LULL_LEVEL_SHIFT));
	cr_assert(lt(dbl, bin_at(&s, t->events[1].revised_ns), 96.0)); // 14 bins
	cr_assert(eq(int, t->events[2].state, LULL_CONFIRMED));
	cr_assert(ne(int, strcmp(t->events[2].id, t->events[0].id), 0));
	cr_assert(lt(dbl, fabs(t->events[2].expected_pps - 90.0), 1.0));
}

Test(feed_level, next_to_nothing_stays_open)
{
	struct lull_timeseries s = daily(100.0);
	for (size_t i = 80; i < N; i++)
		s.value[i] = 0.0;
	struct told *t = judge(&s, false, LULL_MODEL_AUTO);
	cr_assert(eq(int, last(t)->state, LULL_CONFIRMED));
	cr_assert(eq(int, t->status.state, LULL_CONFIRMED));
	cr_assert(eq(dbl, last(t)->lost.value, 1.0));
}

Test(feed_level, what_is_missing_before_the_change_is_within_the_interval_of_the_onset)
{
	struct lull_timeseries s = daily(100.0);
	add(&s, 100, N, -10.0);
	for (size_t i = 90; i < 105; i++)
		s.value[i] = NAN;
	struct told *t = judge(&s, false, LULL_MODEL_AUTO);
	const struct lull_event *e = &t->events[0];
	cr_assert(eq(dbl, bin_at(&s, e->onset.ns), 105.0));
	cr_assert(le(dbl, bin_at(&s, e->onset.lo_ns), 89.0));
}

Test(feed_level, a_level_that_was_not_above_zero_has_no_share_to_lose)
{
	struct lull_timeseries s = daily(-20.0);
	add(&s, 100, N, -10.0);
	struct told *t = judge(&s, false, LULL_MODEL_AUTO);
	cr_assert(gt(sz, t->n, 0));
	cr_assert(eq(dbl, t->events[0].lost.lo, -9.0));
	cr_assert(eq(dbl, t->events[0].lost.hi, 1.0));
}
