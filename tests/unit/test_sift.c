// SPDX-License-Identifier: BSD-3-Clause
// The sift against the full way: what it calls far, the full way counts the same. (That the bytes
// it reads mean what it takes them for is tested with every mutated frame in test_decode.c.)

#include "count_fixture.h"
#include "frames.h"

#include <lull/match.h>

enum { PACKETS = LULL_BURST, IP4_SOURCE = 26 };

struct side {
	struct lull_counter *counter;
	struct lull_merge *merge;
};

struct fixture {
	struct world *world;
	struct lull_match *match;
	struct frame frames[PACKETS];
	struct lull_burst burst;
	struct side full, sifted;
};

static struct side side_create(const struct world *w)
{
	struct side s = {lull_counter_create(w->rules, &fixture_key),
		lull_merge_create(w->targets, &w->config)};
	cr_assert(s.counter != NULL && s.merge != NULL);
	return s;
}

static void side_destroy(struct side *s)
{
	lull_merge_destroy(s->merge);
	lull_counter_destroy(s->counter);
}

static struct fixture *setup(void)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->world = world_create(32);
	f->match = lull_match_create(f->world->targets);
	cr_assert_not_null(f->match);
	f->full = side_create(f->world);
	f->sifted = side_create(f->world);
	return f;
}

static void teardown(struct fixture *f)
{
	side_destroy(&f->full);
	side_destroy(&f->sifted);
	lull_match_destroy(f->match);
	world_destroy(f->world);
	free(f);
}

// One side of a conversation moves into a target, next to one, or far away.
static void move(struct frame *f, uint64_t r)
{
	static const uint8_t places[][4] = {{175, 45, 176, 71}, {175, 45, 180, 1}, {1, 0, 1, 9},
		{5, 8, 9, 1}, {99, 0, 0, 0}, {0, 0, 0, 0}};
	if (f->bytes[12] == 0x08 && r % 2 == 0)
		memcpy(f->bytes + IP4_SOURCE + r / 2 % 2 * 4, places[r / 4 % 6], 4);
}

// Most are of the kinds that may be far (the first six recipes); some are cut, some damaged.
static void make_burst(struct fixture *f, uint64_t *random)
{
	struct lull_burst *b = &f->burst;
	b->n = PACKETS;
	for (uint32_t i = 0; i < PACKETS; i++) {
		uint64_t r = next_random(random), s = next_random(random);
		struct frame *frame = &f->frames[i];
		const struct frame_recipe *recipe =
			&frame_recipes[r % 4 ? r / 4 % 6 : r / 4 % n_frame_recipes];
		frame_make(frame, recipe->recipe);
		move(frame, r >> 16);
		if (s % 16 == 0)
			frame->bytes[s / 16 % frame->n] ^= (uint8_t)(r >> 40);
		b->packets[i] = (struct lull_packet){.data = frame->bytes,
			.caplen = s % 16 == 1 ? (uint32_t)(s / 16 % frame->n) : frame->n,
			.wirelen = frame->n,
			.ts_ns = 1000 + i,
			.bin = s >> 40 & 1,
			.port = (uint16_t)(i / 100),
			.linktype = recipe->linktype,
			.fate = s >> 56 < 16 ? LULL_LATE : LULL_IN_TIME};
	}
}

// A burst as most are: in time, of one bin and port, and the clock says so.
static void make_even(struct lull_burst *b)
{
	for (uint32_t i = 0; i < b->n; i++) {
		b->packets[i].bin = b->packets[i].port = 0;
		b->packets[i].fate = LULL_IN_TIME;
	}
	b->even = true;
	b->first_ns = b->packets[0].ts_ns;
	b->last_ns = b->packets[b->n - 1].ts_ns;
}

// Through decode, match and count, as a worker does it.
static void count(struct fixture *f, struct side *side, const struct lull_sifted *s, unsigned decap)
{
	static struct lull_headers headers[LULL_BURST];
	static struct lull_matched matched[LULL_BURST];
	for (uint32_t k = 0; k < s->n_odd; k++)
		lull_decode(&f->burst.packets[s->odd[k]], decap, &headers[k]);
	lull_match_burst(f->match, headers, s->n_odd, matched);
	cr_assert_eq(lull_counter_burst(side->counter, &f->burst, 0, s, headers, matched, NULL),
		PACKETS);
	lull_counter_close(side->counter, UINT64_MAX);
}

