// SPDX-License-Identifier: BSD-3-Clause
// Match: ns per address for 3 to 1 M prefixes, traffic that misses and traffic that hits, and
// the time to build the tables.

#include "bench.h"

#include <lull/config.h>
#include <lull/match.h>
#include <lull/targets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ADDRESSES (1 << 16)

struct context {
	const struct lull_match *match;
	struct lull_headers headers[LULL_BURST * 4];
	uint32_t *addresses;
};

// A table file of n prefixes /24 (or /48) spread over unicast space. Its path is the caller's.
static int write_table(char *path, uint32_t n, int family)
{
	int fd = mkstemp(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	if (file == NULL)
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t spread = (uint32_t)((uint64_t)i * 0x400000 /
					     n); // /24s of 32.0.0.0 to 95.255.255.255
		if (family == 4)
			fprintf(file, "%u.%u.%u.0/24\tt%u\n", 32 + (spread >> 16),
				spread >> 8 & 255, spread & 255, i % 1000);
		else
			fprintf(file, "2a%02x:%x:%x::/48\tt%u\n", i >> 16 & 31, i & 0xffff, i % 7,
				i % 1000);
	}
	return fclose(file);
}

static uint64_t look_up(void *context, uint64_t ops)
{
	struct context *c = context;
	struct lull_matched out[LULL_BURST];
	uint64_t sum = 0;
	uint32_t at = 0;
	// Two addresses a packet: one operation is one address.
	for (uint64_t done = 0; done < ops; done += 2 * LULL_BURST) {
		struct lull_headers *h = c->headers;
		for (uint32_t i = 0; i < LULL_BURST; i++) {
			if (h[i].family == 4) {
				h[i].src.lo = c->addresses[at++ & (ADDRESSES - 1)];
				h[i].dst.lo = c->addresses[at++ & (ADDRESSES - 1)];
			} else {
				h[i].src.hi = h[i].src.hi + (UINT64_C(1) << 32);
				h[i].dst.hi = h[i].dst.hi + (UINT64_C(3) << 32);
			}
		}
		lull_match_burst(c->match, h, LULL_BURST, out);
		for (uint32_t i = 0; i < LULL_BURST; i++)
			sum += out[i].src + out[i].dst;
	}
	return sum;
}

static void fill(struct context *c, int family, int hit)
{
	uint64_t state = 9;
	for (uint32_t i = 0; i < ADDRESSES; i++) {
		uint32_t r = (uint32_t)bench_random(&state);
		// hits: 32.0.0.0 .. 95.255.255.255; misses: 128.0.0.0 and up
		c->addresses[i] = hit ? (uint32_t)(UINT64_C(0x20000000) + r % 0x40000000u)
				      : (r | 0x80000000u);
	}
	for (uint32_t i = 0; i < LULL_BURST; i++) {
		uint64_t r = bench_random(&state);
		c->headers[i] =
			(struct lull_headers){.verdict = LULL_IP, .family = (uint8_t)family};
		if (family == 6) {
			uint64_t top =
				hit ? UINT64_C(0x2a00000000000000) : UINT64_C(0x3000000000000000);
			c->headers[i].src.hi = top | (r & UINT64_C(0x001fffff00000000));
			c->headers[i].dst.hi =
				top | (bench_random(&state) & UINT64_C(0x001fffff00000000));
		}
	}
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void measure(const struct bench *b, struct context *c, uint32_t n, int family,
	const struct bench_result *floor)
{
	for (int hit = 0; hit < 2; hit++) {
		char name[64];
		fill(c, family, hit);
		snprintf(name, sizeof(name), "match/v%d-%u-%s", family, n, hit ? "hit" : "miss");
		bench_run(b, name, look_up, c, 1 << 22, "touch-line-hot", floor);
	}
}

static int run(const struct bench *b, struct context *c, uint32_t n, int family,
	const struct bench_result *floor)
{
	char path[] = "/tmp/lull-bench-XXXXXX";
	if (write_table(path, n, family) != 0)
		return 1;
	struct lull_config *config = lull_config_create();
	double start = now();
	struct lull_targets *targets = NULL;
	if (config != NULL && lull_config_add_table(config, path) == 0 &&
		lull_config_check(config) == 0)
		targets = lull_targets_create(config);
	struct lull_match *match = targets != NULL ? lull_match_create(targets) : NULL;
	double seconds = now() - start;
	unlink(path);
	if (match != NULL) {
		printf("{\"bench\": \"match/load-v%d-%u\", \"s\": %.3f, \"mib\": %.1f}\n", family,
			n, seconds, (double)lull_match_bytes(match) / 1048576);
		c->match = match;
		measure(b, c, n, family, floor);
	}
	lull_match_destroy(match);
	lull_targets_destroy(targets);
	lull_config_destroy(config);
	return match == NULL;
}

int main(int argc, char **argv)
{
	static const uint32_t sizes[] = {3, 1000, 100000, 1000000};
	struct bench b;
	bench_init(&b, argc, argv);
	uint8_t *hot = calloc(1, 512 * 1024);
	struct context *c = calloc(1, sizeof(*c));
	if (hot == NULL || c == NULL)
		return 1;
	c->addresses = calloc(ADDRESSES, sizeof(*c->addresses));
	if (c->addresses == NULL)
		return 1;
	struct bench_result floor = bench_touch(&b, "floor/touch-line-hot", hot, 512 * 1024, 64);
	int failed = 0;
	for (size_t i = 0; i < (b.brief ? 2 : 4); i++)
		failed |= run(&b, c, sizes[i], 4, &floor) | run(&b, c, sizes[i], 6, &floor);
	free(c->addresses);
	free(c);
	free(hot);
	return failed;
}
