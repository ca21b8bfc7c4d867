// SPDX-License-Identifier: BSD-3-Clause
// Counters that never wait: what is overwritten, what changes at a bin, and what is left when
// memory runs out.

#include "count_fixture.h"

#include <malloc.h>

static bool starving;

// In the place of libc's: the tables of a slot grow by it.
void *aligned_alloc(size_t alignment, size_t bytes)
{
	return starving ? NULL : memalign(alignment, bytes);
}

struct fixture {
	struct world *world;
	struct lull_counter *counter;
	struct lull_merge *merge;
	struct lull_law law; // of all bins merged
	uint64_t sent;
	struct lull_burst burst;
	struct lull_headers headers[LULL_BURST];
	struct lull_matched matched[LULL_BURST];
};

static struct fixture *setup(uint64_t bytes)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->world = world_create(32);
	f->counter = lull_counter_create(f->world->rules, &fixture_key);
	f->merge = lull_merge_create(f->world->targets, &f->world->config);
	cr_assert(f->counter != NULL && f->merge != NULL);
	lull_counter_live(f->counter, bytes);
	return f;
}

static void teardown(struct fixture *f)
{
	lull_merge_destroy(f->merge);
	lull_counter_destroy(f->counter);
	world_destroy(f->world);
	free(f);
}

// n packets of a bin, each from its own address in kp by its own neighbour; floor: the bin before.
static void send(struct fixture *f, uint64_t bin, uint32_t n)
{
	f->burst.n = n;
	f->burst.floor = bin == 0 ? 0 : bin - 1;
	for (uint32_t i = 0; i < n; i++) {
		f->burst.packets[i] = (struct lull_packet){
			.bin = bin, .ts_ns = 1000 * bin + i, .wirelen = 100, .caplen = 100};
		f->headers[i] = (struct lull_headers){.verdict = LULL_IP,
			.family = 4,
			.src = {0, 0xaf2db000 + i},
			.src_mac = 0x020000000001 + i,
			.dst_mac = 0x020000000002 + i,
			.vlan = LULL_NO_TAG,
			.mpls = LULL_NO_TAG,
			.ip_bytes = 86};
		f->matched[i] =
			(struct lull_matched){.src = lull_targets_find(f->world->targets, "kp")};
	}
	cr_assert_eq(count_all(f->counter, &f->burst, 0, f->headers, f->matched, NULL), (int)n,
		"a live counter counts all, at once");
	f->sent += n;
}

// Merge a bin; true: it is whole. counted: its packets of kp.
static bool merge(struct fixture *f, uint64_t seq, uint64_t *counted)
{
	struct lull_bin bin = {.seq = seq};
	struct lull_slot *slot = lull_counter_take(f->counter, seq);
	cr_assert_eq(lull_merge_bin(f->merge, &slot, slot != NULL, &bin), 0);
	bool whole = slot != NULL ? lull_slot_whole(slot) : seq >= lull_counter_lost(f->counter);
	if (slot != NULL)
		lull_counter_give(f->counter, slot);
	lull_law_add(&f->law, &bin.law);
	*counted = bin.n_rows == 0 ? 0 : bin.rows[0].packets;
	return whole;
}

static void check_law(const struct fixture *f)
{
	cr_assert_eq(f->law.received.packets, f->sent);
	cr_assert_eq(f->law.received.bytes, 100 * f->sent);
	cr_assert_eq(lull_law_residual(&f->law).packets, 0);
	cr_assert_eq(lull_law_residual(&f->law).bytes, 0);
}

Test(live_counter, takes_the_oldest_bins_back_and_keeps_their_share_of_the_law)
{
	struct fixture *f = setup(1); // four closed bins, and no more
	uint64_t counted;
	for (uint64_t bin = 0; bin < 50; bin++)
		send(f, bin, 3);
	lull_counter_close(f->counter, UINT64_MAX);
	uint64_t lost = lull_counter_lost(f->counter);
	cr_assert(lost > 40 && lost < 50, "%lu", lost);
	for (uint64_t bin = 0; bin < 50; bin++) {
		bool whole = merge(f, bin, &counted);
		cr_assert_eq(whole, bin >= lost);
		cr_assert_eq(counted, whole ? 3 : 0);
	}
	check_law(f);
	cr_assert_eq(lull_counter_starved(f->counter), 0);
	teardown(f);
}

