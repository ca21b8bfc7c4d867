// SPDX-License-Identifier: BSD-3-Clause
// One line over many events: that many series fell within a few bins is one story, and says more
// than each of them.

#include "export/report.h"
#include "export/words.h"

#include <lull/time.h>
#include <stdlib.h>

#define WINDOW_BINS 6
#define LEAST 3   // series; fewer are told one by one
#define SHARE 0.1 // and at least this share of all

struct story {
	size_t from, n_events; // in the list by onset
	size_t n_targets;
};

static int sooner(const void *a, const void *b)
{
	const struct lull_event *x = *(const struct lull_event *const *)a;
	const struct lull_event *y = *(const struct lull_event *const *)b;
	return x->onset.ns < y->onset.ns ? -1 : x->onset.ns > y->onset.ns;
}

// The window with the most series; of equals the first. counts: by target, all 0.
static struct story find(
	const struct lull_event **events, size_t n, uint64_t window_ns, size_t *counts)
{
	struct story best = {0};
	size_t first = 0, n_targets = 0;
	for (size_t i = 0; i < n; i++) {
		n_targets += counts[events[i]->target]++ == 0;
		while (events[i]->onset.ns - events[first]->onset.ns > window_ns)
			n_targets -= --counts[events[first++]->target] == 0;
		if (n_targets > best.n_targets)
			best = (struct story){first, i + 1 - first, n_targets};
	}
	return best;
}

static void tell(const struct lull_report *r, const struct lull_event **events, struct story s,
	struct lull_text *t)
{
	char a[LULL_WORDS], b[LULL_WORDS];
	size_t open = 0;
	uint64_t from_ns = events[s.from]->onset.ns;
	uint64_t to_ns = events[s.from + s.n_events - 1]->onset.ns;
	for (size_t i = s.from; i < s.from + s.n_events; i++)
		open += events[i]->end.ns == LULL_TIME_NONE;
	lull_text_add(t, "%s of ", lull_text_count(s.n_targets, a));
	lull_text_add(t, "%s series fell together, between %s and ",
		lull_text_count(r->summary->n_targets, a),
		lull_words_time(from_ns, LULL_TIME_NONE, -1, b));
	lull_text_add(t, "%s UTC", lull_words_time(to_ns, from_ns, -1, a));
	if (open == s.n_events)
		lull_text_add(t, "; none has come back by the end.\n");
	else if (open == 0)
		lull_text_add(t, "; all came back.\n");
	else
		lull_text_add(t, "; %s had not come back by the end.\n", lull_text_count(open, a));
}

void lull_report_together(const struct lull_report *r, struct lull_text *t)
{
	const struct lull_kept *kept = r->kept;
	const struct lull_event **events = calloc(kept->n + 1, sizeof(struct lull_event *));
	size_t *counts = calloc(r->summary->n_targets + 1, sizeof(*counts)), n = 0;
	for (size_t i = 0; i < kept->n && events != NULL; i++)
		if (lull_report_is_outage(kept->events[i]) &&
			kept->events[i]->onset.ns != LULL_TIME_NONE &&
			kept->events[i]->target <= r->summary->n_targets)
			events[n++] = kept->events[i];
	if (events != NULL && counts != NULL) {
		qsort(events, n, sizeof(events[0]), sooner);
		struct story s = find(events, n, WINDOW_BINS * r->summary->bin_ns, counts);
		if (s.n_targets >= LEAST &&
			(double)s.n_targets >= SHARE * (double)r->summary->n_targets)
			tell(r, events, s, t);
	} else {
		t->failed = 1;
	}
	free(events);
	free(counts);
}
