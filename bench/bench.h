// SPDX-License-Identifier: BSD-3-Clause
// Timing for the benches: one operation, median and minimum of eleven runs, a JSON line each,
// always with a ratio against a floor measured in the same process.

#pragma once

#include <stddef.h>
#include <stdint.h>

#define BENCH_RUNS 11

struct bench_result {
	double median_ns, min_ns; // per operation
};

// --brief on the command line: a run short enough for a test; figures mean little then.
struct bench {
	int brief;
};

void bench_init(struct bench *b, int argc, char **argv);

// Do ops operations; whatever it returns is kept from being optimised away.
typedef uint64_t bench_fn(void *context, uint64_t ops);

// Time fn eleven times (twice when brief) and print
// {"bench": name, "ns": median, "ns_min": min, "per_s": 1e9/median, "runs": 11, "ops": ops}
// plus, with a floor, {"floor": its name, "of_floor": this median / floor median}.
struct bench_result bench_run(const struct bench *b, const char *name, bench_fn *fn, void *context,
	uint64_t ops, const char *floor_name, const struct bench_result *floor);

// Floors of the machine: sequential read of memory (ns per byte, op = byte), one touched line
// per packet of a given stride in a buffer (op = packet).
struct bench_result bench_memory_read(const struct bench *b);
struct bench_result bench_touch(const struct bench *b, const char *name, const uint8_t *buffer,
	size_t bytes, size_t stride);

// splitmix64: reproducible noise for inputs.
uint64_t bench_random(uint64_t *state);
