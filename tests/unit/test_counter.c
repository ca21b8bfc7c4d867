// SPDX-License-Identifier: BSD-3-Clause
// One worker's counter: classes, slots, watermarks, and what happens when the analyzer lags.

#include "count_fixture.h"
#include "frames.h"

struct fixture {
	struct world *world;
	struct lull_counter *counter;
	struct lull_merge *merge;
	struct lull_burst burst;
	struct lull_headers headers[LULL_BURST];
	struct lull_matched matched[LULL_BURST];
	uint8_t filtered[LULL_BURST];
};

static struct fixture *setup(void)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->world = world_create(32);
	f->counter = lull_counter_create(f->world->rules, &fixture_key);
	f->merge = lull_merge_create(f->world->targets, &f->world->config);
	cr_assert(f->counter != NULL && f->merge != NULL);
	return f;
}

static void teardown(struct fixture *f)
{
	lull_merge_destroy(f->merge);
	lull_counter_destroy(f->counter);
	world_destroy(f->world);
	free(f);
}

// Append a packet that matches nothing; the caller makes it something else.
static uint32_t add(struct fixture *f, uint64_t bin)
{
	uint32_t i = f->burst.n++;
	f->burst.packets[i] = (struct lull_packet){
		.bin = bin, .ts_ns = 1000 * bin + i, .wirelen = 100, .caplen = 100};
	f->headers[i] = (struct lull_headers){.verdict = LULL_IP,
		.family = 4,
		.src = {0, 0x0a000000 + i},
		.dst = {0, 0x0b000000 + i},
		.src_mac = 0x020000000001,
		.dst_mac = 0x020000000002,
		.vlan = LULL_NO_TAG,
		.mpls = LULL_NO_TAG,
		.ip_bytes = 86};
	f->matched[i] = (struct lull_matched){0, 0, 0};
	f->filtered[i] = 0;
	return i;
}

static int count(struct fixture *f, uint32_t first)
{
	return count_all(f->counter, &f->burst, first, f->headers, f->matched, f->filtered);
}

static struct lull_bin merge(struct fixture *f, uint64_t seq)
{
	struct lull_bin bin = {.seq = seq};
	struct lull_slot *slot = lull_counter_take(f->counter, seq);
	cr_assert_eq(lull_merge_bin(f->merge, &slot, slot != NULL, &bin), 0);
	if (slot != NULL)
		lull_counter_give(f->counter, slot);
	return bin;
}

// The row of a target for all upstreams.
static const struct lull_row *row(const struct fixture *f, const struct lull_bin *bin,
	const char *target, enum lull_direction direction)
{
	uint32_t id = lull_targets_find(f->world->targets, target);
	for (size_t i = 0; i < bin->n_rows; i++)
		if (bin->rows[i].target == id && bin->rows[i].upstream == LULL_ALL_UPSTREAMS &&
			bin->rows[i].direction == direction)
			return &bin->rows[i];
	cr_assert_fail("no row of %s", target);
	return NULL;
}

Test(counter, every_kind_of_packet_lands_in_its_class_and_only_there)
{
	struct fixture *f = setup();
	enum lull_class expected[LULL_CLASSES + 4];
	uint32_t i;
	add(f, 0), expected[0] = LULL_UNMATCHED;
	i = add(f, 0), f->matched[i].src = 1, expected[i] = LULL_MATCHED_SRC;
	i = add(f, 0), f->matched[i].dst = 2, expected[i] = LULL_MATCHED_DST;
	i = add(f, 0), f->matched[i].src = f->matched[i].dst = 1, expected[i] = LULL_MATCHED_BOTH;
	i = add(f, 0), f->headers[i].verdict = LULL_NO_IP, expected[i] = LULL_NOT_IP;
	i = add(f, 0), f->headers[i].verdict = LULL_CUT, expected[i] = LULL_TRUNCATED;
	i = add(f, 0), f->headers[i].verdict = LULL_BAD, expected[i] = LULL_MALFORMED;
	// where headers and matched are to be ignored they are full of lies
	i = add(f, 0), f->burst.packets[i].fate = LULL_LATE, expected[i] = LULL_CLASS_LATE;
	f->matched[i].src = 1, f->headers[i].verdict = LULL_BAD;
	i = add(f, 0), f->burst.packets[i].fate = LULL_JUMP, expected[i] = LULL_CLASS_JUMP;
	f->matched[i].dst = 1, f->filtered[i] = 1, f->burst.packets[i].ts_ns = LULL_TIME_NONE;
	i = add(f, 0), f->filtered[i] = 1, expected[i] = LULL_FILTERED;
	f->matched[i].src = 1, f->headers[i].verdict = LULL_CUT;
	for (i = 0; i < f->burst.n; i++)
		f->burst.packets[i].wirelen = 1 << i;
	cr_assert_eq(count(f, 0), (int)f->burst.n);
	lull_counter_close(f->counter, 1);
	struct lull_bin bin = merge(f, 0);
	cr_assert_eq(bin.law.received.packets, f->burst.n);
	cr_assert_eq(bin.law.received.bytes, (1u << f->burst.n) - 1);
	for (i = 0; i < f->burst.n; i++) {
		struct lull_tally t = bin.law.classes[expected[i]];
		cr_assert_eq(t.packets, 1, "%s", lull_class_name(expected[i]));
		cr_assert_eq(t.bytes, 1u << i, "%s", lull_class_name(expected[i]));
	}
	cr_assert_eq(lull_law_residual(&bin.law).packets, 0);
	// rows hold the three matched packets and nothing of the lies
	cr_assert_eq(row(f, &bin, "world", LULL_OUT)->packets, 2);
	cr_assert_eq(row(f, &bin, "world", LULL_IN)->packets, 2);
	cr_assert_eq(bin.ports[0].first_ns, 0);
	cr_assert_eq(bin.ports[0].last_ns, 9); // not the time of the one that jumped
	teardown(f);
}

