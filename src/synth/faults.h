// SPDX-License-Identifier: BSD-3-Clause
// What the tap does to packets between the wire and the file: loss, gaps, duplicates, reordering,
// steps of its clock. Held packets are copies; they are bounded by jitter times rate.

#pragma once

#include "random.h"
#include "scenario.h"

struct lull_held {
	uint64_t release_ns, order;
	struct lull_synth_packet packet; // data is ours
};

struct lull_faults {
	const struct lull_scenario *scenario;
	struct lull_random random;
	bool active;            // the scenario has faults
	struct lull_held *held; // a heap by release, order
	uint32_t n_held, cap;
	uint64_t order;
	uint8_t *given; // data of the held packet given last
};

void lull_faults_init(struct lull_faults *t, const struct lull_scenario *s, uint64_t seed);
void lull_faults_finish(struct lull_faults *t);

// Judge a packet as it passes. Returns 1: give it now; 0: lost or held; -ENOMEM. Sets ts_ns as
// the tap's clock says.
int lull_faults_pass(struct lull_faults *t, struct lull_synth_packet *p);

// A held packet due by ts_ns: true and *out, valid until the next call.
bool lull_faults_due(struct lull_faults *t, uint64_t ts_ns, struct lull_synth_packet *out);
