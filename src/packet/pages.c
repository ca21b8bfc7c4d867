// SPDX-License-Identifier: BSD-3-Clause
// Anonymous mappings.

#include "pages.h"
#include <string.h>
#include <sys/mman.h>

#define HUGE_FROM (4u << 20) // below, few 2 MiB pages would fit in

void *lull_pages_map(size_t bytes, bool huge)
{
	void *pages = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (pages == MAP_FAILED)
		return NULL;
	if (huge && bytes >= HUGE_FROM)
		madvise(pages, bytes, MADV_HUGEPAGE); // without it only slower
	return pages;
}

void lull_pages_unmap(void *pages, size_t bytes)
{
	if (pages != NULL)
		munmap(pages, bytes);
}

void *lull_pages_copy(const void *data, size_t n)
{
	void *pages = n > 0 ? lull_pages_map(n, true) : NULL;
	return pages == NULL ? NULL : memcpy(pages, data, n);
}
