// SPDX-License-Identifier: BSD-3-Clause
// What every baseline must do, whatever its method.

#include "rival_fixture.h"
#include <stdio.h>
#include <string.h>

#define DAY_BINS 288 // of 5 minutes
#define N (14 * DAY_BINS)
#define FROM (9 * DAY_BINS + 120) // an outage of 12 hours, on full hours
#define TO (FROM + 144)

static size_t n_baselines(void)
{
	size_t n = 0;
	while (lull_rivals[n + 1] != NULL)
		n++;
	return n;
}

#define EACH(r)                                                                                    \
	for (size_t at_ = 0; at_ < n_baselines(); at_++)                                           \
		for (const struct lull_rival *r = lull_rivals[at_ + 1]; r != NULL; r = NULL)

// How late each may be, in bins of 5 minutes.
static double patience(const char *name)
{
	return strcmp(name, "weekmin") == 0 ? 12 : strcmp(name, "seasonal") == 0 ? 7 : 1;
}

// How far off its onset may be: noise just before an outage counts for some.
static double slack(const char *name)
{
	return strcmp(name, "seasonal") == 0 ? 4 : strcmp(name, "cusum") == 0 ? 1 : 0;
}

Test(rivals, lull_stands_first_and_five_baselines_follow)
{
	static const char *const names[] = {
		"lull", "median", "seasonal", "weekmin", "cusum", "glr"};
	cr_assert(eq(sz, n_baselines(), 5));
	for (size_t i = 0; i < 6; i++)
		cr_expect(eq(str, (char *)lull_rivals[i]->name, (char *)names[i]));
}

Test(rivals, each_finds_the_obvious_outage_once_on_time_and_its_end)
{
	struct lull_timeseries s = calm(5 * MINUTE_NS, N, 1000);
	fill(&s, FROM, TO, 0);
	EACH(r)
	{
		struct lull_claims c = claims_of(r, &s, false);
		cr_assert(eq(sz, c.n, 1), "%s", r->name);
		const struct lull_claim *e = &c.items[0];
		cr_expect(le(dbl, fabs(bin_at(&s, e->onset_ns) - FROM), slack(r->name)), "%s",
			r->name);
		cr_expect(le(dbl, bin_at(&s, e->detected_ns), FROM + patience(r->name)), "%s",
			r->name);
		cr_expect(gt(u64, e->detected_ns, e->onset_ns), "%s", r->name);
		cr_expect(eq(dbl, bin_at(&s, e->end_ns), TO), "%s", r->name);
		cr_expect(epsilon_eq(dbl, e->lost, 1.0, 0.01), "%s", r->name);
		cr_expect(not(e->up), "%s", r->name);
		cr_expect(not(e->shift), "%s", r->name);
		lull_claims_free(&c);
	}
	free(s.value);
}

Test(rivals, each_claims_a_surge_when_asked_and_never_its_end_as_a_fall)
{
	struct lull_timeseries s = calm(5 * MINUTE_NS, N, 1000);
	fill(&s, FROM, TO, 9000);
	EACH(r)
	{
		struct lull_claims c = claims_of(r, &s, true);
		cr_assert(eq(sz, c.n, 1), "%s", r->name);
		cr_expect(c.items[0].up, "%s", r->name);
		cr_expect(le(dbl, fabs(bin_at(&s, c.items[0].onset_ns) - FROM), slack(r->name)),
			"%s", r->name);
		cr_expect(le(dbl, fabs(bin_at(&s, c.items[0].end_ns) - TO), 1), "%s", r->name);
		cr_expect(epsilon_eq(dbl, c.items[0].lost, -8.0, 0.3), "%s", r->name);
		lull_claims_free(&c);
		c = claims_of(r, &s, false);
		cr_expect(eq(sz, c.n, 0), "%s", r->name);
		lull_claims_free(&c);
	}
	free(s.value);
}

Test(rivals, none_speaks_on_a_calm_series_or_where_bins_are_missing)
{
	struct lull_timeseries s = calm(5 * MINUTE_NS, N, 1000);
	for (int holes = 0; holes < 2; holes++) {
		EACH(r)
		{
			struct lull_claims c = claims_of(r, &s, true);
			cr_expect(eq(sz, c.n, 0), "%s", r->name);
			lull_claims_free(&c);
		}
		for (size_t i = 5; i < N; i += 14) // a value and the one that takes it back
			fill(&s, i - i % 2, i - i % 2 + 2, NAN);
		fill(&s, 1 * DAY_BINS + 10, 1 * DAY_BINS + 80, NAN);
		fill(&s, 10 * DAY_BINS, 12 * DAY_BINS, NAN);
	}
	free(s.value);
}

Test(rivals, missing_bins_do_not_end_an_outage)
{
	struct lull_timeseries s = calm(5 * MINUTE_NS, N, 1000);
	fill(&s, FROM, TO, 0);
	fill(&s, FROM + 48, TO - 24, NAN);
	EACH(r)
	{
		struct lull_claims c = claims_of(r, &s, false);
		cr_assert(eq(sz, c.n, 1), "%s", r->name);
		cr_expect(le(dbl, fabs(bin_at(&s, c.items[0].end_ns) - TO), 1), "%s", r->name);
		lull_claims_free(&c);
	}
	free(s.value);
}

Test(rivals, an_outage_at_the_end_of_the_series_stays_open)
{
	struct lull_timeseries s = calm(5 * MINUTE_NS, TO, 1000);
	fill(&s, FROM, TO, 0);
	EACH(r)
	{
		struct lull_claims c = claims_of(r, &s, false);
		cr_assert(eq(sz, c.n, 1), "%s", r->name);
		cr_expect(eq(u64, c.items[0].end_ns, LULL_TIME_NONE), "%s", r->name);
		lull_claims_free(&c);
	}
	free(s.value);
}

