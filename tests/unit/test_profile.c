// SPDX-License-Identifier: BSD-3-Clause
#include "detect/profile.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/time.h>

#define HOUR_NS (3600 * LULL_NS_PER_SECOND)

static const struct lull_profile empty;

static void fold(struct lull_profile *p, uint64_t hour, double rate)
{
	lull_profile_fold(p, hour, rate, 0.01, 1.0);
}

static double at_middle(const struct lull_profile *p, uint64_t hour)
{
	return (double)lull_profile_at(p, hour * HOUR_NS + HOUR_NS / 2).at;
}

// Flat days of 100 packets a second, but for one hour.
static struct lull_profile flat(unsigned days, uint64_t but, double rate)
{
	struct lull_profile p = empty;
	for (uint64_t i = 0; i < days * 24; i++)
		fold(&p, i, i == but ? rate : 100.0);
	return p;
}

Test(profile, a_flood_is_no_hour_of_the_day)
{
	struct lull_profile p = flat(3, 24 + 15, 900.0);
	cr_assert(lt(dbl, at_middle(&p, 3 * 24 + 15), 1.2));
	// Nor of the same day next week, in its own slot.
	p = flat(7, 24 + 15, 900.0);
	cr_assert(lt(dbl, at_middle(&p, 7 * 24 + 24 + 15), 1.5));
}

Test(profile, a_week_without_the_flood_puts_it_right)
{
	struct lull_profile p = flat(14, 24 + 15, 900.0);
	cr_assert(epsilon_eq(dbl, at_middle(&p, 14 * 24 + 24 + 15), 1.0, 0.02));
}

Test(profile, what_comes_every_week_is_expected)
{
	struct lull_profile p = empty;
	for (uint64_t i = 0; i < 4 * 168; i++)
		fold(&p, i, i % 168 == 24 + 15 ? 400.0 : 100.0);
	cr_assert(gt(dbl, at_middle(&p, 4 * 168 + 24 + 15), 3.0));
}

Test(profile, sparse_hours_may_differ_more)
{
	// 4 packets an hour: twice the median is chance.
	struct lull_profile p = empty;
	for (uint64_t i = 0; i < 7 * 24; i++)
		lull_profile_fold(&p, i, (i / 24 == 3 ? 8.0 : 4.0) / 3600.0, NAN, 1.0);
	double mean = (6.0 * 4.0 + 8.0) / 7.0 / 3600.0;
	cr_assert(epsilon_eq(dbl, p.mean, mean, 1e-3 * mean));
}

Test(profile, what_is_derived_is_the_same_after_a_load)
{
	struct lull_profile p = flat(9, 24 + 15, 900.0), q = p;
	lull_profile_derive(&q);
	cr_assert(eq(dbl, p.mean, q.mean));
	for (size_t i = 0; i < LULL_PROFILE_HOURS; i++)
		cr_assert(eq(flt, p.day[i], q.day[i]));
}
