// SPDX-License-Identifier: BSD-3-Clause
// Which event is this? From event identifiers to dense numbers in order of first mention, so that
// an exporter can keep one record per event and replace it with each revision.

#pragma once

#include <stddef.h>
#include <stdint.h>

// All zeros is empty; lull_journal_finish() frees it.
struct lull_journal {
	char (*ids)[17];
	size_t n, cap;
	uint32_t *slots; // open addressing: number + 1, or 0
	size_t n_slots;  // a power of two, at least twice n
};

// Number of the event: existing, or n of before the call. SIZE_MAX: out of memory.
size_t lull_journal_number(struct lull_journal *j, const char *id);
void lull_journal_finish(struct lull_journal *j);
