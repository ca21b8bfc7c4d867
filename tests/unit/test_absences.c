// SPDX-License-Identifier: BSD-3-Clause
// What a worker notes of the times it was away, and what bins are told of it.

#include "engine/absences.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define MS UINT64_C(1000000)
#define S (1000 * MS)

static struct lull_absences a;

Test(absences, the_bins_of_an_absence_are_those_it_touches)
{
	lull_absences_init(&a, S);
	cr_assert(not(lull_absences_touch(&a, 0, S)));
	lull_absences_note(&a, 2 * S + 900 * MS, 4 * S + 100 * MS);
	for (uint64_t bin = 0; bin < 8; bin++)
		cr_expect(eq(int, lull_absences_touch(&a, bin * S, (bin + 1) * S),
			bin >= 2 && bin <= 4));
	lull_absences_note(&a, 6 * S, 7 * S); // whole bins and no other
	cr_expect(not(lull_absences_touch(&a, 5 * S, 6 * S)));
	cr_expect(lull_absences_touch(&a, 6 * S, 7 * S));
	cr_expect(not(lull_absences_touch(&a, 7 * S, 8 * S)));
	cr_expect(lull_absences_touch(&a, 3 * S, 4 * S));
}

Test(absences, what_is_a_small_part_of_a_bin_or_usual_for_a_scheduler_is_none)
{
	static const struct {
		uint64_t bin, away;
		bool noted;
	} cases[] = {{S, 249 * MS, false}, {S, 250 * MS, true}, {100 * MS, 49 * MS, false},
		{100 * MS, 50 * MS, true}, {600 * S, 149 * S, false}, {600 * S, 150 * S, true}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		a = (struct lull_absences){0};
		lull_absences_init(&a, cases[i].bin);
		lull_absences_note(&a, S, S + cases[i].away);
		cr_expect(eq(int, lull_absences_touch(&a, 0, 1000 * S), cases[i].noted), "%zu", i);
	}
	lull_absences_note(&a, 5000 * S, 4000 * S); // a clock does not go back
	cr_expect(not(lull_absences_touch(&a, 3000 * S, 6000 * S)));
}

Test(absences, a_bin_so_old_that_nobody_remembers_counts_as_touched_and_a_later_one_does_not)
{
	lull_absences_init(&a, S);
	for (uint64_t i = 0; i < 3 * LULL_ABSENCES; i++)
		lull_absences_note(&a, 10 * i * S, 10 * i * S + S);
	cr_expect(lull_absences_touch(&a, 5 * S, 6 * S));
	for (uint64_t i = 2 * LULL_ABSENCES + 1; i < 3 * LULL_ABSENCES; i++) {
		cr_expect(lull_absences_touch(&a, 10 * i * S, 10 * i * S + S));
		cr_expect(not(lull_absences_touch(&a, 10 * i * S + 5 * S, 10 * i * S + 6 * S)));
	}
}
