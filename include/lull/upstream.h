// SPDX-License-Identifier: BSD-3-Clause
// Which neighbour did a packet come from or go to? The rules of the configuration are tried in
// order; the first that fits gives the key. A key needs no table, so every worker computes the
// same one; the analyzer turns keys into names (and caps how many learnt ones it keeps apart).

#pragma once

#include <lull/config.h>
#include <lull/decode.h>
#include <stdint.h>

// Key layout: kind in the top byte, value in the low 48 bits.
enum lull_upstream_kind {
	LULL_UPSTREAM_NONE = 0,  // no rule fitted
	LULL_UPSTREAM_NAMED = 1, // value: index of the rule in config->upstreams
	LULL_UPSTREAM_PORT = 2,  // learnt: port number
	LULL_UPSTREAM_VLAN = 3,  // learnt: outer VLAN
	LULL_UPSTREAM_MPLS = 4,  // learnt: outer label
	LULL_UPSTREAM_MAC = 5,   // learnt: the neighbour's MAC
};

static inline uint64_t lull_upstream_key(enum lull_upstream_kind kind, uint64_t value)
{
	return (uint64_t)kind << 56 | value;
}

enum lull_direction {
	LULL_OUT, // source in the target: proof of life; neighbour = source MAC
	LULL_IN,  // destination in the target: interest by others; neighbour = destination MAC
	LULL_DIRECTIONS,
};

struct lull_upstream_rules; // opaque, immutable

// Compile the rules of the configuration. NULL and errno on failure. Keeps no reference.
struct lull_upstream_rules *lull_upstream_create(const struct lull_config *config);
void lull_upstream_destroy(struct lull_upstream_rules *r);

// Key of the neighbour for one packet and direction. Any thread.
uint64_t lull_upstream_of(const struct lull_upstream_rules *r, const struct lull_packet *packet,
	const struct lull_headers *headers, enum lull_direction direction);

// Name of a key: the configured name, "vlan 100", "mpls 16001", "port 1", "02:00:00:00:00:01",
// or "other" for NONE. out: at least 64 bytes. Returns out or the configured name.
const char *lull_upstream_name(const struct lull_config *config, uint64_t key, char *out);
