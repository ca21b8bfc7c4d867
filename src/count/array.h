// SPDX-License-Identifier: BSD-3-Clause
// Arrays on cache-line boundaries that grow by doubling and keep what they hold.

#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LULL_LINE 64

// The array with room for need (> 0) elements of size bytes each; it held *cap, which is updated.
// NULL: out of memory, and nothing has changed.
static inline void *lull_array_grow(void *array, uint32_t *cap, uint32_t need, size_t size)
{
	if (need <= *cap)
		return array;
	uint64_t more = *cap == 0 ? 64 : *cap;
	while (more < need)
		more *= 2;
	if (more > UINT32_MAX)
		return NULL;
	size_t bytes = (more * size + LULL_LINE - 1) / LULL_LINE * LULL_LINE;
	void *grown = aligned_alloc(LULL_LINE, bytes);
	if (grown == NULL)
		return NULL;
	if (array != NULL)
		memcpy(grown, array, *cap * size);
	free(array);
	*cap = (uint32_t)more;
	return grown;
}
