// SPDX-License-Identifier: BSD-3-Clause
// The registry of upstreams: from keys, as the packet path computes them, to indices and names.
// It grows bin by bin; an index once given stays. What gets an index, and which, depends on the
// bins' contents alone, so it is the same for any number of workers:
//   0 is `all`; within a bin new keys are appended by rising key: named rules in their order,
//   then learnt ones by kind and value, then "other", once something needs it.
// Learnt upstreams are kept apart up to config->upstreams_max. When one bin brings more than there
// is room for, those with the most packets get the room (ties: the lower key), so that a neighbour
// that invents MAC addresses cannot crowd out one that carries traffic.

#pragma once

#include <lull/bin.h>
#include <lull/config.h>
#include <stdbool.h>
#include <stdint.h>

struct lull_found {
	uint64_t key, packets;
};

struct lull_registry {
	struct lull_upstreams view; // keys and names point into the arrays below
	const struct lull_config *config;
	uint64_t *keys; // by index; UINT64_MAX for `all`
	char **names;
	uint32_t cap_keys, cap_names;
	uint32_t learnt; // how many of them
	uint32_t other;  // index of "other", or 0
	bool other_seen;
	uint64_t refused_packets; // of this bin: learnt upstreams there was no room for
	// open addressing from key to index; 0: free
	struct lull_place_of {
		uint64_t key;
		uint32_t upstream;
	} * places;
	uint32_t n_places, mask;
	struct lull_found *found; // new keys of the bin
	uint32_t n_found, cap_found;
};

// False: out of memory. config must outlive it.
bool lull_registry_init(struct lull_registry *r, const struct lull_config *config);
void lull_registry_finish(struct lull_registry *r);

// Before the first bin: indices for all named rules of the configuration, then for these learnt
// keys, in their order, while there is room. Others are passed over. False: out of memory.
bool lull_registry_seed(struct lull_registry *r, const uint64_t *keys, size_t n);

// A key was seen in this bin, with so many packets. False: out of memory.
bool lull_registry_see(struct lull_registry *r, uint64_t key, uint64_t packets);
// The bin's keys are all seen: give the new ones their index, and say how many packets came from
// those that got none. False: out of memory.
bool lull_registry_settle(struct lull_registry *r, uint64_t *refused_packets);
// Index of a key that was seen and settled.
uint32_t lull_registry_index(const struct lull_registry *r, uint64_t key);
