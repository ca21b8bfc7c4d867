// SPDX-License-Identifier: BSD-3-Clause
// The whole path inside one process: truncation at every byte, workers, several files.

#include "replay_fixture.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pcap/pcap.h>

#define HEAD 6144 // bytes of a long capture that are cut at every byte

// Record ends of a little-endian or big-endian pcap file within its first n bytes.
struct records {
	size_t ends[HEAD / 16 + 2];
	size_t n;
};

static uint32_t u32(const uint8_t *p, bool swapped)
{
	uint32_t v;
	memcpy(&v, p, 4);
	return swapped ? __builtin_bswap32(v) : v;
}

static void find_records(const uint8_t *data, size_t bytes, struct records *r)
{
	uint32_t magic = u32(data, false);
	bool swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
	r->n = 0;
	r->ends[r->n++] = 24;
	for (size_t at = 24; at + 16 <= bytes;) {
		at += 16 + u32(data + at + 8, swapped);
		if (at > bytes)
			break;
		r->ends[r->n++] = at;
	}
}

static json_t *input_of(const struct fixture_run *run)
{
	json_t *stats = json_loadb(run->stats, run->stats_len, 0, NULL);
	json_t *input = json_incref(json_array_get(json_object_get(stats, "inputs"), 0));
	json_decref(stats);
	return input;
}

static void check_cut(const struct fixture *f, const char *name, const uint8_t *data, size_t cut,
	const struct records *r)
{
	char path[64];
	int fd = fixture_file(data, cut, path);
	const char *paths[] = {path};
	struct fixture_run run;
	fixture_replay(f, paths, 1, 1, &run);
	close(fd);
	size_t whole = 0;
	bool edge = false;
	for (size_t i = 0; i < r->n; i++) {
		whole += i > 0 && r->ends[i] <= cut;
		edge |= r->ends[i] == cut;
	}
	json_t *input = input_of(&run);
	long long packets = json_integer_value(json_object_get(input, "packets"));
	cr_expect(run.rc == 0, "%s cut at %zu: %d", name, cut, run.rc);
	cr_expect(!run.result.unlawful, "%s cut at %zu: count law", name, cut);
	cr_expect(run.result.damaged == !edge, "%s cut at %zu: damaged %d", name, cut,
		run.result.damaged);
	cr_expect(packets == (long long)whole, "%s cut at %zu: %lld packets, %zu are whole", name,
		cut, packets, whole);
	if (run.result.damaged)
		cr_expect(json_string_length(json_object_get(input, "error")) > 0,
			"%s cut at %zu: no word of why", name, cut);
	json_decref(input);
	fixture_run_finish(&run);
}

static size_t load(const char *folder, const char *name, uint8_t *data, size_t size)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		return 0;
	size_t n = fread(data, 1, size, file);
	fclose(file);
	return n;
}

// Twenty captures, among them both byte orders, ns and us, and six link types; of long ones the
// first 6 KiB. At a record's end a cut cannot be seen (the file is a shorter capture); everywhere
// else it must be.
static const char *const captures[] = {"PcapPlusPlus__Sll2Packet.pcap", "PcapPlusPlus__gtp-u.pcap",
	"PcapPlusPlus__sll.pcap", "arkime__bigendian.pcap", "glb-director__1k_pkts.pcap",
	"gopacket__test_loopback.pcap", "libtrace__100_packets.pcap",
	"libtrace__100_packetsns.pcap", "libtrace__10_mpls_ip.pcap", "libtrace__vlan.pcap",
	"libtrace__vxlan.pcap", "nDPI__gnutella.pcap", "nDPI__linecall_falsepositve.pcap",
	"nDPI__syslog.pcap", "nDPI__teams.pcap", "tcpdump__erspan-type-ii-3.pcap",
	"tcpdump__geneve.pcap", "tcpreplay__test-test.pcap"};

static void cut_everywhere(const char *folder, const char *name)
{
	static uint8_t data[HEAD];
	struct fixture f;
	struct records r;
	size_t n = load(folder, name, data, sizeof(data));
	cr_assert(n > 24, "%s is not there", name);
	cr_assert(fixture_init(&f, "net=192.0.2.0/24") == 0);
	find_records(data, n, &r);
	for (size_t cut = 0; cut <= n; cut++)
		check_cut(&f, name, data, cut, &r);
	fixture_finish(&f);
}

Test(replay, every_truncation_point_of_twenty_captures_gives_the_counts_up_to_there, .timeout = 280)
{
	char folder[512];
	const char *shared = getenv("LULL_SHARED");
	const char *source = getenv("LULL_SOURCE");
	snprintf(folder, sizeof(folder), "%s/data/captures", shared != NULL ? shared : "");
	if (access(folder, R_OK) != 0)
		cr_skip_test("../shared/data is not here");
	for (size_t i = 0; i < sizeof(captures) / sizeof(captures[0]); i++)
		cut_everywhere(folder, captures[i]);
	snprintf(folder, sizeof(folder), "%s/pcaps", source);
	if (access(folder, R_OK) == 0) {
		cut_everywhere(folder, "june-2025.pcap");
		cut_everywhere(folder, "january-2022.pcap");
	}
}

