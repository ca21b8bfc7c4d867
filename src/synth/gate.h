// SPDX-License-Identifier: BSD-3-Clause
// What events do to a conversation at one moment: does it live, over which upstream does it go?
// A conversation has a fixed place q in [0, 1) and lives while q lies below the share that
// remains, so a fall keeps the burstiness of what is left and a ramp ends conversations one by one.

#pragma once

#include "scenario.h"

struct lull_gates {
	const struct lull_scenario *scenario;
	uint32_t *events; // indices of outages and moves, node after node
	uint32_t *first;  // n_nodes + 1: where each node's begin
};

// 0 or -ENOMEM. s must outlive it.
int lull_gates_init(struct lull_gates *g, const struct lull_scenario *s);
void lull_gates_finish(struct lull_gates *g);

// True when event e concerns node: the node or one that counts it is named.
bool lull_gates_concerns(
	const struct lull_scenario *s, const struct lull_scene_event *e, uint32_t node);

// Share of an event's effect at ts: 0 outside, rising over ramp, falling over recovery.
double lull_gates_effect(const struct lull_scene_event *e, uint64_t ts_ns);

// Share of conversations of node over upstream that live; *in: share of peers still heard.
double lull_gates_remaining(
	const struct lull_gates *g, uint32_t node, uint16_t upstream, uint64_t ts_ns, double *in);

// The upstream a conversation of place q takes that was begun over `upstream`.
uint16_t lull_gates_upstream(
	const struct lull_gates *g, uint32_t node, uint16_t upstream, double q, uint64_t ts_ns);
