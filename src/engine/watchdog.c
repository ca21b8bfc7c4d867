// SPDX-License-Identifier: BSD-3-Clause
// Stalled and dead workers, told from a looker that was away.

#include "engine/watchdog.h"

#include <errno.h>
#include <stdlib.h>

#define SECOND_NS 1000000000u
#define AWAY_NS (2 * (uint64_t)SECOND_NS)
#define DEAD_NS (5 * (uint64_t)SECOND_NS)

int lull_watchdog_init(struct lull_watchdog *w, size_t n, uint64_t bin_ns)
{
	w->workers = calloc(n > 0 ? n : 1, sizeof(*w->workers));
	w->n = n;
	w->stalled_ns = 2 * (bin_ns < SECOND_NS ? bin_ns : SECOND_NS);
	return w->workers != NULL ? 0 : -ENOMEM;
}

void lull_watchdog_finish(struct lull_watchdog *w)
{
	free(w->workers);
	*w = (struct lull_watchdog){0};
}

enum lull_watchdog_verdict lull_watchdog_look(
	struct lull_watchdog *w, size_t i, uint64_t progress, uint64_t now_ns)
{
	struct lull_watchdog_worker *k = &w->workers[i];
	bool away = !k->seen || now_ns < k->looked_ns || now_ns - k->looked_ns > AWAY_NS;
	k->looked_ns = now_ns;
	if (away || progress != k->progress) {
		k->seen = true;
		k->progress = progress;
		k->since_ns = now_ns;
		return LULL_WATCHDOG_OK;
	}
	uint64_t still = now_ns - k->since_ns;
	return still >= DEAD_NS         ? LULL_WATCHDOG_DEAD
	       : still >= w->stalled_ns ? LULL_WATCHDOG_STALLED
					: LULL_WATCHDOG_OK;
}
