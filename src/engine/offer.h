// SPDX-License-Identifier: BSD-3-Clause
// How all workers change to another path at the same bin, without waiting for each other.
//
// The engine offers a path from bin seq on. Every worker accepts, when it has not reached seq yet.
// Once all have accepted, the engine settles the offer: OPEN becomes AGREED. A worker that reaches
// seq first breaks it: OPEN becomes BROKEN, for all of them. Whoever comes second finds what the
// first one made of it, so either every packet of bins >= seq goes by the new path, or none does.
// An offer that was broken is withdrawn, and made again for a later bin once all have let go of it.

#pragma once

#include <lull/upstream.h>
#include <stdatomic.h>
#include <stdint.h>

struct lull_path;

enum lull_offer_state { LULL_OFFER_OPEN, LULL_OFFER_AGREED, LULL_OFFER_BROKEN };

struct lull_offer {
	const struct lull_path *path;
	uint64_t seq;
	_Atomic int state; // enum lull_offer_state
};

// What a worker says of the offer it was made; written by the worker.
enum lull_answer {
	LULL_IDLE,     // holds no offer
	LULL_ACCEPTED, // will change at seq, if it comes to that
	LULL_REFUSED,  // was at seq already, or broke it
	LULL_CHANGED,  // no packet will go by the path before any more
	LULL_GONE,     // takes no packets any more, and took none at or above seq by another path
};
