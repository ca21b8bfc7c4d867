// SPDX-License-Identifier: BSD-3-Clause
// The sample of flows of one slot.

#include "count/flows.h"
#include "count_fixture.h"

enum { TARGETS = 5, IDS = 4000 };

static int rising(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

// What a sample should hold: its distinct ids, sorted.
static uint32_t distinct(uint64_t *ids, uint32_t n)
{
	uint32_t kept = 0;
	qsort(ids, n, sizeof(*ids), rising);
	for (uint32_t i = 0; i < n; i++)
		if (kept == 0 || ids[kept - 1] != ids[i])
			ids[kept++] = ids[i];
	return kept;
}

static const struct lull_flow *flow_of(
	const struct lull_flows *f, uint32_t sample, uint64_t id, uint32_t *n)
{
	const struct lull_flow *found = NULL;
	*n = 0;
	for (uint32_t i = f->samples[sample].first; i != 0; i = f->flows[i - 1].next, (*n)++)
		if (f->flows[i - 1].id == id)
			found = &f->flows[i - 1];
	return found;
}

static void add(struct lull_flows *f, uint32_t cell, uint32_t target, uint64_t id, uint32_t end)
{
	uint32_t sample = lull_flows_sample(f, cell, target);
	cr_assert_neq(sample, UINT32_MAX);
	cr_assert(lull_flows_add(f, sample, id, 0, end));
}

// Two cells a target, as with two neighbours: they share its sample.
Test(flows, every_target_keeps_the_64_flows_with_the_smallest_hash_whatever_came_in_between)
{
	static uint64_t ids[TARGETS][IDS];
	struct lull_flows f = {0};
	for (int round = 0; round < 3; round++) { // used again after a reset
		uint64_t random = 7 + (uint64_t)round;
		uint32_t n[TARGETS] = {0};
		for (uint32_t i = 0; i < TARGETS * IDS; i++) {
			uint32_t t = (uint32_t)(next_random(&random) % TARGETS);
			uint64_t id = next_random(&random);
			if (n[t] == IDS)
				continue;
			if (n[t] > 0 && next_random(&random) % 2 == 0) // one seen before
				id = ids[t][next_random(&random) % n[t]];
			ids[t][n[t]++] = id;
			add(&f, 2 * t + (i & 1), t + 1, id, (uint32_t)id);
		}
		for (uint32_t t = 0; t < TARGETS; t++) {
			uint32_t there, s = lull_flows_sample(&f, 2 * t, t + 1);
			cr_assert_eq(s, lull_flows_sample(&f, 2 * t + 1, t + 1));
			n[t] = distinct(ids[t], n[t]);
			cr_assert_gt(n[t], 1000);
			for (uint32_t i = 0; i < LULL_SAMPLE; i++) {
				const struct lull_flow *flow = flow_of(&f, s, ids[t][i], &there);
				cr_assert_not_null(flow);
				cr_assert_eq(flow->top[flow->halves >> 1], (uint32_t)ids[t][i]);
			}
			cr_assert(there >= LULL_SAMPLE && there < 2 * LULL_SAMPLE);
		}
		lull_flows_reset(&f);
		cr_assert_eq(f.n_live, 0);
	}
	lull_flows_finish(&f);
}

Test(flows, either_half_of_the_sequence_space_keeps_its_highest_end)
{
	static const uint32_t ends[] = {5, 0x80000000, 0x7fffffff, 0xfffffff0, 0x90000000, 6};
	struct lull_flows f = {0};
	uint32_t n;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		add(&f, 0, 1, 42, ends[i]);
	const struct lull_flow *flow = flow_of(&f, 0, 42, &n);
	cr_assert_eq(n, 1);
	cr_assert_eq(flow->halves, 3);
	cr_assert_eq(flow->top[0], 0x7fffffff);
	cr_assert_eq(flow->top[1], 0xfffffff0);
	lull_flows_finish(&f);
}

Test(flows, too_many_flows_halve_the_limit_for_all_and_never_take_more_memory)
{
	struct lull_flows f = {.max = 256};
	uint64_t random = 3;
	size_t bytes = 0;
	for (uint32_t i = 0; i < 200000; i++) {
		uint32_t t = i % 1000;
		add(&f, t, t + 1, next_random(&random), i);
		cr_assert_leq(f.n_live, 2 * 256);
		if (i == 20000)
			bytes = lull_flows_bytes(&f);
	}
	cr_assert_eq(lull_flows_bytes(&f), bytes);
	cr_assert_gt(f.halvings, 0);
	for (uint32_t s = 0; s < f.n_samples; s++)
		for (uint32_t i = f.samples[s].first; i != 0; i = f.flows[i - 1].next)
			cr_assert_leq(f.flows[i - 1].id, lull_flows_limit(&f));
	lull_flows_reset(&f);
	cr_assert_eq(lull_flows_limit(&f), UINT64_MAX);
	lull_flows_finish(&f);
}

Test(flows, what_a_flood_took_is_given_back_after_it)
{
	struct lull_flows f = {0};
	uint64_t random = 3;
	for (uint32_t i = 0; i < 50000; i++)
		add(&f, i % 1000, i % 1000 + 1, next_random(&random), i);
	size_t flood = lull_flows_bytes(&f);
	for (int i = 0; i < 300; i++) {
		lull_flows_reset(&f);
		add(&f, 0, 1, next_random(&random), 1);
	}
	cr_assert_lt(lull_flows_bytes(&f), flood / 100);
	lull_flows_finish(&f);
}

Test(flows, every_part_of_the_addresses_and_ports_makes_another_flow)
{
	struct lull_flow_salt salt, other;
	struct lull_headers h = {
		.family = 6, .src = {1, 2}, .dst = {3, 4}, .proto = 6, .tcp_flags = LULL_TCP_ACK};
	uint64_t *const words[] = {&h.src.hi, &h.src.lo, &h.dst.hi, &h.dst.lo};
	lull_flow_salt_init(&salt, &fixture_key);
	lull_flow_salt_init(&other, &(struct lull_sipkey){11, 23});
	uint64_t id = lull_flow_id(&salt, &h, 443);
	cr_assert_eq(id, lull_flow_id(&salt, &h, 443));
	cr_assert_neq(id, lull_flow_id(&salt, &h, 444));
	cr_assert_neq(id, lull_flow_id(&other, &h, 443));
	for (int i = 0; i < 4; i++) {
		*words[i] += 1;
		cr_assert_neq(id, lull_flow_id(&salt, &h, 443));
		*words[i] -= 1;
	}
}

// A client's next connection has the next port: neighbours must not be sampled together.
Test(flows, neighbouring_ports_are_sampled_as_any)
{
	struct lull_flow_salt salt;
	struct lull_headers h = {.family = 4, .src = {0, 0x0a000001}, .dst = {0, 0xc0000201}};
	uint32_t low = 0, pairs = 0;
	bool last = false;
	lull_flow_salt_init(&salt, &fixture_key);
	for (uint32_t port = 1024; port < 65536; port++) {
		bool is = lull_flow_id(&salt, &h, port << 16 | 443) < UINT64_MAX / 8;
		low += is;
		pairs += is && last;
		last = is;
	}
	cr_assert(low > 7600 && low < 8500, "%u of 64512, an eighth is 8064", low);
	cr_assert(pairs > 850 && pairs < 1170, "%u, one in 64 is 1008", pairs);
}