Test(counter, bins_close_in_order_and_empty_ones_have_no_slot)
{
	struct fixture *f = setup();
	add(f, 7), add(f, 3), add(f, 5), add(f, 3);
	cr_assert_eq(lull_counter_watermark(f->counter), 0);
	cr_assert_eq(count(f, 0), 4);
	cr_assert_eq(lull_counter_next(f->counter), UINT64_MAX);
	lull_counter_close(f->counter, 6);
	cr_assert_eq(lull_counter_watermark(f->counter), 6);
	lull_counter_close(f->counter, 2); // never back
	cr_assert_eq(lull_counter_watermark(f->counter), 6);
	cr_assert_eq(lull_counter_next(f->counter), 3);
	cr_assert_null(lull_counter_take(f->counter, 2));
	cr_assert_eq(merge(f, 3).law.received.packets, 2);
	cr_assert_null(lull_counter_take(f->counter, 4));
	cr_assert_eq(merge(f, 5).law.received.packets, 1);
	cr_assert_eq(lull_counter_next(f->counter), UINT64_MAX);
	// the next burst closes what lies below its floor by itself
	f->burst.n = 0;
	f->burst.floor = 8;
	cr_assert_eq(count(f, 0), 0);
	cr_assert_eq(merge(f, 7).law.received.packets, 1);
	lull_counter_close(f->counter, UINT64_MAX);
	cr_assert_eq(lull_counter_watermark(f->counter), UINT64_MAX);
	teardown(f);
}

// Push bins of n packets each until the counter has to wait; returns how many bins it took.
static uint64_t run_ahead(struct fixture *f, uint32_t cells, uint64_t most)
{
	for (uint64_t bin = 0; bin < most; bin++) {
		for (uint32_t done = 0; done < cells; done += f->burst.n) {
			f->burst.n = 0;
			f->burst.floor = bin;
			while (f->burst.n < LULL_BURST && done + f->burst.n < cells) {
				uint32_t i = add(f, bin);
				f->matched[i].src = 1;
				f->headers[i].src_mac = 1 + done + i;
			}
			int n = count(f, 0);
			if (n < (int)f->burst.n) {
				cr_assert_eq(n, 0); // one bin a burst: nothing was counted
				return bin;
			}
		}
	}
	return most;
}

Test(counter, waits_when_no_slot_is_free_and_goes_on_where_it_stopped)
{
	struct fixture *f = setup();
	uint64_t bins = run_ahead(f, 1, 100000);
	cr_assert(bins > 100 && bins < 100000, "%lu", bins);
	cr_assert_eq(count(f, 0), 0); // still none
	for (uint64_t seq = 0; seq < bins; seq++) {
		struct lull_bin bin = merge(f, seq);
		cr_assert_eq(bin.law.received.packets, 1);
		cr_assert_eq(lull_law_residual(&bin.law).packets, 0);
	}
	cr_assert_eq(count(f, 0), 1);
	lull_counter_close(f->counter, UINT64_MAX);
	cr_assert_eq(merge(f, bins).law.received.packets, 1);
	teardown(f);
}

Test(counter, stops_inside_a_burst_that_needs_more_slots_than_are_free)
{
	struct fixture *f = setup();
	uint64_t bins = run_ahead(f, 1, 100000);
	merge(f, 0), merge(f, 1), merge(f, 2);
	f->burst.n = 0;
	for (uint64_t i = 0; i < 5; i++)
		add(f, bins + i);
	cr_assert_eq(count(f, 0), 3);
	merge(f, 3), merge(f, 4);
	cr_assert_eq(count(f, 3), 5);
	lull_counter_close(f->counter, UINT64_MAX);
	for (uint64_t seq = 5; seq < bins + 5; seq++)
		cr_assert_eq(merge(f, seq).law.received.packets, 1);
	teardown(f);
}

