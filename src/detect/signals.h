// SPDX-License-Identifier: BSD-3-Clause
// What else the packets of a target say: rates of every feature before and during an event. They
// decide nothing; they are evidence for the cause.

#pragma once

#include <lull/bin.h>
#include <lull/event.h>

#define LULL_SIGNALS_OUT 5
#define LULL_SIGNALS_IN 10
#define LULL_SIGNALS (LULL_SIGNALS_OUT + LULL_SIGNALS_IN) // those of packets out first

// What most calm targets do without.
struct lull_signals_rest {
	bool in;                                             // something came in
	float now[LULL_SIGNALS_IN], before[LULL_SIGNALS_IN]; // as below
	float syn_peak;    // largest ratio of SYNs in to their mean...
	uint64_t syn_ns;   // ...and when it last stood at 3 or more, or LULL_TIME_NONE
	uint64_t stuck_ns; // since when at least half of the flows in are stuck, or LULL_TIME_NONE
	double *during;    // sums since a suspicion of the target or an upstream began; NULL: none
	float during_s;    // exposure behind them
};

// Flows toward a target of which half are stuck, before they are many enough to say something.
#define LULL_SIGNALS_FLOWS 8

struct lull_signals_log {
	struct lull_signals_rest *rest; // NULL until something came in or a suspicion began
	float now[LULL_SIGNALS_OUT];    // sums of the bin in the making
	float before[LULL_SIGNALS_OUT]; // per second, exponential mean over 20 minutes, calm bins
	float before_s;                 // exposure behind before
};

void lull_signals_init(struct lull_signals_log *t);
void lull_signals_finish(struct lull_signals_log *t);
// The rest, made when new; in: with packets in. 0 or -ENOMEM.
int lull_signals_open(struct lull_signals_log *t, bool in);
// Add a row of upstream `all`. 0 or -ENOMEM.
int lull_signals_count(struct lull_signals_log *t, const struct lull_row *row);
// Close the bin. suspect: it belongs to `during`; a calm one clears it. 0 or -ENOMEM.
int lull_signals_close(
	struct lull_signals_log *t, double exposure_s, uint64_t end_ns, bool suspect);
// Forget the bin in the making (a hole).
void lull_signals_drop(struct lull_signals_log *t);

// Rates; bin_s turns the sums of distinct addresses back into a mean per base bin.
struct lull_signals lull_signals_before(const struct lull_signals_log *t, double bin_s);
struct lull_signals lull_signals_during(const struct lull_signals_log *t, double bin_s);
