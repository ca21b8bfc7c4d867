// SPDX-License-Identifier: BSD-3-Clause
// From bins, drivers and workers to the view of /metrics: totals that only rise, through reloads,
// and ratios that wait until they mean something.

#include "engine/gauges.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>

#define NOW (1700000000 * LULL_NS_PER_SECOND)

static size_t fake_count(const struct lull_ports *p)
{
	(void)p;
	return 2;
}

static const char *fake_name(const struct lull_ports *p, size_t port)
{
	(void)p;
	return port == 0 ? "left" : "right";
}

static int fake_stats(struct lull_ports *p, size_t port, struct lull_port_stats *stats)
{
	(void)p;
	*stats = (struct lull_port_stats){
		.link_up = port == 0, .loss = LULL_LOSS_KNOWN, .lost = 5, .received = 99};
	return 0;
}

static const struct lull_ports_ops fake_ops = {.name = "fake",
	.count = fake_count,
	.device = fake_name,
	.driver = fake_name,
	.stats = fake_stats};
static struct lull_ports fake = {&fake_ops};
static struct lull_gauges g;
static struct lull_losses losses;

static void no_event(void *context, const struct lull_event *event)
{
	(void)context;
	(void)event;
}

static struct lull_generation *generation(const char *first, const char *second)
{
	struct lull_config *c = lull_config_create();
	cr_assert(eq(int, lull_config_add_target(c, first), 0));
	cr_assert(eq(int, lull_config_add_target(c, second), 0));
	cr_assert(eq(int, lull_config_check(c), 0));
	struct lull_generation *made = lull_generation_create(c, no_event, NULL);
	cr_assert(made != NULL);
	return made;
}

static struct lull_generation *begin(size_t queues)
{
	struct lull_generation *made = generation("a=192.0.2.0/24", "b=198.51.100.0/24");
	cr_assert(eq(int, lull_gauges_init(&g, made, &fake, queues, NOW), 0));
	lull_losses_init(&losses, &fake, LULL_NS_PER_SECOND);
	return made;
}

// A bin of one port, with unmatched packets, and rows.
static void take_bin(
	uint64_t seq, uint64_t unmatched, const struct lull_row *rows, size_t n, bool whole)
{
	static const struct lull_upstreams upstreams = {.n = 2};
	struct lull_port_bin port = {.last_ns = NOW + seq * LULL_NS_PER_SECOND};
	port.law.received.packets = unmatched;
	port.law.classes[LULL_UNMATCHED].packets = unmatched;
	const struct lull_bin bin = {.seq = seq,
		.start_ns = NOW + seq * LULL_NS_PER_SECOND,
		.len_ns = LULL_NS_PER_SECOND,
		.rows = rows,
		.n_rows = n,
		.ports = &port,
		.n_ports = 1,
		.upstreams = &upstreams};
	lull_gauges_law(&g, &bin);
	if (whole)
		lull_gauges_bin(&g, &bin);
}

static struct lull_row row(uint32_t target, uint32_t upstream, uint64_t packets)
{
	return (struct lull_row){.target = target,
		.upstream = upstream,
		.direction = LULL_OUT,
		.packets = packets,
		.bytes = 100 * packets,
		.distinct = packets / 2};
}

Test(gauges, a_target_counts_each_packet_once_whatever_the_upstreams)
{
	struct lull_generation *made = begin(1);
	const struct lull_row rows[] = {row(1, 0, 30), row(1, 1, 30), row(2, 0, 4), row(2, 1, 4)};
	take_bin(0, 1, rows, 4, true);
	take_bin(1, 1, rows + 2, 2, true);
	cr_expect(eq(u64, g.view.targets[0].packets[LULL_OUT], 30));
	cr_expect(eq(u64, g.view.targets[0].bytes[LULL_OUT], 3000));
	cr_expect(eq(u64, g.view.targets[1].packets[LULL_OUT], 8));
	cr_expect(eq(u64, g.view.targets[0].packets[LULL_IN], 0));
	// of the newest bin, which target 1 has no row in
	cr_expect(eq(u64, g.view.targets[0].distinct[LULL_OUT], 0));
	cr_expect(eq(u64, g.view.targets[1].distinct[LULL_OUT], 2));
	cr_expect(eq(u64, g.view.bins, 2));
	cr_expect(eq(u64, g.view.upstreams, 1));
	lull_gauges_finish(&g);
	lull_generation_destroy(made);
}

