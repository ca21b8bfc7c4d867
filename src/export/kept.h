// SPDX-License-Identifier: BSD-3-Clause
// The last revision of each event, copied whole, for reports that are written at the end.
// Bounded: beyond LULL_KEPT_MAX events the later ones are only counted.

#pragma once

#include "export/journal.h"

#include <lull/event.h>
#include <stddef.h>

#define LULL_KEPT_MAX 10000 // 3 KiB each

// All zeros is empty; lull_kept_finish() frees it.
struct lull_kept {
	struct lull_journal journal; // number of an event -> events[number]
	struct lull_event **events;  // in order of first mention; their strings belong to `names`
	char **names;                // per event: its upstream names, one block
	size_t n, cap;
};

// Take a revision. Target name, cause labels and configuration digest are not copied: they
// outlive the run. 0 or -ENOMEM.
int lull_kept_add(struct lull_kept *k, const struct lull_event *event);
// Events beyond LULL_KEPT_MAX.
size_t lull_kept_dropped(const struct lull_kept *k);
void lull_kept_finish(struct lull_kept *k);
