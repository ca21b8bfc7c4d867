// SPDX-License-Identifier: BSD-3-Clause
// Names of targets, each kept once and numbered from 1 in order of first mention.
// All zeros is empty. Only the order of mention shows outside, never the order of the hash.

#pragma once

#include <lull/siphash.h>
#include <stddef.h>
#include <stdint.h>

struct lull_names {
	struct lull_sipkey key;
	char *text; // every name with its NUL, one after the other
	size_t len, cap;
	size_t *starts; // starts[id - 1]: where the name begins in text
	size_t starts_cap;
	uint64_t *slots; // open addressing: 32 bits of hash, then the id; 0 is free
	size_t n_slots;  // a power of two, or 0
	uint32_t n;
};

// Id of a name, which is added when it is new. Not 0; 0: out of memory or LULL_TARGETS_MAX names
// (errno tells: ENOMEM, E2BIG). name: len bytes without NUL inside.
uint32_t lull_names_intern(struct lull_names *names, const char *name, size_t len);

// Id of a name, or 0.
uint32_t lull_names_find(const struct lull_names *names, const char *name, size_t len);

// The name of an id in 1..n. Valid until the next lull_names_intern().
const char *lull_names_text(const struct lull_names *names, uint32_t id);

// Free everything; *names is empty again.
void lull_names_finish(struct lull_names *names);
