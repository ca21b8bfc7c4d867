// SPDX-License-Identifier: BSD-3-Clause
// Telling formats apart, and saying what to do with those that are not read.

#include "captures.h"

#include <errno.h>

static void expect_format(const void *data, size_t n, const char *format, const char *advice)
{
	struct drained d = drain_bytes(data, n);
	cr_expect(eq(sz, d.n, 0));
	cr_expect(d.reports[0].damaged);
	cr_expect(same(d.reports[0].format, format), "%s", d.reports[0].format);
	cr_expect(ne(ptr, strstr(d.reports[0].error, advice), NULL), "%s", d.reports[0].error);
	cr_expect(eq(u64, d.reports[0].error_offset, 0));
	drained_free(&d);
}

Test(reader, formats_that_are_not_read_are_named_with_what_to_do)
{
	static const struct {
		const char *bytes, *format, *advice;
	} known[] = {
		{"snoop\0\0\0\0\0\0\2\0\0\0\4", "snoop", "editcap -F pcap"},
		{"RTSS\1\1\1\1\1\1\1\1\1\1\1\1", "netmon", "editcap -F pcap"},
		{"GMBU\1\1\1\1\1\1\1\1\1\1\1\1", "netmon", "editcap -F pcap"},
		{"XCP\0\1\1\1\1\1\1\1\1\1\1\1\1", "netxray", "editcap -F pcap"},
		{"\x7fver\1\1\1\1\1\1\1\1\1\1\1\1", "peek", "editcap -F pcap"},
		{"BZh91AY&SY\1\1\1\1\1\1", "bzip2", "unpack it first"},
		{"PK\3\4\1\1\1\1\1\1\1\1\1\1\1\1", "zip", "unpack it first"},
		{"# comment, not capture", "unknown", "it begins with 23 20 63 6f"},
	};
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		expect_format(known[i].bytes, 16, known[i].format, known[i].advice);
	char tar[512] = "name";
	memcpy(tar + 257, "ustar", 5);
	expect_format(tar, sizeof(tar), "tar", "unpack it first");
}

Test(reader, files_too_short_for_a_capture_say_so)
{
	expect_format("", 0, "unknown", "the file is empty");
	expect_format("\xd4\xc3\xb2", 3, "unknown", "too short for a capture (3 bytes)");
	expect_format("\xd4\xc3\xb2\xa1", 4, "pcap", "cut off inside the file header");
}

// An ERF record: 2005, Ethernet.
static void put_erf(struct bytes *b, unsigned rlen)
{
	uint8_t record[16] = {1, 2, 3, 4, 0x81, 0xd7, 0x48, 0x41, 2, 4, (uint8_t)(rlen >> 8),
		(uint8_t)rlen, 0, 0, 0, 60};
	put(b, record, 16);
	put(b, NULL, rlen - 16);
}

Test(reader, erf_is_known_by_its_records_and_nothing_else_is_taken_for_it)
{
	struct bytes b = {0};
	put_erf(&b, 80);
	expect_format(b.data, b.n, "erf", "editcap -F pcap"); // one record and the end
	expect_format(b.data, b.n - 1, "unknown", "not a capture");
	for (int i = 0; i < 5; i++)
		put_erf(&b, 48 + 8 * (unsigned)i);
	expect_format(b.data, b.n, "erf", "editcap -F pcap");
	expect_format(b.data, b.n - 1, "erf", "editcap -F pcap"); // cut, and yet clear
	b.data[80 + 11] = 3;                                      // the second record is too short
	expect_format(b.data, b.n, "unknown", "not a capture");
	free(b.data);

	uint8_t noise[4096];
	unsigned state = 1;
	for (int round = 0; round < 500; round++) {
		for (size_t i = 0; i < sizeof(noise); i++)
			noise[i] = (uint8_t)((unsigned)rand_r(&state) >> 8);
		noise[0] = '#'; // no magic of another format
		expect_format(noise, sizeof(noise), "unknown", "not a capture");
	}
	memset(noise, 0, sizeof(noise));
	expect_format(noise, sizeof(noise), "unknown", "not a capture");
}
