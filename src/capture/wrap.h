// SPDX-License-Identifier: BSD-3-Clause
// A counter of a driver or a kernel, made to only rise: drivers count in 32 bits and wrap, and some
// begin anew at a reset.

#pragma once

#include <stdint.h>

struct lull_wrap {
	uint64_t last;  // as last read
	uint64_t total; // since the first reading or, where all was zero, since zero
};

// Begin at a reading: what was counted before is nobody's.
void lull_wrap_begin(struct lull_wrap *w, uint64_t reading);

// The next reading; returns the total. A reading below the last is a wrap of a 32-bit counter when
// both fit into 32 bits and it is the shorter way round (less than 2^31 on, so at least two
// readings a wrap are needed); else the counter was reset, and what it shows is new.
uint64_t lull_wrap_add(struct lull_wrap *w, uint64_t reading);
