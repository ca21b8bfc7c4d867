// SPDX-License-Identifier: BSD-3-Clause
// Seconds to nanoseconds, also where the seconds are absurd.

#pragma once

#include <stdint.h>

// Thirty years are for ever here; a rate of almost nothing makes longer ones.
static inline uint64_t lull_moment_ns(double s)
{
	return s < 1e9 ? (uint64_t)(1e9 * s) : UINT64_C(1000000000000000000);
}
