// SPDX-License-Identifier: BSD-3-Clause
// The pcapng reader: every block in every variety, and blocks that break the rules.

#include "pcapng_write.h"

static struct ng file;

static void expect_packets(struct drained *d)
{
	cr_assert(eq(sz, d->n, file.n));
	for (size_t i = 0; i < d->n; i++) {
		const struct lull_packet *got = &d->packets[i], *want = &file.packets[i];
		cr_assert(eq(u64, got->ts_ns, want->ts_ns), "packet %zu", i);
		cr_assert(eq(uint, got->caplen, want->caplen));
		cr_assert(eq(uint, got->wirelen, want->wirelen));
		cr_assert(eq(uint, got->port, want->port));
		cr_assert(eq(uint, got->linktype, want->linktype));
		for (uint32_t k = 0; k < got->caplen; k++)
			cr_assert(eq(uint, got->data[k], *want->data));
	}
}

Test(pcapng, one_of_every_block_in_both_byte_orders_and_mixed_link_types)
{
	const uint64_t t = UINT64_C(1749266047500000000);
	for (int order = 0; order < 2; order++) {
		for (int section = 0; section < 2; section++) {
			ng_section(&file, (order + section) % 2 == 1);
			ng_other(&file, 4, 21); // names
			ng_interface(&file, 1, 96, 6, 0);
			ng_simple(&file, 40, 1); // no time yet
			cr_expect(eq(u64, file.last_ns, LULL_TIME_NONE));
			ng_interface(&file, 101, 0, 9, 0);
			ng_interface(&file, 113, 65535, 0x89, -3600);
			ng_interface(&file, 276, 1, 10, 86400);
			ng_packet(&file, false, 0, t, 61, 1500, 3);
			ng_other(&file, 0xbad, 17);      // custom
			ng_other(&file, 0x40000bad, 18); // custom, not to be copied
			ng_packet(&file, false, 1, t + 1, 0, 0, 4);
			ng_packet(&file, true, 2, t, 63, 64, 6);
			ng_simple(&file, 1500, 7); // cut to 96, and at the time before
			ng_other(&file, 5, 12);    // statistics
			ng_other(&file, 10, 3);    // secrets
			ng_other(&file, 0xffffffff, 0);
			ng_packet(&file, false, 3, t, 70000, 70000, 8); // whatever its snaplen
		}
	}
	struct drained d = drain_bytes(file.b.data, file.b.n);
	cr_expect(not(d.reports[0].damaged), "%s", d.reports[0].error);
	cr_expect(same(d.reports[0].format, "pcapng"));
	expect_packets(&d);
	drained_free(&d);
	ng_free(&file);
}

Test(pcapng, random_correct_files_are_read_to_the_last_packet)
{
	for (unsigned seed = 1; seed <= 100; seed++) {
		unsigned state = seed;
		ng_section(&file, seed & 1);
		for (unsigned i = 0; i < 20 * seed; i++)
			ng_random_block(&file, &state);
		struct drained d = drain_bytes(file.b.data, file.b.n);
		cr_assert(not(d.reports[0].damaged), "seed %u: %s", seed, d.reports[0].error);
		expect_packets(&d);
		drained_free(&d);
		ng_free(&file);
	}
}

Test(pcapng, blocks_up_to_16_mib_are_skipped_or_read)
{
	ng_section(&file, false);
	ng_interface(&file, 1, 0, 6, 0);
	ng_other(&file, 0xbad, (16u << 20) - 12);
	ng_packet(&file, false, 0, 0, LULL_CAPLEN, LULL_CAPLEN, 1);
	ng_other(&file, 0xbad, 3u << 20);
	ng_packet(&file, false, 0, 0, 5, 5, 2);
	struct drained d = drain_bytes(file.b.data, file.b.n);
	cr_expect(not(d.reports[0].damaged), "%s", d.reports[0].error);
	expect_packets(&d);
	drained_free(&d);
	ng_free(&file);
}

// A file of one good packet, then what `spoil` adds; the error must be there and say this.
static void expect_error(void (*spoil)(void), const char *error)
{
	ng_section(&file, false);
	ng_interface(&file, 1, 0, 6, 0);
	ng_packet(&file, false, 0, 0, 60, 60, 1);
	size_t offset = file.b.n;
	spoil();
	struct drained d = drain_bytes(file.b.data, file.b.n);
	cr_expect(eq(sz, d.n, 1));
	cr_expect(d.reports[0].damaged, "%s", error);
	cr_expect(eq(u64, d.reports[0].error_offset, offset));
	cr_expect(same(d.reports[0].error, error), "%s", d.reports[0].error);
	drained_free(&d);
	ng_free(&file);
}

static void lengths_differ(void)
{
	ng_other(&file, 0xbad, 20);
	file.b.data[file.b.n - 4]++;
}

static void odd_length(void)
{
	put32(&file.b, 5);
	put32(&file.b, 33);
	put(&file.b, NULL, 100);
}

static void length_0(void)
{
	put(&file.b, NULL, 100);
}

static void over_16_mib(void)
{
	put32(&file.b, 5);
	put32(&file.b, (16u << 20) + 4);
	put(&file.b, NULL, 100);
}

static void unknown_interface(void)
{
	file.linktypes[7] = 1;
	file.resolutions[7] = 6;
	ng_packet(&file, false, 7, 0, 60, 60, 1);
}

