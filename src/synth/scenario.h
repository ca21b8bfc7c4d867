// SPDX-License-Identifier: BSD-3-Clause
// A scenario as the generator sees it: read, checked, every default filled in. Read-only after
// lull_scenario_load(). Rates are packets per second, times ns since the epoch.

#pragma once

#include <lull/address.h>
#include <lull/synth.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LULL_SCENE_NODES 4096 // targets, services and groups
#define LULL_SCENE_UPSTREAMS 64
#define LULL_SCENE_CELLS 65536 // nodes x (upstreams + 1): truth is kept in flat tables
#define LULL_SCENE_EVENTS 1024
#define LULL_SCENE_PREFIXES 1024 // of one node
#define LULL_SCENE_LABELS 8      // MPLS, as deep as the decoder reads
#define LULL_SCENE_SIZES 16
#define LULL_SCENE_HOSTS 4000000   // addresses or flows of one population
#define LULL_SCENE_PEOPLE 16000000 // of all: 25 bytes each

struct lull_scene_place {
	unsigned line, column; // from 1
};

// A mixture of IP total lengths.
struct lull_scene_sizes {
	uint32_t n;
	uint32_t bytes[LULL_SCENE_SIZES];
	double weight[LULL_SCENE_SIZES];
};

// How a rate moves: 1 + amplitude cos(hour - peak), times weekend on Saturday and Sunday (UTC),
// times a lognormal AR(1) noise of mean 1 with deviation sigma and time constant memory.
struct lull_scene_level {
	double amplitude, peak_hours, weekend;
	double sigma;
	uint64_t memory_ns;
};

struct lull_scene_node {
	char *name; // services: "<target>/<service>"
	int parent; // index of the node that counts it too, or -1
	bool group;
	struct lull_prefix *prefixes;
	size_t n_prefixes;
	double out, in; // of the node's own addresses, without its services
	double v6;      // share of addresses from its IPv6 prefixes; < 0: half if it has both
	uint32_t sources, peers;
	double zipf;         // exponent of addresses and peers alike
	double udp, icmp;    // shares of conversations; the rest is TCP
	double servers;      // share of conversations that begin outside
	double phi;          // variance over mean of packets per bin
	uint64_t spacing_ns; // mean time between packets of a conversation
	struct lull_scene_level level;
	struct lull_scene_sizes sizes;
	double share[LULL_SCENE_UPSTREAMS]; // of conversations by upstream; sums to 1
	struct lull_scene_place place;
};

struct lull_scene_upstream {
	char *name;
	int vlan, inner; // -1: none; inner: second tag of a QinQ pair (802.1ad outside)
	uint64_t mac;    // 0: made from the index
	bool by_mac;     // the configuration tells it apart by MAC
	uint32_t labels[LULL_SCENE_LABELS];
	size_t n_labels;
	double weight;
	struct lull_scene_place place;
};

enum lull_scene_kind {
	LULL_SCENE_OUTAGE,
	LULL_SCENE_MOVED,
	LULL_SCENE_FLOOD,
	LULL_SCENE_UNREACHABLES,
	LULL_SCENE_LOSS,
	LULL_SCENE_GAP,
	LULL_SCENE_DUPLICATE,
	LULL_SCENE_CLOCK,
	LULL_SCENE_REORDER,
	LULL_SCENE_KINDS,
};

struct lull_scene_event {
	enum lull_scene_kind kind;
	uint32_t *targets; // node indices
	size_t n_targets;
	uint64_t upstreams; // bit i: upstream i
	uint64_t from_ns, to_ns;
	double remaining; // outage: share of conversations that go on
	double in;        // outage: share of peers whose attempts still reach the tap
	uint64_t ramp_ns, recovery_ns;
	int onto;           // moved: the upstream that takes over
	double fraction;    // moved, loss, duplicate, reorder
	double rate;        // flood, unreachables
	bool udp;           // flood
	uint32_t sources;   // flood: spoofed addresses; 0: as many as there are
	double backscatter; // flood: share answered
	int reason;         // unreachables: enum lull_unreach
	int64_t step_ns;    // clock
	uint64_t jitter_ns; // reorder
	struct lull_scene_place place;
};

struct lull_scene_background {
	double rate;    // packets per second
	uint32_t flows; // told apart by addresses and ports
	double zipf, udp, v6;
	double phi;
	double chatter; // ARP requests per second: control traffic that is not IP
	struct lull_scene_level level;
	struct lull_scene_sizes sizes;
	struct lull_prefix *prefixes; // none: those of peers
	size_t n_prefixes;
};

struct lull_scenario {
	char *file;
	uint64_t seed;
	uint64_t start_ns, duration_ns, bin_ns;
	uint16_t linktype; // LINKTYPE_*
	bool nanoseconds;
	uint32_t snaplen;          // 0: link, IP and transport header and no more
	struct lull_prefix *peers; // where addresses outside come from
	size_t n_peers;
	struct lull_scene_background background;
	struct lull_scene_node *nodes; // in the order of target ids: [0] is target 1
	size_t n_nodes;
	struct lull_scene_upstream *upstreams;
	size_t n_upstreams;
	bool named_upstreams; // false: one nameless upstream no rule tells apart
	struct lull_scene_event *events;
	size_t n_events;
};