Test(gauges, flows_are_those_of_the_last_bin_toward_the_target_over_all_upstreams)
{
	struct lull_generation *made = begin(1);
	struct lull_row rows[] = {row(1, 0, 30), row(1, 0, 30), row(1, 1, 30)};
	rows[1].direction = rows[2].direction = LULL_IN;
	rows[1].flows = 64;
	rows[1].stuck = 40;
	take_bin(0, 1, rows, 3, true);
	cr_expect(eq(u64, g.view.targets[0].flows, 64));
	cr_expect(eq(u64, g.view.targets[0].stuck, 40));
	cr_expect(eq(u64, g.view.targets[1].flows, 0));
	take_bin(1, 1, rows, 1, true); // nothing came in
	cr_expect(eq(u64, g.view.targets[0].flows, 0));
	cr_expect(eq(u64, g.view.targets[0].stuck, 0));
	lull_gauges_finish(&g);
	lull_generation_destroy(made);
}

Test(gauges, packets_of_refused_upstreams_are_summed_over_bins)
{
	struct lull_generation *made = begin(1);
	static const struct lull_upstreams upstreams = {.n = 2};
	lull_gauges_bin(&g, &(struct lull_bin){.upstreams = &upstreams, .refused_packets = 70});
	lull_gauges_bin(&g, &(struct lull_bin){.upstreams = &upstreams, .refused_packets = 5});
	cr_expect(eq(u64, g.view.upstreams_refused_packets, 75));
	lull_gauges_finish(&g);
	lull_generation_destroy(made);
}

Test(gauges, the_offset_of_the_wall_clock_is_that_of_the_live_clock_in_seconds)
{
	struct lull_generation *made = begin(1);
	g.view.clock_offset_s = 1e9;
	lull_gauges_refresh(&g, made, &losses, NOW);
	// nobody stepped the clock since the test began
	double told = (double)lull_ports_offset() * 1e-9;
	cr_expect(lt(dbl, fabs(g.view.clock_offset_s - told), 0.05));
	cr_expect(lt(dbl, fabs(g.view.clock_offset_s), 0.5));
	lull_gauges_finish(&g);
	lull_generation_destroy(made);
}

Test(gauges, totals_go_to_the_target_of_the_same_name_at_a_reload)
{
	struct lull_generation *before = begin(1);
	const struct lull_row rows[] = {row(1, 0, 30), row(2, 0, 4)};
	take_bin(0, 1, rows, 2, true);
	struct lull_generation *now = generation("new=203.0.113.0/24", "b=198.51.100.0/24");
	cr_assert(eq(int, lull_gauges_switch(&g, before, now), 0));
	lull_generation_destroy(before); // nothing of it is looked at any more
	cr_assert(eq(sz, g.view.n_targets, 2));
	for (size_t i = 0; i < 2; i++) {
		const struct lull_metric_target *t = &g.view.targets[i];
		bool old = strcmp(t->name, "b") == 0;
		cr_expect(eq(u64, t->packets[LULL_OUT], old ? 4 : 0), "%s", t->name);
	}
	cr_expect(eq(u64, g.ports[0].law.received.packets, 1));
	cr_expect(eq(str, (char *)g.view.config_digest, (char *)now->config->digest));
	lull_gauges_finish(&g);
	lull_generation_destroy(now);
}

Test(gauges, what_a_port_received_counts_also_in_bins_that_are_not_whole)
{
	struct lull_generation *made = begin(1);
	take_bin(0, 100, NULL, 0, true);
	take_bin(1, 200, NULL, 0, false);
	cr_expect(eq(u64, g.ports[0].law.received.packets, 300));
	cr_expect(eq(u64, g.view.bins, 1));
	lull_gauges_finish(&g);
	lull_generation_destroy(made);
}

