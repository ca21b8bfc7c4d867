// SPDX-License-Identifier: BSD-3-Clause
// The last bins of one series, counts beside forecasts: what the second stage looks back on.
// Bounded. While the series is under suspicion, bins after the suspicion are merged in pairs
// when room runs out, so that what dates the onset stays sharp however slow the proof.

#pragma once

#include <stddef.h>
#include <stdint.h>

#define LULL_RECENT_BINS 128

struct lull_recent_bin {
	uint64_t start_ns, len_ns; // may span several merged bins
	float k, l;                // packets, forecast (exposure and common-mode factor in it)
};

struct lull_recent {
	size_t n;
	struct lull_recent_bin bins[LULL_RECENT_BINS]; // in order of time
};

// The same of a calm series, in a thirtieth of the room: the last bins that followed each other
// without a hole, packets and forecast to 10 significant bits. Their times follow from the newest.
#define LULL_TAIL_BINS 24

struct lull_tail_bin {
	uint16_t k, l;
};

struct lull_tail {
	struct lull_tail_bin bins[LULL_TAIL_BINS]; // a ring
	uint8_t n, next;
};

// Its bins as a history; `last` is the newest of them.
void lull_tail_unpack(
	const struct lull_tail *t, const struct lull_recent_bin *last, struct lull_recent *h);
// Forget what lies before from_ns, but never the last bin.
void lull_tail_forget(struct lull_tail *t, const struct lull_recent_bin *last, uint64_t from_ns);
// And back: the last bins of a history.
void lull_tail_pack(struct lull_tail *t, const struct lull_recent *h);

// Append a bin. suspect_ns: when the present suspicion began, or LULL_TIME_NONE.
void lull_recent_add(struct lull_recent *h, const struct lull_recent_bin *bin, uint64_t suspect_ns);

// Forget what lies before from_ns, but never the last bin.
void lull_recent_forget(struct lull_recent *h, uint64_t from_ns);

struct lull_recent_sum {
	double k, l, s; // packets, forecast, seconds
};

// Sum over the bins that start at or after from_ns.
struct lull_recent_sum lull_recent_since(const struct lull_recent *h, uint64_t from_ns);
struct lull_recent_sum lull_tail_since(
	const struct lull_tail *t, const struct lull_recent_bin *last, uint64_t from_ns);