static struct lull_bin merge(struct side *side, uint64_t seq)
{
	struct lull_bin bin = {.seq = seq};
	struct lull_slot *slot = lull_counter_take(side->counter, seq);
	cr_assert_not_null(slot);
	cr_assert_eq(lull_merge_bin(side->merge, &slot, 1, &bin), 0);
	return bin;
}

static void compare(struct fixture *f, uint64_t seq)
{
	struct lull_bin a = merge(&f->full, seq), b = merge(&f->sifted, seq);
	cr_assert_eq(a.n_ports, b.n_ports);
	cr_expect_eq(memcmp(a.ports, b.ports, a.n_ports * sizeof(*a.ports)), 0);
	cr_assert_eq(a.n_rows, b.n_rows);
	for (size_t i = 0; i < a.n_rows; i++) {
		cr_expect_eq(a.rows[i].target, b.rows[i].target);
		cr_expect_eq(a.rows[i].packets, b.rows[i].packets);
		cr_expect_eq(a.rows[i].bytes, b.rows[i].bytes);
		cr_expect_eq(a.rows[i].distinct, b.rows[i].distinct);
	}
}

Test(sift, a_burst_counts_the_same_sifted_or_not)
{
	static struct lull_sifted none, sifted;
	uint64_t random = 9, odd = 0;
	for (unsigned round = 0; round < 200; round++) {
		unsigned decap = round % 3 ? 0 : 63;
		struct fixture *f = setup();
		make_burst(f, &random);
		if (round % 2 == 0)
			make_even(&f->burst);
		lull_sift_none(PACKETS, &none);
		lull_sift(f->match, f->burst.packets, PACKETS, decap, &sifted);
		count(f, &f->full, &none, decap);
		count(f, &f->sifted, &sifted, decap);
		compare(f, 0);
		if (round % 2 != 0)
			compare(f, 1);
		odd += sifted.n_odd;
		teardown(f);
	}
	cr_expect_gt(odd, 200 * PACKETS / 5, "%lu", odd);
	cr_expect_lt(odd, 200 * PACKETS * 4 / 5, "%lu", odd);
}

static uint32_t odd_of(const struct fixture *f, const char *recipe, unsigned decap)
{
	struct frame frame;
	struct lull_sifted s;
	frame_make(&frame, recipe);
	struct lull_packet p = {
		.data = frame.bytes, .caplen = frame.n, .wirelen = frame.n, .linktype = 1};
	lull_sift(f->match, &p, 1, decap, &s);
	return s.n_odd;
}

Test(sift, common_frames_of_no_target_are_far_and_tunnels_are_not_when_they_are_looked_into)
{
	struct fixture *f = setup();
	static const char *const tcp[] = {"eth ip4 tcp:2 data:8", "eth vlan:100 ip4 tcp:16",
		"eth ip6 tcp:18 data:8", "eth vlan:100 ip6 tcp:2"};
	static const char *const udp[] = {"eth ip4 udp data:8", "eth vlan:100 ip6 udp"};
	for (int i = 0; i < 4; i++)
		cr_expect(odd_of(f, tcp[i], 0) == 0 && odd_of(f, tcp[i], 63) == 0, "%s", tcp[i]);
	for (int i = 0; i < 2; i++)
		cr_expect(odd_of(f, udp[i], 0) == 0 && odd_of(f, udp[i], 63) == 1, "%s", udp[i]);
	cr_expect_eq(odd_of(f, "eth arp data:28", 0), 1);
	teardown(f);
}

Test(sift, what_is_late_or_of_another_link_is_odd)
{
	struct fixture *f = setup();
	struct frame frame;
	struct lull_sifted s;
	frame_make(&frame, "eth ip4 tcp:2 data:8");
	struct lull_packet p[3] = {{.data = frame.bytes, .caplen = frame.n, .linktype = 1}};
	p[1] = p[2] = p[0];
	p[0].fate = LULL_LATE;
	p[1].linktype = 113;
	lull_sift(f->match, p, 3, 0, &s);
	cr_assert_eq(s.n_odd, 2);
	cr_expect(s.odd[0] == 0 && s.odd[1] == 1);
	cr_expect_eq(s.sums[0], 2 * 0x0a000100 + 3);
	teardown(f);
}
