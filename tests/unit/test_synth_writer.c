// SPDX-License-Identifier: BSD-3-Clause
// Capture files as libpcap reads them, and what happens when there is no room.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <lull/synth.h>
#include <pcap/pcap.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static void remove_path(void)
{
	unlink(path);
}

static void write_and_read(const char *suffix, bool nanoseconds)
{
	char why[PCAP_ERRBUF_SIZE];
	uint8_t bytes[4] = {0x45, 1, 2, 3};
	struct lull_packet p = {
		.data = bytes, .wirelen = 1400, .ts_ns = UINT64_C(1749265200123456789)};
	snprintf(path, sizeof(path), "/tmp/lull-writer-%d%s", getpid(), suffix);
	struct lull_writer *w = lull_writer_open(path, 101, 65535, nanoseconds);
	cr_assert(ne(ptr, w, NULL));
	for (uint32_t i = 0; i < 5; i++) {
		p.caplen = i;
		cr_assert(eq(int, lull_writer_packet(w, &p), 0));
		p.ts_ns += 1001;
	}
	uint64_t size = lull_writer_bytes(w);
	cr_assert(eq(int, lull_writer_close(w), 0));
	pcap_t *f = pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
	cr_assert(ne(ptr, f, NULL), "%s", why);
	cr_assert(eq(int, pcap_datalink(f), DLT_RAW));
	struct pcap_pkthdr *head;
	const u_char *data;
	for (uint32_t i = 0; i < 5; i++) {
		uint64_t ns = 123456789 + 1001 * i;
		cr_assert(eq(int, pcap_next_ex(f, &head, &data), 1));
		cr_assert(eq(u32, head->caplen, i));
		cr_assert(eq(u32, head->len, 1400));
		cr_assert(eq(u64, head->ts.tv_sec, 1749265200));
		cr_assert(eq(u64, head->ts.tv_usec, nanoseconds ? ns : ns / 1000 * 1000));
		cr_assert(eq(int, memcmp(data, bytes, i), 0));
	}
	cr_assert(eq(int, pcap_next_ex(f, &head, &data), PCAP_ERROR_BREAK));
	cr_assert(eq(u64, ftell(pcap_file(f)), size));
	pcap_close(f);
}

Test(synth_writer, pcap_in_microseconds_reads_back, .fini = remove_path)
{
	write_and_read(".pcap", false);
}

Test(synth_writer, pcap_in_nanoseconds_reads_back, .fini = remove_path)
{
	write_and_read(".pcap", true);
}

Test(synth_writer, pcapng_reads_back, .fini = remove_path)
{
	write_and_read(".pcapng", true);
}

Test(synth_writer, pcapng_in_microseconds_reads_back, .fini = remove_path)
{
	write_and_read(".pcapng", false);
}

Test(synth_writer, a_full_disk_is_an_error_of_the_packet_or_of_close)
{
	static uint8_t bytes[60000];
	struct lull_packet p = {.data = bytes, .caplen = sizeof(bytes), .wirelen = sizeof(bytes)};
	struct lull_writer *w = lull_writer_open("/dev/full", 1, 65535, false);
	int rc = 0;
	cr_assert(ne(ptr, w, NULL));
	for (int i = 0; i < 40 && rc == 0; i++)
		rc = lull_writer_packet(w, &p);
	cr_assert(eq(int, rc, -ENOSPC));
	cr_assert(eq(int, lull_writer_close(w), -ENOSPC));
	w = lull_writer_open("/dev/full", 1, 65535, false);
	cr_assert(eq(int, lull_writer_packet(w, &p), 0), "still in the buffer");
	cr_assert(eq(int, lull_writer_close(w), -ENOSPC));
}

Test(synth_writer, a_time_beyond_the_format_is_refused, .fini = remove_path)
{
	uint8_t byte = 0;
	struct lull_packet p = {.data = &byte, .caplen = 1, .wirelen = 1};
	p.ts_ns = (UINT64_C(1) << 32) * UINT64_C(1000000000);
	snprintf(path, sizeof(path), "/tmp/lull-writer-%d.pcap", getpid());
	struct lull_writer *w = lull_writer_open(path, 1, 65535, false);
	cr_assert(eq(int, lull_writer_packet(w, &p), -EFBIG));
	lull_writer_close(w);
}
