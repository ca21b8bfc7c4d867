// SPDX-License-Identifier: BSD-3-Clause
// Rules of upstreams: order, conditions, learning, names.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/upstream.h>
#include <string.h>

#define NAMED(n) ((uint64_t)LULL_UPSTREAM_NAMED << 56 | (n))

static const struct lull_headers tagged = {.verdict = LULL_IP,
	.src_mac = 0x020000000001,
	.dst_mac = 0x02aabbccddee,
	.vlan = 100,
	.mpls = 16001};
static const struct lull_headers plain = {.verdict = LULL_IP,
	.src_mac = 0x020000000001,
	.dst_mac = 0x02aabbccddee,
	.vlan = LULL_NO_TAG,
	.mpls = LULL_NO_TAG};
static const struct lull_headers bare = {
	.verdict = LULL_IP, .vlan = LULL_NO_TAG, .mpls = LULL_NO_TAG};
static const struct lull_packet from_port_3 = {.port = 3};

static struct lull_upstream_spec named(const char *name, int64_t port, int64_t vlan, int64_t mpls)
{
	return (struct lull_upstream_spec){
		.name = (char *)name, .port = port, .vlan = vlan, .mpls = mpls};
}

static struct lull_upstream_spec learning(int kind)
{
	return (struct lull_upstream_spec){.learn = kind, .port = -1, .vlan = -1, .mpls = -1};
}

static uint64_t key_of(struct lull_upstream_spec *specs, size_t n, const struct lull_headers *h,
	enum lull_direction direction)
{
	struct lull_config config = {.upstreams = specs, .n_upstreams = n};
	struct lull_upstream_rules *r = lull_upstream_create(&config);
	memset(specs, 0, n * sizeof(*specs)); // the rules keep no reference
	uint64_t key = lull_upstream_of(r, &from_port_3, h, direction);
	lull_upstream_destroy(r);
	return key;
}

static uint64_t learnt(const struct lull_headers *h, enum lull_direction direction)
{
	struct lull_upstream_spec specs[] = {learning(LULL_UPSTREAM_VLAN),
		learning(LULL_UPSTREAM_MPLS), learning(LULL_UPSTREAM_MAC)};
	return key_of(specs, 3, h, direction);
}

Test(upstream, learning_rules_take_the_first_thing_the_packet_has)
{
	struct lull_headers labelled = tagged;
	labelled.vlan = LULL_NO_TAG;
	cr_assert(eq(u64, learnt(&tagged, LULL_OUT), 0x0300000000000064));
	cr_assert(eq(u64, learnt(&labelled, LULL_OUT), 0x0400000000003e81));
	cr_assert(eq(u64, learnt(&bare, LULL_OUT), 0));
}

Test(upstream, vlan_0_and_port_0_are_values_and_not_nothing)
{
	struct lull_headers priority = plain;
	priority.vlan = 0;
	struct lull_upstream_spec specs[] = {named("zero", 0, 0, -1), learning(LULL_UPSTREAM_VLAN)};
	cr_assert(eq(u64, key_of(specs, 2, &priority, LULL_IN), 0x0300000000000000));
}

Test(upstream, the_neighbour_is_the_source_mac_going_out_and_the_destination_mac_coming_in)
{
	cr_assert(eq(u64, learnt(&plain, LULL_OUT), 0x0500020000000001));
	cr_assert(eq(u64, learnt(&plain, LULL_IN), 0x050002aabbccddee));
}

Test(upstream, learning_by_port_always_fits)
{
	struct lull_upstream_spec specs[] = {
		learning(LULL_UPSTREAM_PORT), named("never", -1, -1, -1)};
	cr_assert(eq(u64, key_of(specs, 2, &bare, LULL_OUT), 0x0200000000000003));
}

Test(upstream, first_named_rule_whose_conditions_all_hold_wins)
{
	struct lull_upstream_spec specs[] = {named("other port", 4, 100, -1),
		named("unlabelled", 3, 100, 5), named("right", 3, 100, 16001),
		named("also right", -1, 100, -1)};
	cr_assert(eq(u64, key_of(specs, 4, &tagged, LULL_OUT), NAMED(2)));
	struct lull_upstream_spec wide[] = {named("vlan", -1, 100, -1), named("rest", -1, -1, -1)};
	cr_assert(eq(u64, key_of(wide, 2, &plain, LULL_OUT), NAMED(1)));
}

Test(upstream, a_mac_condition_follows_the_direction)
{
	struct lull_upstream_spec ttk = named("ttk", -1, -1, -1);
	ttk.has_mac = true;
	ttk.mac = 0x02aabbccddee;
	struct lull_upstream_spec out[] = {ttk}, in[] = {ttk};
	cr_assert(eq(u64, key_of(out, 1, &plain, LULL_OUT), 0));
	cr_assert(eq(u64, key_of(in, 1, &plain, LULL_IN), NAMED(0)));
}

Test(upstream, no_rules_fit_nothing)
{
	cr_assert(eq(u64, key_of(&(struct lull_upstream_spec){0}, 0, &tagged, LULL_IN), 0));
	lull_upstream_destroy(NULL);
}

Test(upstream, keys_have_names)
{
	struct lull_upstream_spec specs[] = {
		named("unicom", -1, 100, -1), learning(LULL_UPSTREAM_MAC)};
	struct lull_config c = {.upstreams = specs, .n_upstreams = 2};
	static const struct {
		uint64_t key;
		const char *name;
	} all[] = {
		{NAMED(0), "unicom"},
		{NAMED(1), "other"}, // a learning rule has no name of its own
		{NAMED(2), "other"},
		{0, "other"},
		{UINT64_MAX, "other"},
		{0x0200000000000001, "port 1"},
		{0x0300000000000064, "vlan 100"},
		{0x0400000000003e81, "mpls 16001"},
		{0x0500020000000001, "02:00:00:00:00:01"},
	};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		char out[64];
		cr_assert(eq(
			str, (char *)lull_upstream_name(&c, all[i].key, out), (char *)all[i].name));
	}
}
