// SPDX-License-Identifier: BSD-3-Clause
// Targets of which the tap sees the way toward them alone (asymmetric routes): no packet out, so
// no silence. What shows that such a target stopped answering is that the TCP flows toward it all
// begin to send again what they sent before (Holterbach et al., "Blink", NSDI 2019): an alarm when
// at least half of the flows known (bin.h) are stuck and
//   n D(k/n || p) >= ln(1/alpha),   k of n flows stuck, D the relative entropy of two coins,
// where p is twice the share that usually is, and at least ONEWAY_LOSSY: flows of a crowded path
// repeat a tenth or a fifth of what they send. Chernoff: at p, independent flows reach that once in
// 1/alpha bins at most. alpha is the share of the budget that the target's packets out would have.
// With one target and bins of 100 ms that is 12 flows when all of them are stuck.
//
// It is weak evidence: whoever can forge many senders' flows can make it. So it never rests on one
// sender (stall.h), one packet out disproves it, and the event stays `suspected`.

#pragma once

#include "signals.h"
#include <lull/event.h>
#include <stdbool.h>
#include <stdint.h>

struct lull_detect_env;

// Flows before a target is watched this way.
#define LULL_ONEWAY_LEAST 8

struct lull_oneway {
	uint32_t target;
	uint8_t flows, stuck;     // of the present bin
	float usual;              // share of flows stuck, exponential mean of calm bins
	float seen_s;             // exposure behind it
	uint64_t out_ns;          // start of the last bin with a packet out; 0: none
	uint64_t heard_ns;        // end of the last bin with flows
	uint64_t calm_ns;         // end of the last bin in which no more than p were stuck; 0: none
	uint64_t fell_ns;         // end of the first one after it in which more were; 0: none yet
	uint64_t stuck_ns;        // end of the last bin in which at least half were stuck
	uint64_t back_ns;         // recovering: end of the bin in which it came back
	uint64_t outages;         // over
	struct lull_event *event; // open, or NULL
	struct lull_signals_log signals;
};

// NULL: out of memory.
struct lull_oneway *lull_oneway_create(uint32_t target);
void lull_oneway_destroy(struct lull_oneway *o);

// Take a row of upstream `all` of the bin that starts at start_ns. 0 or -ENOMEM.
int lull_oneway_count(struct lull_oneway *o, const struct lull_row *row, uint64_t start_ns);
// The bin is over, and nothing else speaks for the target (silent: its packets out are no series
// that can be judged). Learns, opens, revises and closes. 0 or -ENOMEM.
int lull_oneway_step(
	struct lull_oneway *o, const struct lull_detect_env *env, double exposure, bool silent);
// Has nobody sent it anything worth watching for an hour?
bool lull_oneway_idle(const struct lull_oneway *o, uint64_t now_ns);
// No more bins: the last revision of what is open.
void lull_oneway_last(struct lull_oneway *o, const struct lull_detect_env *env);
