// SPDX-License-Identifier: BSD-3-Clause
// b0, its two shares, what can be tracked, two weeks.

#include "rival_fixture.h"

static size_t claimed(struct lull_timeseries s)
{
	struct lull_claims c = claims_of(&lull_rival_weekmin, &s, false);
	size_t n = c.n;
	lull_claims_free(&c);
	free(s.value);
	return n;
}

// Nights of a fifth: b0 is theirs.
static struct lull_timeseries nights(size_t n, double level)
{
	struct lull_timeseries s = calm(HOUR_NS, n, level);
	for (size_t i = 0; i < n; i++)
		s.value[i] *= i % 24 < 6 ? 0.2 : 1.0;
	return s;
}

Test(rival_weekmin, the_least_hour_of_the_week_rules)
{
	struct lull_timeseries s = nights(300, 1000);
	fill(&s, 180, 186, 120); // noon at 12 %, the night at 20 %: above half of it
	cr_expect(eq(sz, claimed(s), 0));
	s = nights(300, 1000);
	fill(&s, 180, 186, 90);
	cr_expect(eq(sz, claimed(s), 1));
}

Test(rival_weekmin, below_40_nothing_can_be_tracked)
{
	for (int rich = 0; rich < 2; rich++) {
		struct lull_timeseries s = nights(300, rich ? 220 : 180);
		fill(&s, 180, 186, 0);
		cr_expect(eq(sz, claimed(s), (size_t)rich));
	}
}

Test(rival_weekmin, a_whole_week_must_be_known)
{
	for (int late = 0; late < 2; late++) {
		struct lull_timeseries s = calm(HOUR_NS, 300, 1000);
		size_t from = late ? 168 : 167;
		fill(&s, from, from + 1, 0);
		cr_expect(eq(sz, claimed(s), (size_t)late));
	}
}

Test(rival_weekmin, it_ends_at_four_fifths_and_not_before)
{
	struct lull_timeseries s = calm(HOUR_NS, 300, 1000);
	fill(&s, 200, 210, 0);
	fill(&s, 210, 220, 700);
	struct lull_claims c = claims_of(&lull_rival_weekmin, &s, false);
	cr_assert(eq(sz, c.n, 1));
	cr_expect(eq(dbl, bin_at(&s, c.items[0].end_ns), 220));
	lull_claims_free(&c);
	free(s.value);
}

Test(rival_weekmin, two_weeks_make_it_the_new_normal)
{
	struct lull_timeseries s = calm(HOUR_NS, 1000, 1000);
	fill(&s, 200, 1000, 100);
	struct lull_claims c = claims_of(&lull_rival_weekmin, &s, false);
	cr_assert(eq(sz, c.n, 1));
	cr_expect(c.items[0].shift);
	cr_expect(eq(dbl, bin_at(&s, c.items[0].end_ns), 200 + 336));
	lull_claims_free(&c);
	free(s.value);
}
