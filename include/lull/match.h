// SPDX-License-Identifier: BSD-3-Clause
// Longest-prefix match: from address to target. Built once from a target set, then only read,
// by any number of threads.

#pragma once

#include <lull/decode.h>
#include <lull/targets.h>
#include <stdint.h>

struct lull_match; // opaque

// Build the tables. 1 M prefixes: < 2 s, < 700 MB. NULL and errno ENOMEM on failure.
// The match keeps no reference to targets.
struct lull_match *lull_match_create(const struct lull_targets *targets);
void lull_match_destroy(struct lull_match *m);

// Target of one address (family 4 or 6), or LULL_NO_TARGET.
uint32_t lull_match_one(const struct lull_match *m, uint8_t family, struct lull_ip ip);

// Targets of source, destination and embedded destination of a burst of headers.
struct lull_matched {
	uint32_t src, dst, embedded; // LULL_NO_TARGET where nothing matched or verdict != LULL_IP
};
// headers[0..n), n <= LULL_BURST, out[0..n).
void lull_match_burst(const struct lull_match *m, const struct lull_headers *headers, uint32_t n,
	struct lull_matched *out);

// Bytes the tables hold (as mapped).
size_t lull_match_bytes(const struct lull_match *m);
