// SPDX-License-Identifier: BSD-3-Clause
// Arrays on cache-line boundaries that grow by doubling and keep what they hold.

#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LULL_LINE 64
#define LULL_HUGE_PAGE (2u << 20)

// Memory on a cache line, or, when it is much, on pages of 2 MiB where the system has them: a
// table of a million cells is visited at random, and small pages cost a walk at every visit.
static inline void *lull_array_alloc(size_t bytes)
{
	size_t grain = bytes < 2 * (size_t)LULL_HUGE_PAGE ? LULL_LINE : LULL_HUGE_PAGE;
	bytes = (bytes + grain - 1) / grain * grain;
	void *memory = aligned_alloc(grain, bytes);
	if (memory != NULL && grain == LULL_HUGE_PAGE)
		madvise(memory, bytes, MADV_HUGEPAGE); // a wish
	return memory;
}

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
	void *grown = lull_array_alloc(more * size);
	if (grown == NULL)
		return NULL;
	if (array != NULL)
		memcpy(grown, array, *cap * size);
	free(array);
	*cap = (uint32_t)more;
	return grown;
}
