// SPDX-License-Identifier: BSD-3-Clause
// Count: ns per packet for traffic that misses, traffic of four targets with few sources and
// with many; merge: ns per cell.

#include "frames.h"

#include <lull/config.h>
#include <lull/count.h>
#include <lull/siphash.h>
#include <lull/targets.h>
#include <lull/upstream.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct context {
	struct lull_counter *counter;
	struct lull_merge *merge;
	struct lull_burst burst;
	struct lull_sifted none;
	struct lull_headers headers[LULL_BURST];
	struct lull_matched matched[LULL_BURST];
	uint8_t filtered[LULL_BURST];
	uint64_t bin;
	uint32_t targets, sources;
};

// Close the bin and take it out, as the analyzer would.
static uint64_t next_bin(struct context *c)
{
	lull_counter_close(c->counter, ++c->bin);
	struct lull_slot *slot = lull_counter_take(c->counter, c->bin - 1);
	struct lull_bin bin = {.seq = c->bin - 1, .len_ns = 1};
	if (slot == NULL)
		return 0;
	lull_merge_bin(c->merge, &slot, 1, &bin);
	lull_counter_give(c->counter, slot);
	return bin.n_rows;
}

static void fill(struct context *c, uint64_t *state)
{
	for (uint32_t i = 0; i < LULL_BURST; i++) {
		uint64_t r = bench_random(state);
		c->headers[i].src.lo = 0xc0000200u + (c->sources ? (uint32_t)(r % c->sources) : 0);
		c->headers[i].dst.lo = (uint32_t)(r >> 32);
		c->matched[i].src = c->targets ? (uint32_t)(r >> 40) % c->targets + 1 : 0;
		c->burst.packets[i].bin = c->bin;
	}
}

// Bins of 2^20 packets, as a second at a million packets a second.
static uint64_t count(void *context, uint64_t ops)
{
	struct context *c = context;
	uint64_t state = 5, sum = 0, in_bin = 0;
	fill(c, &state);
	for (uint64_t done = 0; done < ops; done += LULL_BURST) {
		c->burst.floor = c->bin;
		sum += (uint64_t)lull_counter_burst(
			c->counter, &c->burst, 0, &c->none, c->headers, c->matched, c->filtered);
		in_bin += LULL_BURST;
		if (in_bin >= 1 << 20) {
			sum += next_bin(c);
			in_bin = 0;
			fill(c, &state);
		}
	}
	return sum + next_bin(c);
}

// Fresh sources for every burst: nothing in the sketch's cache.
static uint64_t count_fresh(void *context, uint64_t ops)
{
	struct context *c = context;
	uint64_t state = 6, sum = 0;
	for (uint64_t done = 0; done < ops; done += LULL_BURST) {
		fill(c, &state);
		c->burst.floor = c->bin;
		sum += (uint64_t)lull_counter_burst(
			c->counter, &c->burst, 0, &c->none, c->headers, c->matched, c->filtered);
	}
	return sum + next_bin(c);
}

// One operation is one cell: a bin with a packet for every target, counted and merged.
static uint64_t merge(void *context, uint64_t ops)
{
	struct context *c = context;
	uint64_t sum = 0;
	for (uint64_t done = 0; done < ops; done += c->targets) {
		for (uint32_t t = 0; t < c->targets; t += LULL_BURST) {
			for (uint32_t i = 0; i < LULL_BURST; i++) {
				c->matched[i].src = (t + i) % c->targets + 1;
				c->burst.packets[i].bin = c->bin;
			}
			c->burst.floor = c->bin;
			lull_counter_burst(c->counter, &c->burst, 0, &c->none, c->headers,
				c->matched, c->filtered);
		}
		sum += next_bin(c);
	}
	return sum;
}

static struct lull_config *configure(uint32_t targets)
{
	struct lull_config *config = lull_config_create();
	for (uint32_t i = 0; config != NULL && i < targets; i++) {
		char spec[64];
		snprintf(spec, sizeof(spec), "t%u=%u.%u.%u.0/24", i, 32 + (i >> 16), i >> 8 & 255,
			i & 255);
		if (lull_config_add_target(config, spec) < 0)
			return NULL;
	}
	return config == NULL || lull_config_check(config) < 0 ? NULL : config;
}

static void prepare(struct context *c)
{
	uint64_t state = 1;
	c->burst.n = LULL_BURST;
	lull_sift_none(LULL_BURST, &c->none);
	for (uint32_t i = 0; i < LULL_BURST; i++) {
		c->headers[i] = (struct lull_headers){.verdict = LULL_IP,
			.family = 4,
			.proto = 17,
			.ip_bytes = 50,
			.vlan = LULL_NO_TAG,
			.mpls = LULL_NO_TAG,
			.src_mac = 0x020000000001,
			.dst_mac = 0x020000000002};
		c->burst.packets[i] =
			(struct lull_packet){.wirelen = 64, .caplen = 64, .linktype = 1};
	}
	fill(c, &state);
}

static int run(const struct bench *b, const char *name, bench_fn *fn, uint32_t targets,
	uint32_t sources, uint64_t ops, const struct bench_result *floor)
{
	static const struct lull_sipkey key = {1, 2};
	uint32_t names = targets ? targets : 1;
	struct lull_config *config = configure(names);
	struct lull_targets *t = config ? lull_targets_create(config) : NULL;
	struct lull_upstream_rules *rules = t ? lull_upstream_create(config) : NULL;
	struct context *c = calloc(1, sizeof(*c));
	if (rules == NULL || c == NULL)
		return 1;
	c->counter = lull_counter_create(rules, &key);
	c->merge = lull_merge_create(t, config);
	c->targets = targets;
	c->sources = sources;
	if (c->counter == NULL || c->merge == NULL)
		return 1;
	prepare(c);
	bench_run(b, name, fn, c, ops, "touch-line-hot", floor);
	lull_merge_destroy(c->merge);
	lull_counter_destroy(c->counter);
	free(c);
	lull_upstream_destroy(rules);
	lull_targets_destroy(t);
	lull_config_destroy(config);
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
	uint64_t ops = 10 * 1000 * 1000;
	return run(&b, "count/unmatched", count, 0, 0, ops, &floor) ||
	       run(&b, "count/4-targets-few-sources", count, 4, 16, ops, &floor) ||
	       run(&b, "count/4-targets-100k-sources", count_fresh, 4, 100000, ops, &floor) ||
	       run(&b, "merge/cell-of-1k", merge, 1000, 1, ops / 10, &floor) ||
	       run(&b, "merge/cell-of-50k", merge, b.brief ? 2000 : 50000, 1, ops / 10, &floor);
}
