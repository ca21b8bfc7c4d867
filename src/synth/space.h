// SPDX-License-Identifier: BSD-3-Clause
// The addresses of a set of prefixes in a scrambled order without repetition: the k-th is found
// without a table (k -> a k + b mod size, a prime to the size).

#pragma once

#include <lull/address.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lull_space {
	const struct lull_prefix *prefixes;
	size_t n;
	uint8_t family;
	uint64_t size; // addresses of the family, a prefix counted as 2^52 at most; 0: none
	uint64_t a, b;
};

// prefixes must outlive it and be disjoint. key: which order.
void lull_space_init(struct lull_space *s, const struct lull_prefix *prefixes, size_t n,
	uint8_t family, uint64_t key);

// The k-th address, k < size (larger ones repeat). size > 0.
void lull_space_address(const struct lull_space *s, uint64_t k, struct lull_addr *out);

// Sort prefixes[0..n) and find two that overlap: true and their indices.
struct lull_space_entry {
	struct lull_prefix prefix;
	int owner;
};
bool lull_space_overlap(struct lull_space_entry *entries, size_t n,
	bool (*fine)(void *context, int outer, int inner), void *context, size_t *outer,
	size_t *inner);
