// SPDX-License-Identifier: BSD-3-Clause
// Packets and frame bytes per outermost destination, as tshark counted them, for every capture
// that libpcap can read.

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <dirent.h>
#include <lull/decode.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 1024 };

struct row {
	uint8_t family;
	struct lull_ip dst;
	uint64_t packets, bytes;
};

struct table {
	struct row rows[ROWS_MAX];
	size_t n;
};

static struct row *row_of(struct table *t, uint8_t family, struct lull_ip dst)
{
	for (size_t i = 0; i < t->n; i++) {
		struct row *r = &t->rows[i];
		if (r->family == family && r->dst.hi == dst.hi && r->dst.lo == dst.lo)
			return r;
	}
	cr_assert_lt(t->n, ROWS_MAX);
	t->rows[t->n] = (struct row){.family = family, .dst = dst};
	return &t->rows[t->n++];
}

static uint64_t big_endian(const uint8_t *bytes, int n)
{
	uint64_t v = 0;
	for (int i = 0; i < n; i++)
		v = v << 8 | bytes[i];
	return v;
}

static void read_oracle(const char *path, struct table *t)
{
	char text[64];
	unsigned long long packets, bytes;
	FILE *in = fopen(path, "r");
	cr_assert_not_null(in, "%s", path);
	t->n = 0;
	while (fscanf(in, "%63s %llu %llu", text, &packets, &bytes) == 3) {
		uint8_t raw[16];
		bool six = strchr(text, ':') != NULL;
		cr_assert_eq(inet_pton(six ? AF_INET6 : AF_INET, text, raw), 1);
		struct lull_ip dst = {six ? big_endian(raw, 8) : 0,
			six ? big_endian(raw + 8, 8) : big_endian(raw, 4)};
		struct row *r = row_of(t, six ? 6 : 4, dst);
		r->packets += packets;
		r->bytes += bytes;
	}
	fclose(in);
}

static void count_capture(pcap_t *pcap, struct table *t)
{
	struct pcap_pkthdr *h;
	const u_char *data;
	t->n = 0;
	while (pcap_next_ex(pcap, &h, &data) == 1) {
		struct lull_headers headers;
		struct lull_packet p = {.data = data,
			.caplen = h->caplen,
			.wirelen = h->len,
			.linktype = (uint16_t)pcap_datalink(pcap)};
		lull_decode(&p, 0, &headers);
		if (headers.verdict != LULL_IP)
			continue;
		struct row *r = row_of(t, headers.family, headers.dst);
		r->packets++;
		r->bytes += h->len;
	}
}

static void compare(const char *name, struct table *ours, struct table *theirs)
{
	cr_expect_eq(
		ours->n, theirs->n, "%s: %zu destinations, tshark %zu", name, ours->n, theirs->n);
	for (size_t i = 0; i < theirs->n; i++) {
		const struct row *want = &theirs->rows[i];
		const struct row *have = row_of(ours, want->family, want->dst);
		cr_expect(have->packets == want->packets && have->bytes == want->bytes,
			"%s: %016lx%016lx: %lu packets %lu bytes, tshark %lu and %lu", name,
			want->dst.hi, want->dst.lo, have->packets, have->bytes, want->packets,
			want->bytes);
	}
}

Test(oracle_decode, every_capture_counts_per_destination_as_tshark_does)
{
	static struct table ours, theirs;
	char path[4096], why[PCAP_ERRBUF_SIZE];
	const char *shared = getenv("LULL_SHARED");
	snprintf(path, sizeof(path), "%s/data/captures", shared ? shared : "../shared");
	DIR *dir = opendir(path);
	if (dir == NULL)
		cr_skip_test("no shared data at %s", path);
	int captures = 0;
	for (struct dirent *e; (e = readdir(dir)) != NULL;) {
		snprintf(path, sizeof(path), "%s/data/captures/%s", shared, e->d_name);
		pcap_t *pcap = e->d_name[0] == '.' ? NULL : pcap_open_offline(path, why);
		if (pcap == NULL)
			continue;
		count_capture(pcap, &ours);
		pcap_close(pcap);
		snprintf(path, sizeof(path), "%s/data/oracle/%s.dst.tsv", shared, e->d_name);
		read_oracle(path, &theirs);
		compare(e->d_name, &ours, &theirs);
		captures++;
	}
	closedir(dir);
	cr_assert_geq(captures, 20, "libpcap read only %d captures", captures);
}