Test(counter, large_bins_may_run_ahead_less_so_that_memory_is_bounded)
{
	struct fixture *f = setup();
	uint64_t bins = run_ahead(f, 20000, 1000);
	cr_assert(bins >= 4 && bins < 20, "%lu", bins);
	teardown(f);
}

Test(counter, tiny_bins_run_ahead_by_hundreds_and_not_by_the_whole_ring)
{
	struct fixture *f = setup();
	uint64_t bins = run_ahead(f, 1, 100000);
	cr_expect(bins > 100 && bins < 600, "%lu", bins); // 1024 slots took 13 MB a worker
	teardown(f);
}

Test(counter, distinct_starts_anew_in_every_bin_however_bins_interleave)
{
	struct fixture *f = setup();
	for (int round = 0; round < 4; round++) {
		f->burst.n = 0;
		for (uint32_t n = 0; n < 48; n++) { // 8 sources in each of 3 bins, twice
			uint32_t i = add(f, n % 3);
			f->headers[i].src.lo = 0x0a000000 + n / 3 % 8;
			f->matched[i].src =
				lull_targets_find(f->world->targets, n % 2 ? "cn" : "kp");
			f->matched[i].dst = lull_targets_find(f->world->targets, "ru");
		}
		cr_assert_eq(count(f, 0), 48);
	}
	lull_counter_close(f->counter, 3);
	for (uint64_t seq = 0; seq < 3; seq++) {
		struct lull_bin bin = merge(f, seq);
		cr_assert_eq(row(f, &bin, "kp", LULL_OUT)->distinct, 4);
		cr_assert_eq(row(f, &bin, "cn", LULL_OUT)->distinct, 4);
		cr_assert_eq(row(f, &bin, "asia", LULL_OUT)->distinct, 8);
		cr_assert_eq(row(f, &bin, "ru", LULL_IN)->distinct, 8);
		cr_assert_eq(row(f, &bin, "ru", LULL_IN)->packets, 64);
	}
	teardown(f);
}

static int group_of(const struct lull_bin *bin)
{
	for (int g = 0; g < LULL_CONTROL_GROUPS; g++)
		if (bin->ports[0].control[g] > 0)
			return g;
	return -1;
}

Test(counter, both_directions_of_a_conversation_share_a_control_group)
{
	struct fixture *f = setup();
	for (uint64_t seq = 0; seq < 100; seq++) {
		f->burst.n = 0;
		uint32_t i = add(f, seq), j = add(f, seq);
		f->headers[i].src = (struct lull_ip){seq << 40, seq * 77};
		f->headers[j].src = f->headers[i].dst;
		f->headers[j].dst = f->headers[i].src;
		cr_assert_eq(count(f, 0), 2);
		lull_counter_close(f->counter, seq + 1);
		struct lull_bin bin = merge(f, seq);
		cr_assert_eq(bin.ports[0].control[group_of(&bin)], 2);
	}
	teardown(f);
}

Test(counter, control_groups_share_the_addresses_evenly)
{
	struct fixture *f = setup();
	enum { BURSTS = 100 };
	for (uint32_t b = 0; b < BURSTS; b++) {
		f->burst.n = 0;
		for (uint32_t n = 0; n < LULL_BURST; n++) {
			uint32_t i = add(f, 0);
			f->headers[i].src.lo = 0x0a000000 + b * LULL_BURST + n;
			f->headers[i].dst.lo = 0xc0000201;
		}
		cr_assert_eq(count(f, 0), LULL_BURST);
	}
	lull_counter_close(f->counter, 1);
	struct lull_bin bin = merge(f, 0);
	double mean = BURSTS * LULL_BURST / LULL_CONTROL_GROUPS;
	for (int g = 0; g < LULL_CONTROL_GROUPS; g++)
		cr_assert(bin.ports[0].control[g] > 0.75 * mean &&
				  bin.ports[0].control[g] < 1.25 * mean,
			"group %d: %lu", g, bin.ports[0].control[g]);
	teardown(f);
}

Test(counter, ports_beyond_the_last_share_it)
{
	struct fixture *f = setup();
	add(f, 0), add(f, 0), add(f, 0);
	f->burst.packets[0].port = 2;
	f->burst.packets[1].port = LULL_PORTS_MAX;
	f->burst.packets[2].port = 65535;
	cr_assert_eq(count(f, 0), 3);
	lull_counter_close(f->counter, 1);
	struct lull_bin bin = merge(f, 0);
	cr_assert_eq(bin.n_ports, LULL_PORTS_MAX);
	cr_assert_eq(bin.ports[2].law.received.packets, 1);
	cr_assert_eq(bin.ports[LULL_PORTS_MAX - 1].law.received.packets, 2);
	cr_assert_eq(bin.ports[0].first_ns, LULL_TIME_NONE);
	bin = merge(f, 1); // nobody counted anything: the ports are still there
	cr_assert_eq(bin.n_ports, LULL_PORTS_MAX);
	cr_assert_eq(bin.law.received.packets, 0);
	teardown(f);
}

