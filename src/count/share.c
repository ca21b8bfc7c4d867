// SPDX-License-Identifier: BSD-3-Clause
// Sorting shares: by insertion when there are few, else by radix, lowest digit first.

#include "share.h"

#include <string.h>

#define FEW 48
#define DIGIT_BITS 11
#define DIGITS (1 << DIGIT_BITS)

static void insertion_sort(struct lull_share *shares, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++) {
		struct lull_share share = shares[i];
		uint32_t at = i;
		for (; at > 0 && shares[at - 1].row > share.row; at--)
			shares[at] = shares[at - 1];
		shares[at] = share;
	}
}

static void sort_digit(
	const struct lull_share *from, struct lull_share *to, uint32_t n, unsigned shift)
{
	uint32_t place[DIGITS];
	memset(place, 0, sizeof(place));
	for (uint32_t i = 0; i < n; i++)
		place[from[i].row >> shift & (DIGITS - 1)]++;
	uint32_t sum = 0;
	for (int d = 0; d < DIGITS; d++) {
		uint32_t count = place[d];
		place[d] = sum;
		sum += count;
	}
	for (uint32_t i = 0; i < n; i++)
		to[place[from[i].row >> shift & (DIGITS - 1)]++] = from[i];
}

struct lull_share *lull_shares_sort(
	struct lull_share *shares, struct lull_share *spare, uint32_t n, uint64_t highest)
{
	if (n <= FEW) {
		insertion_sort(shares, n);
		return shares;
	}
	for (unsigned shift = 0; shift < 64 && highest >> shift != 0; shift += DIGIT_BITS) {
		sort_digit(shares, spare, n, shift);
		struct lull_share *sorted = spare;
		spare = shares;
		shares = sorted;
	}
	return shares;
}