Test(gauges, silence_and_control_are_not_a_number_until_there_was_something)
{
	struct lull_generation *made = begin(1);
	lull_gauges_refresh(&g, made, &losses, NOW);
	cr_expect(isnan(g.ports[0].silence_s));
	cr_expect(isnan(g.ports[0].control_ratio));
	for (uint64_t i = 0; i < 50; i++)
		take_bin(i, 100, NULL, 0, true);
	lull_gauges_refresh(&g, made, &losses, NOW + 52 * LULL_NS_PER_SECOND);
	cr_expect(lt(dbl, fabs(g.ports[0].silence_s - 3.0), 1e-9));
	cr_expect(lt(dbl, fabs(g.ports[0].control_ratio - 1.0), 1e-9));
	cr_expect(isnan(g.ports[1].silence_s));
	take_bin(50, 25, NULL, 0, true);
	cr_expect(lt(dbl, fabs(g.ports[0].control_ratio - 0.25), 1e-9));
	lull_gauges_refresh(&g, made, &losses, NOW); // a packet stamped ahead of the clock
	cr_expect(eq(dbl, g.ports[0].silence_s, 0.0));
	cr_expect(g.ports[0].link_up && !g.ports[1].link_up);
	cr_expect(eq(u64, g.ports[1].lost, 5));
	lull_gauges_finish(&g);
	lull_generation_destroy(made);
}

// Two queues of one port, and a ratio that rests on a hundred samples at least.
Test(gauges, duplicates_are_those_of_all_queues_of_a_port_since_the_ratio_was_last_taken)
{
	struct lull_generation *made = begin(2);
	static struct lull_worker workers[2];
	for (size_t i = 0; i < 2; i++) {
		workers[i].duplicates = calloc(1, sizeof(struct lull_duplicates));
		lull_gauges_queue(&g, i, 0, (unsigned)i, -1);
	}
	static const struct {
		uint64_t sampled, copies; // by each queue
		double ratio;
	} steps[] = {{40, 20, NAN}, {60, 30, 0.5}, {100, 30, 0.5}, {110, 30, 0.0}};
	for (size_t s = 0; s < 4; s++) {
		for (size_t i = 0; i < 2; i++) {
			workers[i].duplicates->sampled = steps[s].sampled;
			workers[i].duplicates->copies = steps[s].copies;
			workers[i].gauges.lag_ns = (i + 1) * LULL_NS_PER_SECOND;
			lull_gauges_worker(&g, i, &workers[i], i == 1);
		}
		lull_gauges_refresh(&g, made, &losses, NOW);
		double ratio = g.ports[0].duplicate_ratio;
		cr_expect(isnan(steps[s].ratio) ? isnan(ratio) : ratio == steps[s].ratio,
			"step %zu: %f", s, ratio);
		cr_expect(eq(dbl, g.ports[0].timestamp_lag_s, 2.0)); // of the worse queue
	}
	cr_expect(g.view.queues[1].stalled && !g.view.queues[0].stalled);
	cr_expect(eq(u64, workers[0].gauges.lag_ns, 0)); // measured anew
	for (size_t i = 0; i < 2; i++)
		free(workers[i].duplicates);
	lull_gauges_finish(&g);
	lull_generation_destroy(made);
}

Test(gauges, a_stage_falls_into_the_first_bucket_that_holds_it)
{
	struct lull_generation *made = begin(1);
	lull_gauges_stage(&g, LULL_RENDER, 0);
	lull_gauges_stage(&g, LULL_RENDER, 10000);
	lull_gauges_stage(&g, LULL_RENDER, 10001);
	lull_gauges_stage(&g, LULL_RENDER, UINT64_MAX);
	const uint64_t *buckets = g.view.stages[LULL_RENDER].buckets;
	cr_expect(eq(u64, buckets[0], 2));
	cr_expect(eq(u64, buckets[1], 1));
	cr_expect(eq(u64, buckets[LULL_LATENCY_BUCKETS - 1], 1));
	lull_gauges_finish(&g);
	lull_generation_destroy(made);
}
