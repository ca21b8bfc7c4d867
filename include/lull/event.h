// SPDX-License-Identifier: BSD-3-Clause
// An outage candidate as the world sees it. The record is plain data; its JSON form is
// `lull.event/1` (docs/event.schema.json).

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lull_state {
	LULL_LEARNING,       // not enough history yet
	LULL_NOT_MEASURABLE, // too little traffic to tell an outage in useful time
	LULL_UP,
	LULL_SUSPECTED,  // the statistic alarmed
	LULL_CONFIRMED,  // and not even all that may have been lost explains it
	LULL_RECOVERING, // traffic is back, not yet for long enough
	LULL_ENDED,
	LULL_LEVEL_SHIFT, // a new steady level that stayed: no longer an outage
	LULL_MEASUREMENT, // the tap, not the target
	LULL_STATES,
};

enum lull_kind {
	LULL_OUTAGE,  // the target's traffic is gone
	LULL_REROUTE, // one upstream lost it, others carry it
	LULL_TAP,     // control traffic fell with it: measurement
	LULL_SURGE,   // the target's traffic rose (detector.direction: both)
	LULL_KINDS,
};

enum lull_scope {
	LULL_SCOPE_UNKNOWN, // one path seen, or none told apart
	LULL_SCOPE_ALL,     // every upstream fell
	LULL_SCOPE_SOME,    // some fell, some stayed
	LULL_SCOPE_MOVED,   // some fell, others rose by about as much
	LULL_SCOPES,
};

enum lull_loss {
	LULL_LOSS_NONE,
	LULL_LOSS_KNOWN,
	LULL_LOSS_UNKNOWN,
};

enum lull_health {
	LULL_TAP_HEALTHY,    // control traffic kept its level
	LULL_TAP_UNVERIFIED, // no control traffic to compare with
	LULL_TAP_DEGRADED,   // control traffic fell in part
	LULL_TAP_FAILED,     // control traffic fell with the target
	LULL_HEALTHS,
};

// What an event rests on.
enum lull_feature {
	LULL_PACKETS,
	LULL_SOURCES,               // distinct addresses of each base bin
	LULL_ACTIVE_BINS,           // base bins with a packet
	LULL_SYNS,                  // connections opened and openings answered: SYN, SYN-ACK
	LULL_FEATURES,              // that packets out of a target have
	LULL_FLOWS = LULL_FEATURES, // TCP flows toward it alone (one-way taps)
	LULL_BASES,
};

const char *lull_state_name(enum lull_state s);   // "suspected", ...
const char *lull_kind_name(enum lull_kind k);     // "outage", "reroute", "tap", "surge"
const char *lull_scope_name(enum lull_scope s);   // "unknown", "all", "some", "moved"
const char *lull_health_name(enum lull_health h); // "healthy", ...
const char *lull_loss_name(enum lull_loss l);     // "none", "known", "unknown"
// "packets", "sources", "active_bins", "syns", "flows"
const char *lull_feature_name(enum lull_feature f);

struct lull_instant {
	uint64_t ns, lo_ns, hi_ns; // LULL_TIME_NONE throughout: not (yet) known
};

struct lull_estimate {
	double value, lo, hi;
};

// Rates per second of one target, before the onset and during the event.
struct lull_signals {                               // all of them double
	double out_packets, out_bytes, out_sources; // sources: distinct per bin
	double in_packets, in_bytes, in_peers;
	double syn_in, synack_out, rst_out, rst_in;
	double unreach_noroute, unreach_admin, unreach_ttl;
	double syn_unanswered;       // SYNs in beyond the SYN+ACKs out
	double tcp_flows, tcp_stuck; // per bin, of the sample (bin.h): flows in, those stuck
};

struct lull_scope_part {
	const char *upstream; // name; belongs to the registry
	double expected_pps, observed_pps;
	double lost; // 1 - observed/expected, clipped to [-9, 1]
};

#define LULL_CAUSES 4
#define LULL_SCOPE_PARTS 64

struct lull_cause {
	const char *label; // "internal-shutdown", "attack", "upstream-failure", "measurement", ...
	double weight;     // weights of one event sum to 1
	char evidence[160];
};

struct lull_event {
	char id[17];  // hash of target, upstream, onset and configuration digest, 16 hex digits
	uint32_t rev; // 1 for the first line of an event
	enum lull_state state;
	enum lull_kind kind;
	enum lull_feature basis; // rates and losses are packets' all the same; but of FLOWS rates
				 // are 0, lost is the share that is stuck; never confirmed
	uint32_t target;
	const char *target_name;
	const char *upstream; // "all", or the one upstream a re-route is about
	uint64_t revised_ns;  // time of this revision (start of the bin after the last one judged)
	struct lull_instant onset, end;
	uint64_t detected_ns;       // end of the bin that alarmed
	double expected_pps;        // baseline at the onset
	double observed_pps;        // during the event
	struct lull_estimate lost;  // fraction lost
	double evidence, threshold; // nats
	double budget_per_day;      // false alarms a day this threshold allows over all series
	struct lull_signals before, during;
	enum lull_scope scope;
	struct lull_scope_part parts[LULL_SCOPE_PARTS];
	size_t n_parts;
	struct lull_cause causes[LULL_CAUSES];
	size_t n_causes;
	enum lull_health tap;
	double control_ratio; // control traffic during the event over before; NAN: none
	enum lull_loss loss;
	uint64_t lost_packets; // valid when loss is known
	uint64_t bin_ns;       // bins the series was judged in
	uint64_t learnt_ns;    // history behind the baseline
	const char *config_digest;
};

// What the detector knows of a target now.
struct lull_target_status {
	uint32_t target;
	enum lull_state state;
	uint64_t packets_out, packets_in; // over the whole run
	double expected_pps;              // NAN while learning
	double phi, sigma;                // dispersion, level noise; NAN while learning
	uint64_t bin_ns;                  // bins it is judged in
	uint64_t learnt_ns;               // history the baseline rests on
	double detectable_delay_s;        // silence found after this long; INFINITY: never
	size_t events;                    // outages so far
};
