// SPDX-License-Identifier: BSD-3-Clause
// Memory for look-up tables: zeroed, from the kernel, and paid for page by page when touched.

#pragma once

#include <stdbool.h>
#include <stddef.h>

// huge: wish for 2 MiB pages, for tables that are touched all over: a look-up then misses the
// cache, but not the translation of addresses too. NULL: out of memory. bytes > 0.
void *lull_pages_map(size_t bytes, bool huge);

// NULL is fine.
void lull_pages_unmap(void *pages, size_t bytes);

// A copy of n bytes in pages of their own; NULL for n == 0 too.
void *lull_pages_copy(const void *data, size_t n);
