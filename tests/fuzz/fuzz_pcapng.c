// SPDX-License-Identifier: BSD-3-Clause
// Any bytes behind a section header.

#include "fuzz_capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size + 1);
	if (size > 0)
		memcpy(copy, data, size);
	if (size >= 4)
		memcpy(copy, "\x0a\x0d\x0d\x0a", 4);
	// Half of the lengths are made to agree, or hardly any block would pass.
	bool big = size >= 12 && memcmp(copy + 8, "\x1a\x2b\x3c\x4d", 4) == 0;
	for (size_t at = 0; size >= 13 && copy[size - 1] & 1 && size - at >= 12;) {
		uint32_t total;
		memcpy(&total, copy + at + 4, 4);
		total = big ? __builtin_bswap32(total) : total;
		if (total < 12 || total > size - at)
			break;
		memcpy(copy + at + total - 4, copy + at + 4, 4);
		at += total;
	}
	fuzz_capture(copy, size);
	free(copy);
	return 0;
}
