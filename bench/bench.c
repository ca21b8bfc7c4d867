// SPDX-License-Identifier: BSD-3-Clause
// Timing and floors.

#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static volatile uint64_t sink;

void bench_init(struct bench *b, int argc, char **argv)
{
	memset(b, 0, sizeof(*b));
	for (int i = 1; i < argc; i++)
		b->brief |= strcmp(argv[i], "--brief") == 0;
}

static double now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

struct bench_result bench_run(const struct bench *b, const char *name, bench_fn *fn, void *context,
	uint64_t ops, const char *floor_name, const struct bench_result *floor)
{
	double ns[BENCH_RUNS];
	int runs = b->brief ? 2 : BENCH_RUNS;
	if (b->brief)
		ops = ops / 64 + 1;
	sink += fn(context, ops); // warm
	for (int i = 0; i < runs; i++) {
		double start = now_ns();
		sink += fn(context, ops);
		ns[i] = (now_ns() - start) / (double)ops;
	}
	qsort(ns, (size_t)runs, sizeof(ns[0]), by_value);
	struct bench_result r = {.median_ns = ns[runs / 2], .min_ns = ns[0]};
	printf("{\"bench\": \"%s\", \"ns\": %.3f, \"ns_min\": %.3f, \"per_s\": %.3g, \"runs\": %d, "
	       "\"ops\": %llu",
		name, r.median_ns, r.min_ns, 1e9 / r.median_ns, runs, (unsigned long long)ops);
	if (floor != NULL)
		printf(", \"floor\": \"%s\", \"of_floor\": %.2f", floor_name,
			r.median_ns / floor->median_ns);
	printf("}\n");
	fflush(stdout);
	return r;
}

uint64_t bench_random(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

struct memory {
	const uint64_t *words;
	size_t n;
};

static uint64_t read_memory(void *context, uint64_t bytes)
{
	const struct memory *m = context;
	uint64_t sum[8] = {0};
	for (uint64_t done = 0; done < bytes; done += m->n * 8)
		for (size_t i = 0; i + 8 <= m->n && done + i * 8 < bytes; i += 8)
			for (int k = 0; k < 8; k++)
				sum[k] += m->words[i + (size_t)k];
	return sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7];
}

struct bench_result bench_memory_read(const struct bench *b)
{
	size_t bytes = b->brief ? (size_t)4 << 20 : (size_t)256 << 20; // beyond the caches
	uint64_t *words = malloc(bytes);
	struct bench_result r = {.median_ns = 1, .min_ns = 1};
	if (words == NULL)
		return r;
	memset(words, 1, bytes);
	struct memory m = {.words = words, .n = bytes / 8};
	r = bench_run(b, "floor/memory-read-byte", read_memory, &m, bytes, NULL, NULL);
	free(words);
	return r;
}

struct lines {
	const uint8_t *buffer;
	size_t bytes, stride;
};

static uint64_t touch_lines(void *context, uint64_t packets)
{
	const struct lines *l = context;
	uint64_t sum = 0;
	size_t at = 0;
	for (uint64_t i = 0; i < packets; i++) {
		sum += l->buffer[at];
		at += l->stride;
		at = at < l->bytes ? at : 0;
	}
	return sum;
}

struct bench_result bench_touch(
	const struct bench *b, const char *name, const uint8_t *buffer, size_t bytes, size_t stride)
{
	struct lines l = {.buffer = buffer, .bytes = bytes, .stride = stride};
	return bench_run(b, name, touch_lines, &l, 20 * 1000 * 1000, NULL, NULL);
}
