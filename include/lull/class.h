// SPDX-License-Identifier: BSD-3-Clause
// The count law: every packet received lands in exactly one class, in packets and in wire bytes.
//   received = sum over classes;   residual = received - sum = 0
// `received` is counted where packets enter, the classes where they are judged, by different
// code: a residual that is not 0 is a bug that shows itself.

#pragma once

#include <stdint.h>

enum lull_class {
	LULL_MATCHED_SRC,  // source address in a target
	LULL_MATCHED_DST,  // destination address in a target
	LULL_MATCHED_BOTH, // both
	LULL_UNMATCHED,    // IP, neither
	LULL_NOT_IP,       // ARP, LLDP, an unknown link type, ...
	LULL_TRUNCATED,    // the capture ended before both addresses were readable
	LULL_MALFORMED,    // the bytes are there and wrong
	LULL_CLASS_LATE,   // its bin was closed already
	LULL_CLASS_JUMP,   // its time cannot be believed
	LULL_FILTERED,     // dropped by --filter
	LULL_CLASSES,
};

struct lull_tally {
	uint64_t packets;
	uint64_t bytes; // wire length, link header included
};

struct lull_law {
	struct lull_tally received;
	struct lull_tally classes[LULL_CLASSES];
};

// "matched_src", ..., as printed and exported.
const char *lull_class_name(enum lull_class c);

// received - sum of classes, in packets and bytes, modulo 2^64: {0, 0} or a bug.
struct lull_tally lull_law_residual(const struct lull_law *law);

// sum += law.
void lull_law_add(struct lull_law *sum, const struct lull_law *law);
