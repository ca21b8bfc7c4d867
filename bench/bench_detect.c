// SPDX-License-Identifier: BSD-3-Clause
// Detect: CPU time per series and bin, and memory per series, of a million series at bins of 1 s.
//
//   bench_detect [--brief] [--series N] [--warm BINS] [--trace]
//
// Rates from 0.05 to 1000 packets per second, spread evenly over their logarithm; a tenth is
// bursty; in every four minutes one series in a thousand falls silent and another one is flooded.
// Warming, they pass an hour, so that each has the profile of a series that lives on. Rows are made
// outside what is timed. --trace: every revision and every status instead of figures, for builds
// that must say the same.

#include "bench.h"

#include <lull/config.h>
#include <lull/detect.h>
#include <lull/time.h>
#include <lull/upstream.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define S LULL_NS_PER_SECOND
#define HAPPENING 240 // bins

struct series {
	float rate, none; // none: e^-rate
};

struct context {
	struct lull_config *config;
	struct lull_targets *targets;
	struct lull_detect *detect;
	struct series *series;
	struct lull_row *rows;
	size_t n_rows;
	uint32_t n;
	uint64_t seq, start_ns, state;
	uint64_t events;
	double cpu_ns;
	bool trace;
};

static void hear(void *context, const struct lull_event *ev)
{
	struct context *c = context;
	c->events++;
	if (!c->trace)
		return;
	printf("%s rev %u state %d kind %d target %u onset %llu %llu %llu end %llu lost %.9g %.9g "
	       "%.9g expected %.9g observed %.9g evidence %.9g threshold %.9g cause %s %.9g\n",
		ev->id, ev->rev, (int)ev->state, (int)ev->kind, ev->target,
		(unsigned long long)ev->onset.ns, (unsigned long long)ev->onset.lo_ns,
		(unsigned long long)ev->onset.hi_ns, (unsigned long long)ev->end.ns, ev->lost.value,
		ev->lost.lo, ev->lost.hi, ev->expected_pps, ev->observed_pps, ev->evidence,
		ev->threshold, ev->causes[0].label, ev->causes[0].weight);
}

