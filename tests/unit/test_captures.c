// SPDX-License-Identifier: BSD-3-Clause
// Real captures and malformed ones, against what capinfos counted and what libpcap reads now.

#include "captures.h"

#include <dirent.h>
#include <pcap/pcap.h>

// Calls check(path, name) for every file of a folder of the shared data, in order of names.
static void each_file(const char *folder, void (*check)(const char *path, const char *name))
{
	char *dir = shared_path(folder);
	if (dir == NULL)
		cr_skip_test("shared data is not here");
	struct dirent **entries;
	int n = scandir(dir, &entries, NULL, alphasort);
	cr_assert(gt(int, n, 2));
	for (int i = 0; i < n; i++) {
		char path[8192];
		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		if (entries[i]->d_name[0] != '.')
			check(path, entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
	free(dir);
}

// Packets and frame bytes of a file by oracle/captures.tsv.
static void oracle(const char *name, uint64_t *packets, uint64_t *bytes)
{
	char *path = shared_path("oracle/captures.tsv");
	cr_assert(ne(ptr, path, NULL));
	FILE *f = fopen(path, "r");
	char line[1024];
	bool found = false;
	while (!found && fgets(line, sizeof(line), f) != NULL) {
		char *rest = line, *fields[10] = {0};
		for (int i = 0; i < 10; i++)
			fields[i] = strsep(&rest, "\t");
		found = strcmp(fields[0], name) == 0;
		*packets = strtoull(fields[1], NULL, 10);
		*bytes = strtoull(fields[9], NULL, 10);
	}
	cr_assert(found, "%s is not in the oracle", name);
	fclose(f);
	free(path);
}

static void check_counts(const char *path, const char *name)
{
	struct drained d = drain(path);
	const struct lull_input_report *r = &d.reports[0];
	uint64_t packets, bytes;
	oracle(name, &packets, &bytes);
	if (strstr(name, ".erf") != NULL) {
		cr_expect(r->damaged);
		cr_expect(same(r->format, "erf"));
	} else {
		cr_expect(not(r->damaged), "%s: %s", name, r->error);
		cr_expect(eq(u64, r->received.packets, packets), "%s", name);
		cr_expect(eq(u64, r->received.bytes, bytes), "%s", name);
		cr_expect(eq(u64, d.n, packets), "%s", name);
	}
	drained_free(&d);
}

Test(captures, packets_and_frame_bytes_are_those_capinfos_counted)
{
	each_file("captures", check_counts);
}

// libpcap takes the 32-bit fields of pcap for signed ones; the format says unsigned.
static uint64_t time_of(const struct pcap_pkthdr *h)
{
	int64_t fraction_ns = h->ts.tv_usec;
	if (fraction_ns < 0)
		fraction_ns += (fraction_ns % 1000 == 0 ? INT64_C(1000) : 1) << 32;
	uint64_t s = (uint64_t)h->ts.tv_sec + (h->ts.tv_sec < 0 ? UINT64_C(1) << 32 : 0);
	return s * LULL_NS_PER_SECOND + (uint64_t)fraction_ns;
}

// Is the packet what libpcap made of it? libpcap cuts packets to the snapshot length.
static void compare(const char *name, const struct lull_packet *ours, pcap_t *pcap,
	const struct pcap_pkthdr *h, const u_char *data)
{
	bool cut = ours->caplen > (uint32_t)pcap_snapshot(pcap);
	cr_assert(eq(uint, h->caplen, cut ? (uint32_t)pcap_snapshot(pcap) : ours->caplen), "%s",
		name);
	cr_assert(eq(int, memcmp(ours->data, data, h->caplen), 0), "%s", name);
	cr_assert(
		eq(uint, ours->wirelen, h->len > ours->caplen ? h->len : ours->caplen), "%s", name);
	cr_assert(eq(u64, ours->ts_ns, time_of(h)), "%s", name);
}

static void check_against_libpcap(const char *path, const char *name)
{
	struct drained d = drain(path);
	const struct lull_input_report *r = &d.reports[0];
	cr_assert(eq(u64, d.n, r->received.packets));
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *pcap =
		pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, why);
	if (pcap != NULL) {
		struct pcap_pkthdr *h;
		const u_char *data;
		size_t n = 0;
		int next;
		while ((next = pcap_next_ex(pcap, &h, &data)) == 1) {
			cr_assert(lt(sz, n, d.n), "%s: libpcap reads on", name);
			compare(name, &d.packets[n++], pcap, h, data);
		}
		cr_expect(eq(sz, d.n, n), "%s", name);
		cr_expect(eq(int, r->damaged, next != PCAP_ERROR_BREAK), "%s: %s / %s", name,
			r->error, pcap_geterr(pcap));
		pcap_close(pcap);
	} else {
		cr_expect(r->damaged, "%s: %s", name, why);
	}
	cr_expect(eq(int, r->damaged, r->error[0] != '\0'));
	drained_free(&d);
}

Test(captures, malformed_ones_give_what_libpcap_reads_of_them)
{
	each_file("malformed", check_against_libpcap);
}

Test(captures, real_ones_give_what_libpcap_reads_of_them)
{
	each_file("captures", check_against_libpcap);
}

// Every cut: damaged unless between records, and exactly the whole records before it.
static void check_cuts(const char *path, const char *name)
{
	size_t n;
	uint8_t *data = slurp(path, &n);
	struct drained all = drain(path);
	size_t step = n > 10000 ? n / 1000 : 1;
	size_t before = 0;
	for (size_t cut = 0; cut <= n && all.n > 0; cut += step) {
		struct drained d = drain_bytes(data, cut);
		cr_assert(ge(sz, d.n, before), "%s cut at %zu", name, cut);
		cr_assert(le(sz, d.n, all.n));
		if (!d.reports[0].damaged && cut < n && step == 1 && d.n > 0 && d.n == before)
			// Clean and no packet more: only a pcapng block that is none ends here.
			cr_assert(same(all.reports[0].format, "pcapng"));
		for (size_t i = before; i < d.n; i++)
			cr_assert(eq(int,
				memcmp(d.packets[i].data, all.packets[i].data,
					all.packets[i].caplen),
				0));
		before = d.n;
		drained_free(&d);
	}
	drained_free(&all);
	free(data);
}

Test(captures, a_cut_anywhere_keeps_what_came_before)
{
	each_file("captures", check_cuts);
}