static void interface_65536(void)
{
	ng_packet(&file, false, 0, 0, 60, 60, 1);
	file.b.data[file.b.n - 92 + 10] = 1;
}

static void captured_beyond_block(void)
{
	ng_packet(&file, false, 0, 0, 60, 60, 1);
	file.b.data[file.b.n - 92 + 20] = 61;
}

static void captured_beyond_limit(void)
{
	ng_packet(&file, false, 0, 0, LULL_CAPLEN + 4, LULL_CAPLEN + 4, 1);
}

static void short_packet(void)
{
	ng_other(&file, 6, 16);
}

static void short_interface(void)
{
	ng_other(&file, 1, 4);
}

static void option_beyond_interface(void)
{
	ng_interface(&file, 1, 0, 6, 0);
	file.b.data[file.b.n - 12 + 2] = 200; // the length of "en0"
}

static void no_byte_order(void)
{
	ng_section(&file, false);
	file.b.data[file.b.n - 60 + 8] = 0;
}

static void version_2(void)
{
	ng_section(&file, false);
	file.b.data[file.b.n - 60 + 12] = 2;
}

static void packet_before_interface(void)
{
	ng_section(&file, false);
	ng_other(&file, 3, 40);
}

Test(pcapng, a_block_that_breaks_the_rules_ends_the_file_at_its_offset)
{
	expect_error(lengths_differ, "a block that begins with length 32 and ends with 33");
	expect_error(odd_length, "a block of 33 bytes (12 to 16777216, in fours)");
	expect_error(length_0, "a block of 0 bytes (12 to 16777216, in fours)");
	expect_error(over_16_mib, "a block of 16777220 bytes (12 to 16777216, in fours)");
	expect_error(unknown_interface, "a packet of interface 7, of which there are 1");
	expect_error(interface_65536, "a packet of interface 65536, of which there are 1");
	expect_error(captured_beyond_block, "a packet of 61 captured bytes in a block of 92");
	expect_error(captured_beyond_limit, "a packet of 262148 captured bytes (262144 at most)");
	expect_error(short_packet, "a packet block of 28 bytes");
	expect_error(short_interface, "an interface of 16 bytes (20 at least)");
	expect_error(option_beyond_interface, "an interface option longer than its block");
	expect_error(no_byte_order, "a section header without its byte-order magic");
	expect_error(version_2, "a section in pcapng version 2.0 (1.0 is known)");
}

Test(pcapng, a_new_section_forgets_the_interfaces_of_the_one_before)
{
	ng_section(&file, false);
	ng_interface(&file, 1, 0, 6, 0);
	packet_before_interface();
	struct drained d = drain_bytes(file.b.data, file.b.n);
	cr_expect(same(d.reports[0].error, "a packet of interface 0, of which there are 0"));
	drained_free(&d);
	ng_free(&file);
}

Test(pcapng, a_section_has_4096_interfaces_at_most)
{
	ng_section(&file, false);
	for (int i = 0; i < 4096; i++) {
		file.n_interfaces = 0;
		ng_interface(&file, (uint16_t)i, 0, 6, 0);
	}
	size_t at = ng_begin(&file, 6);
	put32(&file.b, 4095);
	put(&file.b, NULL, 16);
	ng_end(&file, at);
	struct drained d = drain_bytes(file.b.data, file.b.n);
	cr_assert(eq(sz, d.n, 1));
	cr_expect(eq(uint, d.packets[0].port, 4095));
	cr_expect(eq(uint, d.packets[0].linktype, 4095));
	cr_expect(not(d.reports[0].damaged));
	drained_free(&d);
	file.n_interfaces = 0;
	ng_interface(&file, 1, 0, 6, 0);
	d = drain_bytes(file.b.data, file.b.n);
	cr_expect(same(d.reports[0].error, "more than 4096 interfaces in a section"));
	drained_free(&d);
	ng_free(&file);
}

Test(pcapng, a_cut_at_any_byte_keeps_what_came_before)
{
	unsigned state = 5;
	size_t whole[400]; // packets before byte
	size_t clean[64], n_clean = 0;
	ng_section(&file, true);
	clean[n_clean++] = file.b.n;
	ng_interface(&file, 1, 0, 6, 0);
	clean[n_clean++] = file.b.n;
	memset(whole, 0, sizeof(whole));
	for (int i = 0; file.b.n < 300; i++) {
		size_t n = file.n;
		size_t at = file.b.n;
		ng_packet(&file, i % 2 == 1, 0, 0, (uint32_t)(rand_r(&state) % 30), 30, 1);
		for (size_t k = at; k < file.b.n; k++)
			whole[k] = n;
		whole[file.b.n] = file.n;
		clean[n_clean++] = file.b.n;
	}
	for (size_t cut = 1; cut <= file.b.n; cut++) {
		bool ends_clean = false;
		for (size_t i = 0; i < n_clean; i++)
			ends_clean = ends_clean || clean[i] == cut;
		struct drained d = drain_bytes(file.b.data, cut);
		cr_expect(eq(sz, d.n, whole[cut]), "cut at %zu", cut);
		cr_expect(eq(int, d.reports[0].damaged, !ends_clean), "cut at %zu", cut);
		drained_free(&d);
	}
	ng_free(&file);
}
