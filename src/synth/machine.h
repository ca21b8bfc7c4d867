// SPDX-License-Identifier: BSD-3-Clause
// The generator's inside: a heap of moments, each belonging to a stream (arrivals without end)
// or to a conversation. The next moment makes at most one packet. Everything draws from its
// own random numbers, so a change to one target leaves the packets of the others as they were.

#pragma once

#include "faults.h"
#include "gate.h"
#include "level.h"
#include "random.h"
#include "scenario.h"
#include "space.h"
#include "wire.h"

#include <lull/upstream.h>

// The addresses of one target: all distinct, none a service's.
struct lull_hosts {
	struct lull_addr *addr[2]; // IPv4, IPv6
	uint32_t n[2];
	struct lull_pick pick[2];
};

// Everyone who talks to and from one node's own addresses.
struct lull_party {
	struct lull_hosts hosts;
	struct lull_space peers[2];
	struct lull_pick peer, size, upstream;
	struct lull_random random;
	struct lull_arrivals arrivals; // of conversations
	double mean;                   // packets of a conversation in its leading direction
	double ratio;                  // of the other direction to the leading one
	bool in_leads;                 // nothing comes out: a dark address space
};

enum lull_talk_state {
	LULL_TALK_OPEN,
	LULL_TALK_RETRY, // the other side is gone; one side still tries
	LULL_TALK_REPLY, // one answer to a flood packet
};

struct lull_talk {
	struct lull_addr host, peer; // host: inside the target
	uint32_t left[LULL_DIRECTIONS], seq[LULL_DIRECTIONS];
	double q, q_in;
	uint32_t node;
	uint16_t host_port, peer_port, upstream;
	uint16_t retry_bytes; // of the segment that is sent again and again
	uint8_t proto, state, retries;
	bool host_starts, begun[LULL_DIRECTIONS];
};

// A population of connections that belong to no target, and ARP.
struct lull_crowd {
	struct lull_random random;
	struct lull_arrivals arrivals, chatter;
	struct lull_random chatter_random;
	struct lull_scene_level flat;
	struct lull_space arp;
	struct lull_pick pick, size;
	struct lull_crowd_flow *flows;
	uint64_t small_ns; // mean time between packets of one burst
	double mean;       // packets of a burst
	uint32_t left, flow;
	uint64_t next_arrival;
};

// A flood, or ICMP errors from routers.
struct lull_assault {
	const struct lull_scene_event *event;
	struct lull_random random;
	struct lull_arrivals arrivals;
	struct lull_scene_level flat;
	struct lull_pick upstream; // by share of each node, over the event's upstreams
	uint32_t *nodes;           // with addresses of their own
	uint32_t n_nodes;
};

struct lull_moment {
	uint64_t ts_ns;
	uint32_t id; // a stream, or n_streams + talk
};

struct lull_synth {
	const struct lull_scenario *scenario;
	struct lull_gates gates;
	struct lull_wire_link links[LULL_SCENE_UPSTREAMS][LULL_DIRECTIONS];
	struct lull_party *parties; // one per node; groups have none
	struct lull_crowd crowd;
	struct lull_assault *assaults; // one per event; others are empty
	uint32_t n_streams;            // nodes, crowd, chatter, events
	struct lull_moment *heap;
	uint32_t n_heap, heap_cap;
	struct lull_talk *talks;
	uint32_t *free_talks;
	uint32_t n_talks, n_free, talks_cap;
	struct lull_wire *wire;
	struct lull_synth_mark mark;
	uint64_t end_ns, left; // packets still to give
	bool no_memory;
	struct lull_faults faults;
};

// Build the packet into g->wire and begin its mark (addresses, sizes, flags; no targets).
void lull_machine_emit(struct lull_synth *g, uint16_t upstream, enum lull_direction direction,
	const struct lull_segment *s);

// A fresh conversation at ts_ns; NULL: out of memory (noted in g).
struct lull_talk *lull_machine_talk(struct lull_synth *g, uint64_t ts_ns);

// parties: 0 or -ENOMEM
int lull_party_init(struct lull_synth *g, uint32_t node);
void lull_party_finish(struct lull_party *p);
// A conversation begins. Returns the time of the next one.
uint64_t lull_party_arrive(struct lull_synth *g, uint32_t node, uint64_t ts_ns);
// A conversation's moment. *next: its next one, UINT64_MAX: over. True: a packet was built.
bool lull_talk_step(struct lull_synth *g, struct lull_talk *t, uint64_t ts_ns, uint64_t *next);

int lull_crowd_init(struct lull_synth *g);
void lull_crowd_finish(struct lull_crowd *c);
// A packet of the background. Returns the time of the next one.
uint64_t lull_crowd_packet(struct lull_synth *g, uint64_t ts_ns);
uint64_t lull_crowd_arp(struct lull_synth *g);

int lull_assault_init(struct lull_synth *g, uint32_t event);
void lull_assault_finish(struct lull_assault *a);
// Returns the time of the next one; *built: whether there is a packet now.
uint64_t lull_assault_packet(struct lull_synth *g, uint32_t event, uint64_t ts_ns, bool *built);

// Streams of random numbers, by what draws.
enum {
	LULL_STREAM_PARTY = 1 << 16,
	LULL_STREAM_EVENT = 2 << 16,
	LULL_STREAM_CROWD = 3 << 16,
	LULL_STREAM_TAP = 4 << 16,
};
