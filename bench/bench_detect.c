// SPDX-License-Identifier: BSD-3-Clause
// Detect: ns per series and bin, for targets with steady Poisson-like traffic on one upstream.

#include "bench.h"

#include <lull/config.h>
#include <lull/detect.h>
#include <lull/upstream.h>
#include <stdio.h>
#include <stdlib.h>

struct context {
	struct lull_detect *detect;
	struct lull_row *rows;
	uint32_t targets;
	uint64_t seq, state;
};

static void ignore(void *context, const struct lull_event *event)
{
	(void)context;
	(void)event;
}

// One operation is one target in one bin: its `all` series and that of its upstream.
static uint64_t bins(void *context, uint64_t ops)
{
	static const uint64_t keys[] = {0, 1};
	static const char *const names[] = {"all", "one"};
	static const struct lull_upstreams upstreams = {.n = 2, .keys = keys, .names = names};
	struct context *c = context;
	for (uint64_t done = 0; done < ops; done += c->targets, c->seq++) {
		for (uint32_t i = 0; i < c->targets; i++) {
			uint64_t k = 90 + bench_random(&c->state) % 21;
			for (uint32_t u = 0; u < 2; u++)
				c->rows[2 * i + u] = (struct lull_row){.target = i + 1,
					.upstream = u,
					.direction = LULL_OUT,
					.packets = k,
					.bytes = k * 100,
					.distinct = 10,
					.first_ns = c->seq * 1000000000,
					.last_ns = c->seq * 1000000000 + 999999999};
		}
		struct lull_bin bin = {.seq = c->seq,
			.start_ns = c->seq * 1000000000,
			.len_ns = 1000000000,
			.exposure = 1.0,
			.rows = c->rows,
			.n_rows = 2 * c->targets,
			.upstreams = &upstreams};
		if (lull_detect_bin(c->detect, &bin) < 0)
			return 0;
	}
	return c->seq;
}

static int run(const struct bench *b, const char *name, uint32_t targets, uint64_t ops,
	const struct bench_result *floor)
{
	struct lull_config *config = lull_config_create();
	for (uint32_t i = 0; config != NULL && i < targets; i++) {
		char spec[64];
		snprintf(spec, sizeof(spec), "t%u=%u.%u.%u.0/24", i, 32 + (i >> 16), i >> 8 & 255,
			i & 255);
		lull_config_add_target(config, spec);
	}
	if (config == NULL || lull_config_check(config) < 0)
		return 1;
	struct lull_targets *t = lull_targets_create(config);
	struct context c = {.targets = targets, .state = 3};
	c.rows = calloc(2 * (size_t)targets, sizeof(*c.rows));
	c.detect = t != NULL ? lull_detect_create(config, t, ignore, NULL) : NULL;
	if (c.detect == NULL || c.rows == NULL)
		return 1;
	if (!b->brief)
		bins(&c, (uint64_t)targets * 400); // past the warm-up
	bench_run(b, name, bins, &c, ops, "touch-line-hot", floor);
	lull_detect_destroy(c.detect);
	lull_targets_destroy(t);
	lull_config_destroy(config);
	free(c.rows);
	return 0;
}

int main(int argc, char **argv)
{
	struct bench b;
	bench_init(&b, argc, argv);
	uint8_t *hot = calloc(1, 512 * 1024);
	if (hot == NULL)
		return 1;
	struct bench_result floor = bench_touch(&b, "floor/touch-line-hot", hot, 512 * 1024, 64);
	free(hot);
	return run(&b, "detect/4-targets", 4, 1000000, &floor) ||
	       run(&b, "detect/10k-targets", b.brief ? 500 : 10000, 1000000, &floor);
}
