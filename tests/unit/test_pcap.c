// SPDX-License-Identifier: BSD-3-Clause
// The pcap reader: every variant of the format, and where files lie.

#include "captures.h"

static struct drained drain_put(struct bytes *b)
{
	struct drained d = drain_bytes(b->data, b->n);
	free(b->data);
	*b = (struct bytes){0};
	return d;
}

Test(pcap, every_magic_in_either_byte_order_reads_the_same)
{
	const uint32_t magics[] = {0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34};
	for (int m = 0; m < 6; m++) {
		struct bytes b = {.big = m >= 3};
		put_pcap(&b, magics[m % 3], 4, 1);
		for (uint32_t i = 0; i < 3; i++) {
			bool kuznetzov = m % 3 == 2;
			put_record(&b, 1700000000 + i, m % 3 == 1 ? 5000 : 5, 0, 100 + i, 0);
			if (kuznetzov)
				put(&b, NULL, 8);
			memcpy(b.data + b.n - (kuznetzov ? 16 : 8),
				b.big ? (uint8_t[]){0, 0, 0, 60} : (uint8_t[]){60, 0, 0, 0}, 4);
			put(&b, NULL, 60);
			b.data[b.n - 60] = (uint8_t)i;
		}
		struct drained d = drain_put(&b);
		cr_assert(eq(sz, d.n, 3));
		for (uint32_t i = 0; i < 3; i++) {
			cr_expect(eq(u64, d.packets[i].ts_ns,
				(1700000000 + i) * LULL_NS_PER_SECOND + 5000));
			cr_expect(eq(uint, d.packets[i].caplen, 60));
			cr_expect(eq(uint, d.packets[i].wirelen, 100 + i));
			cr_expect(eq(uint, d.packets[i].data[0], i));
			cr_expect(eq(uint, d.packets[i].linktype, 1));
			cr_expect(eq(uint, d.packets[i].port, 0));
		}
		cr_expect(not(d.reports[0].damaged));
		cr_expect(same(d.reports[0].format, "pcap"));
		cr_expect(same(d.reports[0].compression, "none"));
		cr_expect(eq(u64, d.reports[0].received.packets, 3));
		cr_expect(eq(u64, d.reports[0].received.bytes, 303));
		cr_expect(eq(u64, d.reports[0].first_ns, d.packets[0].ts_ns));
		cr_expect(eq(u64, d.reports[0].last_ns, d.packets[2].ts_ns));
		drained_free(&d);
	}
}

Test(pcap, versions_before_2_3_have_their_lengths_the_other_way_round)
{
	for (unsigned minor = 0; minor <= 4; minor++) {
		struct bytes b = {0};
		put_pcap(&b, 0xa1b2c3d4, minor, 1);
		put_record(&b, 1, 0, 60, 1000, 0);
		if (minor <= 3) // in 2.3 either order is found
			memcpy(b.data + 24 + 8, (uint8_t[]){0xe8, 3, 0, 0, 60, 0, 0, 0}, 8);
		struct drained d = drain_put(&b);
		cr_assert(eq(sz, d.n, 1));
		cr_expect(eq(uint, d.packets[0].caplen, 60));
		cr_expect(eq(uint, d.packets[0].wirelen, 1000));
		drained_free(&d);
	}
}

Test(pcap, an_unknown_version_is_refused)
{
	struct bytes b = {0};
	put_pcap(&b, 0xa1b2c3d4, 5, 1);
	put_record(&b, 1, 0, 60, 60, 0);
	struct drained d = drain_put(&b);
	cr_expect(eq(sz, d.n, 0));
	cr_expect(d.reports[0].damaged);
	cr_expect(same(d.reports[0].error, "pcap version 2.5 (2.0 to 2.4 are known)"));
	drained_free(&d);
}

Test(pcap, the_link_type_is_the_low_half_of_its_field)
{
	const uint32_t fields[][2] = {{1, 1}, {0x34000001, 1}, {0xfc0000e4, 228}, {12, 101}};
	for (int i = 0; i < 4; i++) {
		struct bytes b = {0};
		put_pcap(&b, 0xa1b2c3d4, 4, fields[i][0]);
		put_record(&b, 1, 0, 60, 60, 0);
		struct drained d = drain_put(&b);
		cr_assert(eq(sz, d.n, 1));
		cr_expect(eq(uint, d.packets[0].linktype, fields[i][1]));
		drained_free(&d);
	}
}

