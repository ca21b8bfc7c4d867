// SPDX-License-Identifier: BSD-3-Clause
// Which TCP flows toward a target get stuck? A sample of them per slot: of every target the
// LULL_SAMPLE flows with the smallest keyed hash of addresses and ports, and how far the sequence
// numbers of each came (after Holterbach et al., "Blink", NSDI 2019). Whoever does not know the key
// cannot choose what is sampled. A flow counts when it brought data: two bytes or more, because one
// byte is what keep-alives (RFC 9293, 3.8.4) and window probes repeat to a peer that is well.
//
// What a sample holds depends on the set of packets alone, never on order or on how it was split
// over samples joined later: the smallest of a union are among the smallest of each part, and a
// maximum is a maximum. Sequence numbers wrap and have no maximum; within one half of their space
// they do not wrap, so either half keeps its own, and the analyzer, which knows where the flow
// stood, compares both with that.
//
// Memory: 24 bytes a flow and up to 32 of index, up to 2 * LULL_SAMPLE flows of a target. Beyond
// LULL_FLOWS_MAX flows of all targets together (4096 of them with a full sample each) the limit for
// hashes is halved for all, until those that are left fit: at most 28 MiB a slot, whoever sends
// what. (How many are left below a limit is a sum of min(64, n) over targets, and no part of a
// union has more than the union: no worker halves further than the union does.)

#pragma once

#include <lull/decode.h>
#include <lull/siphash.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LULL_SAMPLE 64
#define LULL_FLOWS_MAX (1u << 18)
#define LULL_FLOW_DATA 2 // bytes of payload from which a segment counts
#define LULL_FLOW_WORDS 5

// One flow in one bin.
struct lull_flow {
	uint64_t id;     // keyed hash; flows are sampled by it
	uint32_t top[2]; // highest sequence number behind data, in either half of their space
	uint32_t next;   // flow of the same sample, + 1; 0: none
	uint8_t halves;  // bit h: top[h] is set
	uint8_t sender;  // keyed hash of who sends: of its IPv4 address or IPv6 /64
};
_Static_assert(sizeof(struct lull_flow) == 24, "as the memory above has it");

// Odd secrets, of multilinear hashing (see cell.h).
struct lull_flow_salt {
	uint64_t words[LULL_FLOW_WORDS], sender;
};

struct lull_flow_entry {
	uint32_t flow, tag; // flow + 1; low half of its id
};

struct lull_flow_sample {
	uint64_t limit; // no flow above it is among the smallest
	uint32_t target;
	uint32_t n, first; // flows; the first one, + 1
};

// The samples of one slot. All zeros: empty. One thread at a time.
struct lull_flows {
	struct lull_flow *flows;
	struct lull_flow_sample *samples;
	uint32_t *places;              // by cell: its target's sample, + 1; 0: none yet
	uint32_t *targets;             // open addressing by target: sample, + 1
	struct lull_flow_entry *index; // open addressing by id, at most half full
	uint32_t n_flows, n_samples, n_places, n_live;
	uint32_t cap_flows, cap_samples, cap_places, cap_targets, cap_index;
	uint32_t n_targets, n_index; // entries of either table in use, powers of two
	uint32_t n_entered;          // of the index: those of flows that were dropped, too
	uint32_t free_flow;          // dropped ones, chained, + 1
	uint32_t calm;               // resets in a row that found little of the memory used
	uint32_t halvings;           // of the limit for all
	uint32_t max;                // LULL_FLOWS_MAX unless a test set another; 0: that
};

void lull_flow_salt_init(struct lull_flow_salt *salt, const struct lull_sipkey *key);
// Forget all flows. Keeps the memory, unless little of it was needed for long.
void lull_flows_reset(struct lull_flows *f);
void lull_flows_finish(struct lull_flows *f);
size_t lull_flows_bytes(const struct lull_flows *f);

// The sample of a target, for the first of its packets in this cell. As lull_flows_sample().
uint32_t lull_flows_open(struct lull_flows *f, uint32_t cell, uint32_t target);
// A segment of a flow with data that ends at `end`. False: out of memory.
bool lull_flows_add(
	struct lull_flows *f, uint32_t sample, uint64_t id, uint8_t sender, uint32_t end);

// The sample of a target, for its packets in this cell. Its number, or UINT32_MAX: out of memory.
static inline uint32_t lull_flows_sample(struct lull_flows *f, uint32_t cell, uint32_t target)
{
	if (cell < f->n_places && f->places[cell] != 0)
		return f->places[cell] - 1;
	return lull_flows_open(f, cell, target);
}

// No flow of this slot has a greater hash.
static inline uint64_t lull_flows_limit(const struct lull_flows *f)
{
	return f->halvings < 64 ? UINT64_MAX >> f->halvings : 0;
}

static inline uint64_t lull_flow_id(
	const struct lull_flow_salt *salt, const struct lull_headers *h, uint32_t ports)
{
	const uint64_t *w = salt->words;
	uint64_t id = h->src.hi * w[0] + h->src.lo * w[1] + h->dst.hi * w[2] + h->dst.lo * w[3] +
		      ports * w[4];
	id = (id ^ id >> 32) * UINT64_C(0xd6e8feb86659fd93); // the high bits are good: all of them
	return id ^ id >> 32;
}

static inline uint8_t lull_flow_sender(
	const struct lull_flow_salt *salt, const struct lull_headers *h)
{
	return (uint8_t)((h->family == 4 ? h->src.lo : h->src.hi) * salt->sender >> 56);
}

// Take what `b` saw of the flow that `a` saw, too.
static inline void lull_flow_join(struct lull_flow *a, const struct lull_flow *b)
{
	for (int h = 0; h < 2; h++)
		if ((b->halves >> h & 1) && (!(a->halves >> h & 1) || b->top[h] > a->top[h]))
			a->top[h] = b->top[h];
	a->halves |= b->halves;
}
