// SPDX-License-Identifier: BSD-3-Clause
// The packet path, one burst at a time and stage by stage, so that each stage's tables stay hot.

#include "engine/worker.h"

#include <errno.h>
#include <stdlib.h>

struct lull_worker *lull_worker_create(struct lull_tap *tap, const struct lull_path *path,
	const struct lull_upstream_rules *rules, const struct lull_sipkey *key)
{
	struct lull_worker *w = calloc(1, sizeof(*w));
	if (w == NULL)
		return NULL;
	w->tap = tap;
	w->path = path;
	w->counter = lull_counter_create(rules, key);
	if (w->counter == NULL) {
		free(w);
		errno = ENOMEM;
		return NULL;
	}
	return w;
}

void lull_worker_destroy(struct lull_worker *w)
{
	if (w == NULL)
		return;
	lull_source_release(w->tap->source, &w->burst);
	lull_counter_destroy(w->counter);
	free(w);
}

static void filter(struct lull_worker *w)
{
	const struct lull_burst *b = &w->burst;
	for (uint32_t i = 0; i < b->n; i++)
		w->filtered[i] = b->packets[i].fate == LULL_IN_TIME &&
				 !lull_filter_pass(w->path->filter, &b->packets[i]);
}

// Packets of a target are read to the end; of the others the addresses were all that is needed.
// Which they are cannot be predicted: they are listed without branching on it.
static void complete(struct lull_worker *w)
{
	const struct lull_burst *b = &w->burst;
	uint16_t wanted[LULL_BURST + 1];
	uint32_t n = 0;
	for (uint32_t i = 0; i < b->n; i++) {
		wanted[n] = (uint16_t)i;
		n += ((w->matched[i].src | w->matched[i].dst) != LULL_NO_TARGET) &
		     w->headers[i].partial;
	}
	for (uint32_t i = 0; i < n; i++)
		lull_decode(&b->packets[wanted[i]], w->path->decap, &w->headers[wanted[i]]);
}

// Count what is left of the burst. 1: all is counted.
static int count(struct lull_worker *w)
{
	int n = lull_counter_burst(
		w->counter, &w->burst, w->counted, w->headers, w->matched, w->filtered);
	if (n < 0)
		return n;
	w->counted = (uint32_t)n;
	return w->counted == w->burst.n ? 1 : -EAGAIN;
}

int lull_worker_step(struct lull_worker *w)
{
	if (w->counted < w->burst.n)
		return count(w);
	if (!lull_tap_take(w->tap, &w->burst)) {
		lull_counter_close(w->counter, UINT64_MAX);
		return 0;
	}
	w->counted = 0;
	if (w->path->filter != NULL)
		filter(w);
	lull_decode_burst(w->burst.packets, w->burst.n, w->path->decap, w->headers);
	lull_match_burst(w->path->match, w->headers, w->burst.n, w->matched);
	complete(w);
	return count(w);
}