Test(pcap, lies_that_do_not_hide_the_next_record_are_put_up_with)
{
	struct bytes b = {0};
	put_pcap(&b, 0xa1b2c3d4, 4, 1);
	memset(b.data + 16, 0, 4);               // snapshot length 0
	put_record(&b, 5, 2500000, 100, 60, 1);  // 2.5 s in microseconds; captured > original
	put_record(&b, 5, UINT32_MAX, 0, 60, 1); // nothing captured
	put_record(&b, UINT32_MAX, 0, 70000, 70000, 7); // longer than any snapshot length said
	struct drained d = drain_put(&b);
	cr_assert(eq(sz, d.n, 3));
	cr_expect(eq(u64, d.packets[0].ts_ns, UINT64_C(7500000000)));
	cr_expect(eq(uint, d.packets[0].wirelen, 100));
	cr_expect(eq(u64, d.packets[1].ts_ns, UINT64_C(5000000000) + UINT32_MAX * UINT64_C(1000)));
	cr_expect(eq(u64, d.packets[2].ts_ns, UINT32_MAX * LULL_NS_PER_SECOND));
	cr_expect(eq(uint, d.packets[2].data[69999], 7));
	cr_expect(not(d.reports[0].damaged));
	drained_free(&d);
}

Test(pcap, a_captured_length_beyond_the_limit_ends_the_file_at_its_offset)
{
	struct bytes b = {0};
	put_pcap(&b, 0xa1b2c3d4, 4, 1);
	put_record(&b, 1, 0, LULL_CAPLEN, LULL_CAPLEN, 3);
	size_t offset = b.n;
	put_record(&b, 2, 0, LULL_CAPLEN + 1, LULL_CAPLEN + 1, 4);
	put_record(&b, 3, 0, 60, 60, 5);
	struct drained d = drain_put(&b);
	cr_assert(eq(sz, d.n, 1));
	cr_expect(eq(uint, d.packets[0].caplen, LULL_CAPLEN));
	cr_expect(eq(uint, d.packets[0].data[LULL_CAPLEN - 1], 3));
	cr_expect(d.reports[0].damaged);
	cr_expect(eq(u64, d.reports[0].error_offset, offset));
	cr_expect(ne(ptr, strstr(d.reports[0].error, "claims 262145 captured bytes"), NULL));
	drained_free(&d);
}

Test(pcap, records_across_the_ends_of_blocks_come_whole)
{
	// Odd sizes, so that block ends cut records everywhere: inside headers and inside data.
	struct bytes b = {0};
	put_pcap(&b, 0xa1b2c3d4, 4, 1);
	uint32_t n = 0;
	for (; b.n < 4u << 20; n++)
		put_record(&b, n, 0, n % 1501, 2000, (int)(n & 0xff));
	struct drained d = drain_put(&b);
	cr_assert(eq(sz, d.n, n));
	for (uint32_t i = 0; i < n; i++) {
		cr_assert(eq(u64, d.packets[i].ts_ns, i * LULL_NS_PER_SECOND));
		cr_assert(eq(uint, d.packets[i].caplen, i % 1501));
		for (uint32_t k = 0; k < d.packets[i].caplen; k++)
			cr_assert(eq(uint, d.packets[i].data[k], i & 0xff));
	}
	cr_expect(not(d.reports[0].damaged));
	drained_free(&d);
}

Test(pcap, a_cut_at_any_byte_keeps_what_came_before_and_tells_the_offset)
{
	struct bytes b = {0};
	size_t ends[6];
	put_pcap(&b, 0xa1b2c3d4, 4, 1);
	ends[0] = b.n;
	for (uint32_t i = 0; i < 5; i++) {
		put_record(&b, i, 0, 7 * i, 100, 0);
		ends[i + 1] = b.n;
	}
	for (size_t cut = 0; cut <= b.n; cut++) {
		size_t whole = 0;
		while (whole < 5 && ends[whole + 1] <= cut)
			whole++;
		struct drained d = drain_bytes(b.data, cut);
		bool clean = cut == ends[whole];
		cr_expect(eq(sz, d.n, whole), "cut at %zu", cut);
		cr_expect(eq(int, d.reports[0].damaged, !clean), "cut at %zu", cut);
		cr_expect(eq(int, d.reports[0].error[0] != '\0', !clean), "cut at %zu", cut);
		cr_expect(eq(u64, d.reports[0].error_offset,
				  clean || cut < ends[0] ? 0 : ends[whole]),
			"cut at %zu", cut);
		cr_expect(eq(u64, d.reports[0].file_bytes, cut));
		drained_free(&d);
	}
	free(b.data);
}