Test(counter, an_error_about_a_packet_to_a_target_counts_no_packet)
{
	struct fixture *f = setup();
	uint32_t i = add(f, 0);
	f->headers[i].unreach = LULL_UNREACH_ADMIN;
	f->headers[i].embedded_family = 4;
	f->matched[i].embedded = lull_targets_find(f->world->targets, "ru");
	i = add(f, 0);
	f->matched[i].embedded = 1; // not valid: the packet is no error
	cr_assert_eq(count(f, 0), 2);
	lull_counter_close(f->counter, 1);
	struct lull_bin bin = merge(f, 0);
	cr_assert_eq(bin.law.classes[LULL_UNMATCHED].packets, 2);
	cr_assert_eq(bin.n_rows, 4); // ru and world, each for all and for one upstream
	for (size_t r = 0; r < 4; r++) {
		cr_assert(bin.rows[r].direction == LULL_IN && bin.rows[r].packets == 0);
		cr_assert_eq(bin.rows[r].unreach[LULL_UNREACH_ADMIN], 1);
		cr_assert_eq(bin.rows[r].first_ns, LULL_TIME_NONE);
		cr_assert_eq(bin.rows[r].last_ns, LULL_TIME_NONE);
		cr_assert_eq(bin.rows[r].distinct, 0);
	}
	cr_assert_eq(bin.upstreams->keys[bin.rows[1].upstream],
		lull_upstream_key(LULL_UPSTREAM_MAC, 0x020000000001)); // where the error came from
	teardown(f);
}

// Bins 1 and 2 hold the same frame, toward kp or from it. How many flows are known then, -1: other
// than are stuck.
static int flows_of(const char *recipe, uint32_t caplen, bool in)
{
	struct fixture *f = setup();
	struct frame frame;
	struct lull_bin bin = {.len_ns = 1};
	frame_make(&frame, recipe);
	for (uint64_t seq = 1; seq <= 2; seq++) {
		f->burst.n = 0;
		uint32_t i = add(f, seq);
		struct lull_packet *p = &f->burst.packets[i];
		p->data = frame.bytes;
		p->caplen = caplen < frame.n ? caplen : frame.n;
		p->wirelen = frame.n;
		p->linktype = 1;
		lull_decode(p, 63, &f->headers[i]);
		*(in ? &f->matched[i].dst : &f->matched[i].src) = 1;
		cr_assert_eq(count(f, 0), 1);
		lull_counter_close(f->counter, seq + 1);
		struct lull_slot *slot = lull_counter_take(f->counter, seq);
		bin.start_ns = seq;
		cr_assert_eq(lull_merge_bin(f->merge, &slot, 1, &bin), 0);
		lull_counter_give(f->counter, slot);
	}
	const struct lull_row *r = row(f, &bin, "kp", in ? LULL_IN : LULL_OUT);
	int flows = r->flows == r->stuck ? r->flows : -1;
	teardown(f);
	return flows;
}

Test(counter, flows_are_told_by_segments_that_bring_two_bytes_of_data_or_more)
{
	cr_assert_eq(flows_of("eth ip4 tcp:16 data:2", 1500, true), 1);
	cr_assert_eq(flows_of("eth ip4 tcp:16 data:2", 1500, false), 0); // from the target
	cr_assert_eq(flows_of("eth ip4 tcp:16 data:1", 1500, true), 0);  // a keep-alive
	cr_assert_eq(flows_of("eth ip4 tcp:16", 1500, true), 0);
	cr_assert_eq(flows_of("eth ip4 tcp:2 data:50", 1500, true), 0); // TCP Fast Open
	cr_assert_eq(flows_of("eth ip4 tcp:18", 1500, true), 0);
	cr_assert_eq(flows_of("eth ip4 tcp:17 data:9", 1500, true), 1); // with its FIN
	cr_assert_eq(flows_of("eth ip4 udp data:50", 1500, true), 0);
	cr_assert_eq(flows_of("eth vlan:5 ip6 dest tcp:16 data:50", 1500, true), 1);
	cr_assert_eq(flows_of("eth ip4 udp vxlan eth ip4 tcp:16 data:50", 1500, true), 1);
}

Test(counter, a_capture_that_ends_behind_the_flags_tells_flows_and_a_shorter_one_does_not)
{
	cr_assert_eq(flows_of("eth ip4 tcp:16 data:100", 14 + 20 + 14, true), 1);
	cr_assert_eq(flows_of("eth ip4 tcp:16 data:100", 14 + 20 + 13, true), 0);
}
