// SPDX-License-Identifier: BSD-3-Clause
// Can the tap be trusted? Traffic that belongs to no target is the control: what falls with it is
// the tap's doing. Per port: unmatched IP packets in keyed-hash groups, and LAN chatter.
// Beside it one series of everything received, which shows whether a tap without control traffic
// still sees anything at all.

#pragma once

#include "watch.h"
#include <lull/bin.h>

// Alarms of the control are no events; one false one a day harms nobody. Times the share of a
// series that gets the whole budget.
#define LULL_CONTROL_BUDGET 30.0

struct lull_control_port {
	struct lull_watch total;            // all control packets of the port
	double groups[LULL_CONTROL_GROUPS]; // level of each group, packets per second
	double seen_s;                      // exposure behind the levels
	double common;                      // G of the present bin
	uint64_t packets;                   // over the run
	bool dense;                         // groups carry enough for a G in every base bin
	bool active;                        // total is a running series
};

struct lull_control {
	struct lull_control_port ports[LULL_PORTS_MAX];
	size_t n_ports;
	struct lull_watch world; // all packets received
	uint64_t world_packets;
	bool world_active;
	double seen_s;    // exposure over the run
	uint64_t down_ns; // when the control of all ports was last in an alarm; 0: never
};

struct lull_control_view {
	enum lull_health health;
	struct lull_estimate ratio; // control traffic over its forecast; value NAN: none known
	bool waiting;               // too little to tell yet, but two minutes would do
	bool one_port;              // DEGRADED because of single ports; the rest kept its level
};

void lull_control_init(struct lull_control *c);
void lull_control_finish(struct lull_control *c);

// Take a base bin: counts into the series; returns the common-mode factor G in [0, 1]: 1 unless
// the control of every port with dense control fell. A G below 0.2 is reported as 1: then the
// tap is gone, and the statistics run on so that each target's fall is reported as measurement.
double lull_control_bin(struct lull_control *c, const struct lull_bin *bin);

// Start the series that have become busy enough; calls add(context, series) for each.
void lull_control_start(struct lull_control *c, const struct lull_watch_env *env, uint64_t time_ns,
	void (*add)(void *context, struct lull_watch *s), void *context);

// How the control fared since from_ns.
// Did the control fall at that time, by a fifth at least: the minute before against what came
// since? Half a tap that goes dark leaves more of the control than a dead one, but it goes with the
// target.
bool lull_control_sank(
	const struct lull_control *c, const struct lull_watch_env *env, uint64_t at_ns);

struct lull_control_view lull_control_since(
	const struct lull_control *c, const struct lull_watch_env *env, uint64_t from_ns);

// After the series were judged: end alarms that are over, note whether the control is down.
void lull_control_tend(struct lull_control *c, const struct lull_watch_env *env, uint64_t now_ns);
