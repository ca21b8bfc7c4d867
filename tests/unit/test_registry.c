// SPDX-License-Identifier: BSD-3-Clause
// The registry of upstreams: order, cap, names.

#include "count/registry.h"

#include "count_fixture.h"

static uint64_t named(uint64_t rule)
{
	return lull_upstream_key(LULL_UPSTREAM_NAMED, rule);
}

static uint64_t mac(uint64_t value)
{
	return lull_upstream_key(LULL_UPSTREAM_MAC, value);
}

static const uint64_t none = 0;

static uint64_t settle(struct lull_registry *r)
{
	uint64_t refused = UINT64_MAX;
	cr_assert(lull_registry_settle(r, &refused));
	return refused;
}

static void expect(const struct lull_registry *r, const char *names)
{
	char got[512] = "";
	for (size_t i = 0; i < r->view.n; i++) {
		strcat(got, i == 0 ? "" : " ");
		strcat(got, r->view.names[i]);
	}
	cr_assert_str_eq(got, names);
}

Test(registry, appends_named_then_learnt_then_other_and_never_moves_any)
{
	struct world *w = world_create(8);
	struct lull_registry r;
	cr_assert(lull_registry_init(&r, &w->config));
	lull_registry_see(&r, none, 5);
	lull_registry_see(&r, mac(9), 5);
	lull_registry_see(&r, mac(7), 5);
	lull_registry_see(&r, lull_upstream_key(LULL_UPSTREAM_VLAN, 30), 5);
	lull_registry_see(&r, named(1), 5);
	settle(&r);
	expect(&r, "all ttk vlan 30 00:00:00:00:00:07 00:00:00:00:00:09 other");
	cr_assert_eq(lull_registry_index(&r, mac(7)), 3);
	cr_assert_eq(lull_registry_index(&r, none), 5);
	lull_registry_see(&r, mac(8), 5);
	lull_registry_see(&r, named(0), 5);
	lull_registry_see(&r, mac(7), 5);
	settle(&r);
	expect(&r, "all ttk vlan 30 00:00:00:00:00:07 00:00:00:00:00:09 other unicom "
		   "00:00:00:00:00:08");
	cr_assert_eq(lull_registry_index(&r, mac(7)), 3);
	cr_assert_eq(r.view.keys[3], mac(7));
	lull_registry_finish(&r);
	world_destroy(w);
}

Test(registry, rules_of_one_name_are_one_upstream)
{
	struct world *w = world_create(8);
	struct lull_registry r;
	cr_assert(lull_registry_init(&r, &w->config));
	lull_registry_see(&r, named(2), 1);
	settle(&r);
	lull_registry_see(&r, named(1), 1);
	settle(&r);
	expect(&r, "all ttk");
	cr_assert_eq(lull_registry_index(&r, named(1)), lull_registry_index(&r, named(2)));
	lull_registry_finish(&r);
	world_destroy(w);
}

Test(registry, when_there_is_no_room_for_all_the_busiest_learnt_ones_get_it)
{
	struct world *w = world_create(3);
	struct lull_registry r;
	cr_assert(lull_registry_init(&r, &w->config));
	for (uint64_t m = 1; m <= 1000; m++)
		lull_registry_see(&r, mac(m), 1);
	for (int cell = 0; cell < 4; cell++) // four cells of one packet each outweigh one of three
		lull_registry_see(&r, mac(700), 1);
	lull_registry_see(&r, mac(600), 3);
	lull_registry_see(&r, named(0), 0);
	settle(&r);
	expect(&r, "all unicom 00:00:00:00:00:01 00:00:00:00:02:58 00:00:00:00:02:bc other");
	cr_assert_eq(lull_registry_index(&r, mac(2)), 5);
	lull_registry_see(&r, mac(5000), 1000000); // full is full: what is known stays known
	settle(&r);
	cr_assert_eq(r.view.n, 6);
	cr_assert_eq(lull_registry_index(&r, mac(5000)), 5);
	lull_registry_finish(&r);
	world_destroy(w);
}

// A flood of invented MAC addresses: what it cost is told, and it ends at the cap.
Test(registry, a_flood_of_macs_fills_the_room_and_every_packet_beyond_it_is_told)
{
	struct world *w = world_create(3);
	struct lull_registry r;
	cr_assert(lull_registry_init(&r, &w->config));
	for (uint64_t m = 1; m <= 3; m++)
		lull_registry_see(&r, mac(m), 10);
	lull_registry_see(&r, none, 100); // no upstream at all is none that was refused
	cr_assert_eq(settle(&r), 0);
	for (uint64_t m = 100; m < 1000100; m++)
		lull_registry_see(&r, mac(m), 2);
	lull_registry_see(&r, named(0), 5); // has its room whatever was learnt
	lull_registry_see(&r, mac(2), 5);
	cr_assert_eq(settle(&r), 2000000);
	cr_assert_eq(r.view.n, 6);
	cr_assert_eq(r.cap_found <= 64, true); // no memory for what has no room
	cr_assert_str_eq(r.view.names[lull_registry_index(&r, named(0))], "unicom");
	lull_registry_finish(&r);
	world_destroy(w);
}

Test(registry, packets_of_upstreams_that_one_bin_has_too_many_of_are_told)
{
	struct world *w = world_create(3);
	struct lull_registry r;
	cr_assert(lull_registry_init(&r, &w->config));
	for (uint64_t m = 1; m <= 10; m++) { // two cells each
		lull_registry_see(&r, mac(m), m);
		lull_registry_see(&r, mac(m), 1);
	}
	cr_assert_eq(settle(&r), 1 + 2 + 3 + 4 + 5 + 6 + 7 + 7 * 1);
	lull_registry_finish(&r);
	world_destroy(w);
}

Test(registry, who_wants_no_upstreams_learnt_is_not_told_that_none_was)
{
	struct world *w = world_create(0);
	struct lull_registry r;
	cr_assert(lull_registry_init(&r, &w->config));
	lull_registry_see(&r, mac(1), 5);
	cr_assert_eq(settle(&r), 0);
	expect(&r, "all other");
	lull_registry_finish(&r);
	world_destroy(w);
}

Test(registry, holds_a_thousand_learnt_upstreams)
{
	struct world *w = world_create(1000);
	struct lull_registry r;
	cr_assert(lull_registry_init(&r, &w->config));
	for (uint64_t m = 1; m <= 1500; m++)
		lull_registry_see(&r, mac(m << 20), 2000 - m);
	settle(&r);
	cr_assert_eq(r.view.n, 1002);
	for (uint64_t m = 1; m <= 1500; m++)
		cr_assert_eq(lull_registry_index(&r, mac(m << 20)), m <= 1000 ? m : 1001);
	lull_registry_finish(&r);
	world_destroy(w);
}
