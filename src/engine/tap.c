// SPDX-License-Identifier: BSD-3-Clause
// Handing out stamped bursts, one worker at a time.

#include "engine/tap.h"

#include <string.h>

int lull_tap_init(struct lull_tap *tap, struct lull_source *source, uint64_t bin_ns,
	unsigned reorder_bins, uint64_t jump_ns)
{
	memset(tap, 0, sizeof(*tap));
	tap->source = source;
	lull_clock_init(&tap->clock, bin_ns, reorder_bins, jump_ns);
	return -pthread_mutex_init(&tap->lock, NULL);
}

void lull_tap_finish(struct lull_tap *tap)
{
	if (tap->source != NULL)
		pthread_mutex_destroy(&tap->lock);
	tap->source = NULL;
}

bool lull_tap_stopped(const struct lull_tap *tap)
{
	return tap->stop != NULL && atomic_load_explicit(tap->stop, memory_order_relaxed);
}

int lull_tap_take(struct lull_tap *tap, struct lull_burst *burst)
{
	lull_source_release(tap->source, burst);
	burst->n = 0;
	pthread_mutex_lock(&tap->lock);
	if (!tap->over && !lull_tap_stopped(tap)) {
		tap->over = lull_source_fill(tap->source, burst) == 0;
		lull_clock_stamp(&tap->clock, burst);
	} else {
		tap->over = true;
	}
	int more = burst->n > 0 || !tap->over;
	pthread_mutex_unlock(&tap->lock);
	return more;
}