Test(live_counter, holds_an_hour_of_bins_of_a_second)
{
	struct fixture *f = setup(UINT64_C(1) << 30);
	uint64_t counted;
	for (uint64_t bin = 0; bin < 3600; bin++)
		send(f, bin, 1);
	lull_counter_close(f->counter, UINT64_MAX);
	cr_assert_eq(lull_counter_lost(f->counter), 0);
	for (uint64_t bin = 0; bin < 3600; bin++)
		cr_assert(merge(f, bin, &counted) && counted == 1);
	check_law(f);
	teardown(f);
}

Test(live_counter, rules_change_at_a_bin_whatever_the_order_of_packets)
{
	struct fixture *f = setup(UINT64_C(1) << 30);
	struct lull_upstream_spec none = {
		.learn = LULL_UPSTREAM_PORT, .port = -1, .vlan = -1, .mpls = -1};
	struct lull_config other = f->world->config;
	other.upstreams = &none;
	other.n_upstreams = 1;
	struct lull_upstream_rules *rules = lull_upstream_create(&other);
	lull_counter_rules(f->counter, 2, rules);
	send(f, 2, 4);
	send(f, 1, 4); // the old rules still hold for it
	f->burst.n = 0;
	lull_counter_close(f->counter, UINT64_MAX);
	for (uint64_t seq = 1; seq <= 2; seq++) {
		struct lull_bin bin = {.seq = seq};
		struct lull_slot *slot = lull_counter_take(f->counter, seq);
		cr_assert_eq(lull_merge_bin(f->merge, &slot, 1, &bin), 0);
		uint32_t kp = lull_targets_find(f->world->targets, "kp"), rows = 0;
		for (size_t i = 0; i < bin.n_rows; i++)
			rows += bin.rows[i].target == kp;
		// `all`, and four neighbours or one port
		cr_assert_eq(rows, seq == 1 ? 5 : 2, "bin %lu: %u rows", seq, rows);
		lull_counter_give(f->counter, slot);
	}
	lull_upstream_destroy(rules);
	teardown(f);
}

Test(live_counter, without_memory_every_packet_has_its_class_and_the_bin_is_not_whole)
{
	struct fixture *f = setup(UINT64_C(1) << 30);
	uint64_t counted;
	send(f, 0, 2);
	starving = true;
	send(f, 1, LULL_BURST); // cells cannot grow
	for (uint64_t bin = 2; bin < 20; bin++)
		send(f, bin, 7); // nor is there a slot for each
	starving = false;
	cr_assert(lull_counter_starved(f->counter) > 0);
	send(f, 20, 5);
	send(f, 21, 5);
	lull_counter_close(f->counter, UINT64_MAX);
	for (uint64_t bin = 0; bin < 22; bin++) {
		bool whole = merge(f, bin, &counted);
		cr_assert(!whole || counted == (bin == 0 ? 2 : bin < 20 ? 7 : 5), "bin %lu", bin);
		cr_assert(bin != 1 || !whole);
		cr_assert(bin != 21 || whole);
	}
	check_law(f);
	teardown(f);
}

Test(live_counter, a_seeded_registry_keeps_learnt_upstreams_in_their_places)
{
	struct fixture *f = setup(UINT64_C(1) << 30);
	uint64_t keys[] = {lull_upstream_key(LULL_UPSTREAM_MAC, 9),
		lull_upstream_key(LULL_UPSTREAM_NAMED, 77), lull_upstream_key(LULL_UPSTREAM_MAC, 7),
		lull_upstream_key(LULL_UPSTREAM_MAC, 9), UINT64_MAX};
	cr_assert_eq(lull_merge_seed(f->merge, keys, 5), 0);
	cr_assert_eq(lull_merge_seed(f->merge, keys, 5), 0, "twice is once");
	const struct lull_upstreams *u = lull_merge_upstreams(f->merge);
	static const char *const names[] = {
		"all", "unicom", "ttk", "00:00:00:00:00:09", "00:00:00:00:00:07"};
	cr_assert_eq(u->n, 5);
	for (size_t i = 0; i < u->n; i++)
		cr_assert_str_eq(u->names[i], names[i]);
	teardown(f);
}
