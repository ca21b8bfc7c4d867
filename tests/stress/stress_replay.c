// SPDX-License-Identifier: BSD-3-Clause
// Replay with several workers, over and over, under TSan: the tap's lock, the rings of slots,
// the watermarks. Sparse and dense captures, so that bursts span one bin and hundreds.

#include "../unit/replay_fixture.h"

#include <pcap/pcap.h>

static int make_capture(char path[64], int packets, int step_us)
{
	char *bytes;
	size_t n;
	FILE *memory = open_memstream(&bytes, &n);
	pcap_t *p = pcap_open_dead(DLT_RAW, 65535);
	pcap_dumper_t *d = pcap_dump_fopen(p, memory);
	uint8_t ip[28] = {0x45, [3] = 28, [8] = 64, [9] = 17, [12] = 192, [14] = 2, [16] = 198};
	uint64_t us = UINT64_C(1700000000000000);
	for (int i = 0; i < packets; i++, us += (uint64_t)step_us) {
		struct pcap_pkthdr h = {
			.ts = {.tv_sec = (long)(us / 1000000), .tv_usec = (long)(us % 1000000)},
			.caplen = sizeof(ip),
			.len = sizeof(ip)};
		ip[15] = (uint8_t)(i * 7);
		pcap_dump((u_char *)d, &h, ip);
	}
	pcap_dump_close(d);
	pcap_close(p);
	int fd = fixture_file(bytes, n, path);
	free(bytes);
	return fd;
}

static int race(const struct fixture *f, int packets, int step_us)
{
	char path[64];
	struct fixture_run one, more;
	int fd = make_capture(path, packets, step_us);
	int bad = 0;
	fixture_replay(f, (const char *[]){path}, 1, 1, &one);
	for (unsigned workers = 2; workers <= 4; workers++) {
		fixture_replay(f, (const char *[]){path}, 1, workers, &more);
		bool same = more.rc == 0 && !more.result.unlawful &&
			    more.series_len == one.series_len &&
			    memcmp(more.series, one.series, one.series_len) == 0;
		if (!same)
			fprintf(stderr, "%u workers, step %d us: different\n", workers, step_us);
		bad |= !same;
		fixture_run_finish(&more);
	}
	fixture_run_finish(&one);
	close(fd);
	return bad;
}

int main(void)
{
	struct fixture f;
	if (fixture_init(&f, "net=192.0.2.0/24") < 0)
		return 1;
	int bad = race(&f, 60000, 50);  // 3 s of 20,000 packets/s
	bad |= race(&f, 20000, 100000); // ten packets a bin
	bad |= race(&f, 5000, 3000000); // a packet every third bin
	fixture_finish(&f);
	return bad;
}
