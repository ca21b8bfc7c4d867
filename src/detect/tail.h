// SPDX-License-Identifier: BSD-3-Clause
// How a bin comes to lie at the end of the history of a calm series. Once per series and bin, so it
// stands in line.

#pragma once

#include "recent.h"
#include <string.h>

// A float of 7 bits of exponent and 9 of mantissa, 2^-31 to 2^96; whole numbers up to 1024 are
// exact. What is smaller is 0.
#define LULL_TAIL_CUT                                                                              \
	14 // bits of the mantissa that are left out; those of floats >= 0 are in their order
#define LULL_TAIL_BIAS (UINT32_C(95) << 9)

static inline uint16_t lull_tail_pack_number(float x)
{
	static const uint32_t least = LULL_TAIL_BIAS << LULL_TAIL_CUT,
			      most = (LULL_TAIL_BIAS + UINT16_MAX) << LULL_TAIL_CUT;
	uint32_t bits;
	memcpy(&bits, &x, sizeof(bits));
	bits = bits > least ? bits : least;
	bits = bits < most ? bits : most;
	return (uint16_t)(((bits + (UINT32_C(1) << (LULL_TAIL_CUT - 1))) >> LULL_TAIL_CUT) -
			  LULL_TAIL_BIAS);
}

// Append a bin. `last`: the bin appended before; one that is no neighbour, or is of another length,
// is forgotten and all before it.
static inline void lull_tail_add(
	struct lull_tail *t, const struct lull_recent_bin *bin, const struct lull_recent_bin *last)
{
	if (bin->len_ns != last->len_ns || bin->start_ns != last->start_ns + last->len_ns)
		t->n = 0;
	t->bins[t->next] = (struct lull_tail_bin){
		lull_tail_pack_number(bin->k), lull_tail_pack_number(bin->l)};
	t->next = t->next + 1 < LULL_TAIL_BINS ? (uint8_t)(t->next + 1) : 0;
	t->n += t->n < LULL_TAIL_BINS;
}
