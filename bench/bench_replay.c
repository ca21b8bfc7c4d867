// SPDX-License-Identifier: BSD-3-Clause
// The whole program against its peers, on one capture in the page cache, in the same run:
//   bench_replay LULL CAPTURE [-t NAME=PREFIX,...]...
// Each round runs every contender once, in turn, so that a machine that slows down slows all of
// them. Figures are wall time of the whole process; the ratio is lull's rate over the peer's.
// Without arguments (and with --brief) it makes a small capture of its own.

#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONTENDERS 8
#define ARGS 40

extern char **environ;

struct contender {
	const char *name;
	const char *argv[ARGS];
	double seconds[BENCH_RUNS];
	int failed;
};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// Run one process to its end with its output thrown away. Seconds, or a negative number.
static double time_process(const char *const *argv)
{
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
	pid_t pid;
	double start = now();
	int e = posix_spawnp(
		&pid, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (e != 0)
		return -1;
	int status;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? now() - start : -1;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

// The plainest loop there is over libpcap: the peer everyone would write.
static int libpcap_loop(const char *path)
{
	char why[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(path, why);
	if (p == NULL)
		return 1;
	struct pcap_pkthdr *header;
	const u_char *data;
	unsigned long long packets = 0, bytes = 0;
	while (pcap_next_ex(p, &header, &data) == 1) {
		packets++;
		bytes += header->len + data[0];
	}
	printf("%llu %llu\n", packets, bytes);
	pcap_close(p);
	return 0;
}

static int read_loop(const char *path)
{
	static uint8_t block[256 * 1024];
	int fd = open(path, O_RDONLY);
	uint64_t sum = 0;
	for (ssize_t n; (n = read(fd, block, sizeof(block))) > 0;)
		for (ssize_t i = 0; i < n; i += 64)
			sum += block[i];
	printf("%llu\n", (unsigned long long)sum);
	return close(fd);
}

static uint64_t count_packets(const char *path, uint64_t *bytes)
{
	char why[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *header;
	const u_char *data;
	uint64_t n = 0;
	pcap_t *p = pcap_open_offline(path, why);
	for (*bytes = 24; p != NULL && pcap_next_ex(p, &header, &data) == 1; n++)
		*bytes += header->caplen + 16;
	if (p != NULL)
		pcap_close(p);
	return n;
}

static void report(struct contender *c, size_t n, int runs, uint64_t packets, uint64_t bytes)
{
	double lull = 0;
	for (size_t i = 0; i < n; i++) {
		if (c[i].failed) {
			printf("{\"bench\": \"replay/%s\", \"failed\": true}\n", c[i].name);
			continue;
		}
		qsort(c[i].seconds, (size_t)runs, sizeof(double), by_value);
		double median = c[i].seconds[runs / 2];
		lull = i == 0 ? median : lull;
		printf("{\"bench\": \"replay/%s\", \"s\": %.4f, \"s_min\": %.4f, "
		       "\"packets_per_s\": %.4g, \"bytes_per_s\": %.4g, \"runs\": %d, "
		       "\"lull_is_faster_by\": %.2f}\n",
			c[i].name, median, c[i].seconds[0], (double)packets / median,
			(double)bytes / median, runs, median / lull);
	}
}

// A capture for --brief: 20,000 small frames from documentation prefixes.
static int make_capture(const char *path)
{
	pcap_t *p = pcap_open_dead(DLT_EN10MB, 65535);
	pcap_dumper_t *d = pcap_dump_open(p, path);
	if (d == NULL)
		return -1;
	uint8_t frame[64] = {[12] = 8, [14] = 0x45, [17] = 50, [22] = 64, [23] = 17};
	uint64_t state = 1;
	for (int i = 0; i < 20000; i++) {
		struct pcap_pkthdr h = {.ts = {.tv_sec = 1700000000 + i / 100, .tv_usec = i % 100},
			.caplen = 64,
			.len = 64};
		uint64_t r = bench_random(&state);
		memcpy(frame + 26, &r, 8);
		if (i % 10 == 0)
			memcpy(frame + 26, (uint8_t[]){192, 0, 2, 1}, 4);
		pcap_dump((u_char *)d, &h, frame);
	}
	pcap_dump_close(d);
	pcap_close(p);
	return 0;
}

// "net A or net B ..." for tcpdump out of the prefixes of -t arguments.
static void tcpdump_filter(char *out, size_t size, char **targets, int n)
{
	out[0] = '\0';
	for (int i = 0; i < n; i++) {
		if (strcmp(targets[i], "-t") == 0 || strchr(targets[i], '=') == NULL)
			continue;
		char copy[512];
		snprintf(copy, sizeof(copy), "%s", strchr(targets[i], '=') + 1);
		char *rest = NULL;
		for (char *p = strtok_r(copy, ",", &rest); p; p = strtok_r(NULL, ",", &rest)) {
			size_t len = strlen(out);
			snprintf(out + len, size - len, "%snet %s", len ? " or " : "", p);
		}
	}
}

static void race(struct contender *c, size_t n, int runs)
{
	for (int round = -1; round < runs; round++) { // the first round warms the cache
		for (size_t i = 0; i < n; i++) {
			double s = time_process(c[i].argv);
			c[i].failed |= s < 0;
			if (round >= 0)
				c[i].seconds[round] = s;
		}
	}
}

int main(int argc, char **argv)
{
	struct bench b;
	bench_init(&b, argc, argv);
	if (argc == 3 && strcmp(argv[1], "--libpcap-loop") == 0)
		return libpcap_loop(argv[2]);
	if (argc == 3 && strcmp(argv[1], "--read-loop") == 0)
		return read_loop(argv[2]);

	char made[] = "/tmp/lull-bench-XXXXXX";
	const char *lull = getenv("LULL_PROGRAM");
	const char *capture = made;
	static char flag[] = "-t", net[] = "net=192.0.2.0/24";
	char *standard[] = {flag, net};
	char **targets = standard;
	int n_targets = 2;
	if (!b.brief && argc >= 3) {
		lull = argv[1];
		capture = argv[2];
		targets = argv + 3;
		n_targets = argc - 3 < ARGS - 12 ? argc - 3 : ARGS - 12;
	} else {
		int fd = mkstemp(made);
		if (fd < 0 || close(fd) != 0 || make_capture(made) < 0)
			return 1;
	}
	if (lull == NULL) {
		fprintf(stderr, "usage: bench_replay LULL CAPTURE -t NAME=PREFIX,...\n");
		return 1;
	}
	char filter[4096];
	tcpdump_filter(filter, sizeof(filter), targets, n_targets);
	struct contender c[CONTENDERS] = {
		{.name = "lull", .argv = {lull, "replay", "--series", "/dev/null"}},
		{.name = "tcpdump-count", .argv = {"tcpdump", "-r", capture, "--count", filter}},
		{.name = "libpcap-loop", .argv = {argv[0], "--libpcap-loop", capture}},
		{.name = "read-loop", .argv = {argv[0], "--read-loop", capture}},
		{.name = "cat", .argv = {"cat", capture}},
	};
	int at = 4;
	for (int i = 0; i < n_targets; i++)
		c[0].argv[at++] = targets[i];
	c[0].argv[at] = capture;
	int runs = b.brief ? 1 : BENCH_RUNS;
	race(c, 5, runs);
	uint64_t bytes, packets = count_packets(capture, &bytes);
	report(c, 5, runs, packets, bytes);
	int failed = c[0].failed;
	if (capture == made)
		unlink(made);
	return failed;
}
