// SPDX-License-Identifier: BSD-3-Clause
// Checks src/export/journal.c and kept.c: the last revision of each event.

#include "export/journal.h"
#include "export/kept.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(journal, numbers_are_dense_in_order_of_first_mention)
{
	struct lull_journal j = {0};
	char id[17];
	for (int round = 0; round < 2; round++)
		for (unsigned i = 0; i < 10000; i++) {
			snprintf(id, sizeof(id), "%016x", i * 2654435761u);
			cr_assert_eq(lull_journal_number(&j, id), i);
		}
	cr_expect_eq(j.n, 10000);
	lull_journal_finish(&j);
}

Test(journal, kept_events_are_their_last_revision_with_names_of_their_own)
{
	struct lull_kept k = {0};
	struct lull_event e = sample_open(LULL_CONFIRMED);
	char name[] = "unicom";
	e.parts[0].upstream = name;
	cr_assert_eq(lull_kept_add(&k, &e), 0);
	e = sample_outage();
	e.parts[0].upstream = name;
	cr_assert_eq(lull_kept_add(&k, &e), 0);
	memset(name, 'x', sizeof(name) - 1); // the registry is gone
	cr_assert_eq(k.n, 1);
	cr_expect_eq(k.events[0]->state, LULL_ENDED);
	cr_expect_str_eq(k.events[0]->parts[0].upstream, "unicom");
	lull_kept_finish(&k);
}

Test(journal, events_beyond_the_limit_are_counted_and_known_ones_still_revised)
{
	struct lull_kept k = {0};
	struct lull_event e = sample_open(LULL_SUSPECTED);
	for (unsigned i = 0; i < LULL_KEPT_MAX + 7; i++) {
		snprintf(e.id, sizeof(e.id), "%016x", i);
		cr_assert_eq(lull_kept_add(&k, &e), 0);
	}
	e.state = LULL_ENDED;
	snprintf(e.id, sizeof(e.id), "%016x", 0);
	cr_assert_eq(lull_kept_add(&k, &e), 0);
	cr_expect_eq(k.n, LULL_KEPT_MAX);
	cr_expect_eq(lull_kept_dropped(&k), 7);
	cr_expect_eq(k.events[0]->state, LULL_ENDED);
	lull_kept_finish(&k);
}