static double cpu_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double resident(void)
{
	unsigned long long size = 0, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");
	if (f != NULL && fscanf(f, "%llu %llu", &size, &pages) != 2)
		pages = 0;
	if (f != NULL)
		fclose(f);
	return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

// Poisson; large ones from the bits of one number, whose sum is nearly normal.
static uint64_t poisson(struct context *c, const struct series *s)
{
	if (s->rate > 12.0f) {
		double z = 0.25 * (__builtin_popcountll(bench_random(&c->state)) - 32.0);
		return (uint64_t)fmax((double)s->rate + sqrt((double)s->rate) * z + 0.5, 0.0);
	}
	double left = 0x1p-53 * (double)(bench_random(&c->state) >> 11), p = (double)s->none;
	uint64_t k = 0;
	for (; left > p && k < 60; k++) {
		left -= p;
		p *= (double)s->rate / (double)(k + 1);
	}
	return k;
}

static void make_rows(struct context *c)
{
	c->n_rows = 0;
	for (uint32_t i = 0; i < c->n; i++) {
		uint64_t k = poisson(c, &c->series[i]) * (i % 10 == 0 ? 4 : 1);
		uint64_t fate = (i * UINT64_C(2654435761) + c->seq / HAPPENING * 7919) % 1000;
		k *= fate == 0 ? 0 : fate == 1 ? 5 : 1;
		if (k == 0)
			continue;
		c->rows[c->n_rows++] = (struct lull_row){.target = i + 1,
			.upstream = LULL_ALL_UPSTREAMS,
			.direction = LULL_OUT,
			.packets = k,
			.bytes = k * 100,
			.distinct = k / 3 + 1,
			.synack = k / 10,
			.first_ns = c->start_ns + S / (k + 1),
			.last_ns = c->start_ns + S - S / (k + 1)};
	}
}

// One operation is one series in one bin.
static int bins(struct context *c, uint64_t n)
{
	static const uint64_t keys[] = {0};
	static const char *const names[] = {"all"};
	static const struct lull_upstreams upstreams = {.n = 1, .keys = keys, .names = names};
	for (uint64_t i = 0; i < n; i++, c->seq++, c->start_ns += S) {
		make_rows(c);
		struct lull_bin bin = {.seq = c->seq,
			.start_ns = c->start_ns,
			.len_ns = S,
			.exposure = 1.0,
			.rows = c->rows,
			.n_rows = c->n_rows,
			.upstreams = &upstreams};
		double start = cpu_ns();
		if (lull_detect_bin(c->detect, &bin) < 0)
			return -1;
		c->cpu_ns += cpu_ns() - start;
	}
	return 0;
}

static int init(struct context *c)
{
	c->config = lull_config_create();
	for (uint32_t i = 0; c->config != NULL && i < c->n; i++) {
		char spec[64];
		snprintf(spec, sizeof(spec), "t%u=%u.%u.%u.0/24", i, 32 + (i >> 16), i >> 8 & 255,
			i & 255);
		lull_config_add_target(c->config, spec);
	}
	if (c->config == NULL || lull_config_check(c->config) < 0)
		return -1;
	c->targets = lull_targets_create(c->config);
	c->series = calloc(c->n, sizeof(*c->series));
	c->rows = malloc(c->n * sizeof(*c->rows));
	if (c->targets == NULL || c->series == NULL || c->rows == NULL)
		return -1;
	memset(c->rows, 1, c->n * sizeof(*c->rows)); // resident from the start
	for (uint32_t i = 0; i < c->n; i++) {
		double u = 0x1p-53 * (double)(bench_random(&c->state) >> 11);
		double rate = 0.05 * pow(20000.0, u) / (i % 10 == 0 ? 4.0 : 1.0);
		c->series[i] = (struct series){(float)rate, (float)exp(-rate)};
	}
	return 0;
}

static void finish(struct context *c)
{
	lull_detect_destroy(c->detect);
	lull_targets_destroy(c->targets);
	lull_config_destroy(c->config);
	free(c->series);
	free(c->rows);
}

static void print_status(const struct context *c)
{
	for (uint32_t i = 1; i <= c->n; i++) {
		struct lull_target_status s;
		if (lull_detect_status(c->detect, i, &s) == 0)
			printf("%u state %d bin %llu expected %.9g phi %.9g sigma %.9g delay "
			       "%.9g\n",
				i, (int)s.state, (unsigned long long)s.bin_ns, s.expected_pps,
				s.phi, s.sigma, s.detectable_delay_s);
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static int measure(struct context *c, const struct bench *b, double before)
{
	double ns[BENCH_RUNS];
	uint64_t runs = b->brief ? 2 : BENCH_RUNS;
	double memory = (resident() - before) / (double)c->n;
	for (uint64_t r = 0; r < runs; r++) {
		c->cpu_ns = 0.0;
		if (bins(c, 10) < 0)
			return -1;
		ns[r] = c->cpu_ns / 10.0 / (double)c->n;
	}
	qsort(ns, runs, sizeof(ns[0]), by_value);
	printf("{\"bench\": \"detect/series\", \"ns\": %.3f, \"ns_min\": %.3f, \"runs\": %d, "
	       "\"series\": %u, \"bytes_per_series\": %.0f, \"events\": %llu}\n",
		ns[runs / 2], ns[0], (int)runs, c->n, memory, (unsigned long long)c->events);
	return 0;
}

static int run(struct context *c, const struct bench *b, uint64_t warm)
{
	if (init(c) < 0)
		return -1;
	double before = resident();
	c->detect = lull_detect_create(c->config, c->targets, hear, c);
	// An hour turns once four fifths of the warming are over.
	c->start_ns = 500000 * 3600 * S - warm * 4 / 5 * S;
	if (c->detect == NULL || bins(c, warm * 4 / 5 - 1) < 0)
		return -1;
	double young = (resident() - before) / (double)c->n;
	if (bins(c, warm - warm * 4 / 5 + 1) < 0)
		return -1;
	if (c->trace) {
		print_status(c);
		return 0;
	}
	printf("{\"bench\": \"detect/first-hour\", \"series\": %u, \"bytes_per_series\": %.0f}\n",
		c->n, young);
	return measure(c, b, before);
}

int main(int argc, char **argv)
{
	struct bench b;
	struct context c = {.n = 1000000, .state = 3};
	uint64_t warm = 2400;
	bench_init(&b, argc, argv);
	if (b.brief) {
		c.n = 500;
		warm = 600;
	}
	for (int i = 1; i < argc; i++) {
		c.trace |= strcmp(argv[i], "--trace") == 0;
		if (i + 1 < argc && strcmp(argv[i], "--series") == 0)
			c.n = (uint32_t)strtoul(argv[i + 1], NULL, 10);
		if (i + 1 < argc && strcmp(argv[i], "--warm") == 0)
			warm = strtoul(argv[i + 1], NULL, 10);
	}
	int err = run(&c, &b, warm);
	finish(&c);
	return err != 0;
}
