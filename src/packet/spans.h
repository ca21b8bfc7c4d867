// SPDX-License-Identifier: BSD-3-Clause
// Nested prefixes made flat: the address space of a family cut into spans that belong to one
// target each. Looking an address up is then finding the span it lies in.

#pragma once

#include <lull/targets.h>

// Starts at (hi, lo) in host order (IPv4: hi = 0) and ends where the next one starts, or with the
// address space. target may be LULL_NO_TARGET.
struct lull_span {
	uint64_t hi, lo;
	uint32_t target;
};

struct lull_spans {
	struct lull_span *spans; // the first starts at 0; neighbours differ in target
	size_t n;                // >= 1, <= 2 * prefixes + 1
	size_t n_prefixes;       // prefixes of the family
};

// Cut the space of a family (4 or 6). prefixes[0..n): sorted by lull_prefix_compare(), without
// duplicates. Returns 0 or -ENOMEM. The caller frees out->spans.
int lull_spans_build(const struct lull_target_prefix *prefixes, size_t n, uint8_t family,
	struct lull_spans *out);
