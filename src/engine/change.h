// SPDX-License-Identifier: BSD-3-Clause
// The engine's side of an offer (offer.h): from "there is a new path" to "nobody goes by the old
// one". The engine steps it between two bins and does what it says.

#pragma once

#include "engine/worker.h"

enum lull_change_phase {
	LULL_CHANGE_NONE,
	LULL_CHANGE_READY,     // to be offered
	LULL_CHANGE_ASKED,     // the workers were asked
	LULL_CHANGE_AGREED,    // all will change at offer.seq; the analyzer is not there yet
	LULL_CHANGE_LEAVING,   // the analyzer has changed; a worker may still go by the old path
	LULL_CHANGE_WITHDRAWN, // the offer is over; a worker may still hold it
};

// What is to be done now.
enum lull_change_news {
	LULL_CHANGE_WAIT,  // nothing
	LULL_CHANGE_PLACE, // the next bin is the first of the new path: merge and judge by it
	LULL_CHANGE_FREE,  // no worker will touch the old path any more
	LULL_CHANGE_DONE,  // another change may begin
};

struct lull_change {
	struct lull_worker *const *workers;
	size_t n;
	uint64_t lead; // bins between an offer and its edge
	enum lull_change_phase phase;
	bool placed;
	struct lull_offer offer;
};

// Workers live for as long as the change does. lead: at least 1; too few, and offers are broken and
// made again.
void lull_change_init(
	struct lull_change *c, struct lull_worker *const *workers, size_t n, uint64_t lead);
// Offer a path, when no change is on its way.
void lull_change_begin(struct lull_change *c, const struct lull_path *path);
// next: the bin the analyzer takes next. To be called before every bin, and while there is none.
enum lull_change_news lull_change_step(struct lull_change *c, uint64_t next);
