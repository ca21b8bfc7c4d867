// SPDX-License-Identifier: BSD-3-Clause
// Any bytes behind one of the magics of pcap.

#include "fuzz_capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char magics[][5] = {"\xd4\xc3\xb2\xa1", "\xa1\xb2\xc3\xd4", "\x4d\x3c\xb2\xa1",
		"\xa1\xb2\x3c\x4d", "\x34\xcd\xb2\xa1", "\xa1\xb2\xcd\x34"};
	uint8_t *copy = malloc(size + 1);
	if (size > 0)
		memcpy(copy, data, size);
	bool known = false;
	for (size_t i = 0; i < 6 && size >= 4; i++)
		known = known || memcmp(copy, magics[i], 4) == 0;
	if (size >= 4 && !known)
		memcpy(copy, magics[data[0] % 6], 4);
	fuzz_capture(copy, size);
	free(copy);
	return 0;
}