Test(rivals, nothing_is_said_of_series_that_are_empty_short_silent_or_unknown)
{
	static const uint64_t bins[] = {SECOND_NS / 10, SECOND_NS, HOUR_NS, 365 * DAY_NS};
	for (size_t b = 0; b < 4; b++) {
		for (int kind = 0; kind < 3; kind++) {
			struct lull_timeseries s = calm(bins[b], kind == 0 ? 20 : 3000, 10);
			if (kind > 0)
				fill(&s, 0, s.n, kind == 1 ? 0 : NAN);
			for (s.n = 0; s.n <= (kind == 0 ? 20 : 3000); s.n += kind == 0 ? 1 : 1500) {
				EACH(r)
				{
					struct lull_claims c = claims_of(r, &s, true);
					cr_expect(eq(sz, c.n, 0), "%s", r->name);
					lull_claims_free(&c);
				}
			}
			free(s.value);
		}
	}
}

// Levels, surges, silences, holes, growth: anything, on a grid that may begin anywhere.
static struct lull_timeseries anything(struct lull_random *r)
{
	static const uint64_t bins[] = {SECOND_NS / 10, 7 * SECOND_NS, MINUTE_NS, 5 * MINUTE_NS,
		7 * MINUTE_NS, 30 * MINUTE_NS, HOUR_NS, 2 * HOUR_NS, DAY_NS, 365 * DAY_NS};
	uint64_t bin_ns = bins[lull_random_below(r, 10)];
	size_t n = bin_ns < MINUTE_NS ? 30000
				      : 200 + lull_random_below(r, bin_ns > DAY_NS ? 200 : 4000);
	struct lull_timeseries s = calm(bin_ns, n, 1);
	s.start_ns += lull_random_next(r) % (20 * DAY_NS);
	double level = lull_random_exp(10 * lull_random_uniform(r)), share = 1;
	double swing = 0.8 * lull_random_uniform(r), noise = 0.3 * lull_random_uniform(r);
	for (size_t i = 0; i < n; i++) {
		if (lull_random_below(r, (uint32_t)(n / 12)) == 0)
			share = 0.5 * lull_random_below(r, 5);
		if (lull_random_below(r, (uint32_t)(n / 12)) == 0)
			share = NAN;
		if (lull_random_below(r, (uint32_t)(n / 25)) == 0)
			share = 1;
		double turns = (double)(i * bin_ns % DAY_NS) / (double)DAY_NS;
		double sd = noise * lull_random_normal(r);
		s.value[i] = share * level * (1 + swing * lull_random_cos_turns(turns) + sd);
	}
	return s;
}

static void check_claims(
	const struct lull_rival *r, const struct lull_timeseries *s, const struct lull_claims *c)
{
	uint64_t over_ns = s->start_ns + s->n * s->bin_ns;
	for (size_t i = 0; i < c->n; i++) {
		const struct lull_claim *e = &c->items[i];
		cr_assert(lt(u64, e->onset_ns, e->detected_ns), "%s", r->name);
		cr_assert(le(u64, e->detected_ns, over_ns), "%s", r->name);
		cr_assert(ge(u64, e->onset_ns, s->start_ns), "%s", r->name);
		cr_assert(gt(u64, e->end_ns, e->onset_ns), "%s", r->name);
		cr_assert(e->end_ns == LULL_TIME_NONE || e->end_ns <= over_ns, "%s", r->name);
		cr_assert(i == 0 || c->items[i - 1].detected_ns <= e->detected_ns, "%s", r->name);
		cr_assert(i == 0 || c->items[i - 1].end_ns <= e->detected_ns, "%s", r->name);
	}
}

Test(rivals, what_is_claimed_up_to_a_bin_does_not_depend_on_later_bins)
{
	struct lull_random random;
	lull_random_init(&random, 7, 0);
	size_t claims = 0;
	for (int round = 0; round < 60; round++) {
		struct lull_timeseries s = anything(&random), cut = s;
		cut.n = lull_random_below(&random, (uint32_t)s.n) + 1;
		uint64_t over_ns = cut.start_ns + cut.n * cut.bin_ns;
		EACH(r)
		{
			struct lull_claims all = claims_of(r, &s, true);
			struct lull_claims some = claims_of(r, &cut, true);
			check_claims(r, &s, &all);
			check_claims(r, &cut, &some);
			size_t n = 0;
			while (n < all.n && all.items[n].detected_ns <= over_ns)
				n++;
			cr_assert(eq(sz, some.n, n), "%s, round %d", r->name, round);
			for (size_t i = 0; i < n; i++) {
				const struct lull_claim *x = &all.items[i], *y = &some.items[i];
				cr_assert(eq(u64, x->onset_ns, y->onset_ns), "%s", r->name);
				cr_assert(eq(u64, x->detected_ns, y->detected_ns), "%s", r->name);
				cr_assert(x->up == y->up, "%s", r->name);
				// Only the last may not have known its end yet.
				cr_assert(y->end_ns == x->end_ns ||
						  (i + 1 == n && y->end_ns == LULL_TIME_NONE),
					"%s", r->name);
			}
			claims += n;
			lull_claims_free(&all);
			lull_claims_free(&some);
		}
		free(s.value);
	}
	cr_assert(gt(sz, claims, 300)); // there was something to compare
}