// A small capture of UDP frames: one every 10 ms from start, sources 192.0.2.x when inside.
static int make_capture(char path[64], uint64_t start_s, int packets, bool inside)
{
	char *bytes;
	size_t n;
	FILE *memory = open_memstream(&bytes, &n);
	pcap_t *p = pcap_open_dead(DLT_RAW, 65535);
	pcap_dumper_t *d = pcap_dump_fopen(p, memory);
	uint8_t ip[28] = {
		0x45, [3] = 28, [8] = 64, [9] = 17, [16] = 198, [17] = 51, [18] = 100, [19] = 1};
	for (int i = 0; i < packets; i++) {
		struct pcap_pkthdr h = {
			.ts = {.tv_sec = (long)start_s + i / 100, .tv_usec = i % 100 * 10000},
			.caplen = sizeof(ip),
			.len = sizeof(ip)};
		memcpy(ip + 12,
			inside ? (uint8_t[]){192, 0, 2, (uint8_t)i} : (uint8_t[]){203, 0, 113, 9},
			4);
		pcap_dump((u_char *)d, &h, ip);
	}
	pcap_dump_close(d);
	pcap_close(p);
	int fd = fixture_file(bytes, n, path);
	free(bytes);
	return fd;
}

Test(replay, several_files_are_one_timeline_in_any_order_given)
{
	char a[64], b[64];
	int fa = make_capture(a, 1700000000, 500, true);
	int fb = make_capture(b, 1700000002, 500, true); // overlaps a by three seconds
	struct fixture f;
	struct fixture_run one, two;
	cr_assert(fixture_init(&f, "net=192.0.2.0/24") == 0);
	fixture_replay(&f, (const char *[]){a, b}, 2, 1, &one);
	fixture_replay(&f, (const char *[]){b, a}, 2, 1, &two);
	cr_assert(one.rc == 0 && two.rc == 0);
	cr_assert(strstr(one.stats, "\"late\"") != NULL);
	cr_expect(one.series_len == two.series_len &&
		  memcmp(one.series, two.series, one.series_len) == 0);
	// second 2: 100 packets of each file
	cr_expect(strstr(one.series, "1700000002000000000,net,all,out,200,5600,") != NULL,
		"series: %.600s", one.series);
	fixture_run_finish(&one);
	fixture_run_finish(&two);
	fixture_finish(&f);
	close(fa);
	close(fb);
}

Test(replay, any_number_of_workers_writes_the_same_series)
{
	char path[64];
	int fd = make_capture(path, 1700000000, 20000, true);
	struct fixture f;
	struct fixture_run one, more;
	cr_assert(fixture_init(&f, "net=192.0.2.0/24") == 0);
	fixture_replay(&f, (const char *[]){path}, 1, 1, &one);
	cr_assert(one.rc == 0 && one.series_len > 1000);
	for (unsigned workers = 2; workers <= 8; workers *= 2) {
		fixture_replay(&f, (const char *[]){path}, 1, workers, &more);
		cr_expect(more.rc == 0 && !more.result.unlawful);
		cr_expect(more.series_len == one.series_len &&
				  memcmp(more.series, one.series, one.series_len) == 0,
			"%u workers", workers);
		fixture_run_finish(&more);
	}
	fixture_run_finish(&one);
	fixture_finish(&f);
	close(fd);
}

Test(replay, a_file_that_is_not_there_is_an_error_before_anything_is_read)
{
	struct fixture f;
	struct fixture_run run;
	cr_assert(fixture_init(&f, "net=192.0.2.0/24") == 0);
	fixture_replay(&f, (const char *[]){"/nonexistent/capture.pcap"}, 1, 1, &run);
	cr_expect(run.rc == -ENOENT, "%d", run.rc);
	fixture_run_finish(&run);
	fixture_finish(&f);
}

Test(replay, a_damaged_file_does_not_stop_the_others)
{
	char good[64], bad[64];
	int fg = make_capture(good, 1700000000, 100, true);
	int fb = fixture_file("this is no capture at all", 25, bad);
	struct fixture f;
	struct fixture_run run;
	cr_assert(fixture_init(&f, "net=192.0.2.0/24") == 0);
	fixture_replay(&f, (const char *[]){bad, good}, 2, 1, &run);
	cr_expect(run.rc == 0 && run.result.damaged && !run.result.unlawful);
	cr_expect(strstr(run.series, ",net,all,out,100,2800,") != NULL);
	fixture_run_finish(&run);
	fixture_finish(&f);
	close(fg);
	close(fb);
}
