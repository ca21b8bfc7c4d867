// SPDX-License-Identifier: BSD-3-Clause
// A slot: full, emptied, used again.

#include "count/slot.h"

#include <criterion/criterion.h>

static const struct lull_sipkey salt = {8, 9};

static struct lull_cell_key key_of(enum lull_upstream_kind kind, uint64_t value, uint32_t target)
{
	return (struct lull_cell_key){lull_upstream_key(kind, value), target, LULL_OUT};
}

Test(slot, an_invented_neighbour_cannot_grow_a_full_slot)
{
	struct lull_slot *s = lull_slot_create(&salt);
	s->cells_max = 100;
	for (uint64_t mac = 0; mac < 5000; mac++)
		cr_assert_neq(lull_slot_cell(s, key_of(LULL_UPSTREAM_MAC, mac, 1)), LULL_NO_CELL);
	cr_assert_eq(s->cells.n, 101); // the one more is "other"
	uint32_t other = lull_slot_cell(s, key_of(LULL_UPSTREAM_NONE, 0, 1));
	cr_assert_eq(other, 100);
	cr_assert_eq(lull_slot_cell(s, key_of(LULL_UPSTREAM_MAC, 4999, 1)), other);
	// what was there before is still told apart, and so are other targets and named upstreams
	cr_assert_eq(lull_slot_cell(s, key_of(LULL_UPSTREAM_MAC, 7, 1)), 7);
	cr_assert_eq(lull_slot_cell(s, key_of(LULL_UPSTREAM_MAC, 4999, 2)), 101);
	cr_assert_eq(lull_slot_cell(s, key_of(LULL_UPSTREAM_NAMED, 3, 1)), 102);
	lull_slot_destroy(s);
}

Test(slot, an_emptied_slot_is_as_good_as_new)
{
	struct lull_slot *s = lull_slot_create(&salt);
	for (int use = 0; use < 2; use++) {
		cr_assert_eq(s->n_ports, 0);
		struct lull_port_bin *port = lull_slot_port(s, 3);
		cr_assert_eq(s->n_ports, 4);
		for (int p = 0; p < 4; p++)
			cr_assert_eq(s->ports[p].first_ns, LULL_TIME_NONE);
		cr_assert_eq(port->control[5], 0);
		cr_assert_eq(port->law.received.packets, 0);
		port->control[5] = 9;
		port->law.received.packets = 9;
		port->first_ns = 9;
		uint32_t cell = lull_slot_cell(s, key_of(LULL_UPSTREAM_VLAN, 100, 1));
		cr_assert_eq(cell, 0);
		struct lull_cell *c = &s->cells.cells[cell];
		cr_assert(c->packets == 0 && c->distinct.only == 0 && c->distinct.place == 0);
		c->packets = 9;
		for (uint32_t h = 1; h < 30; h++)
			cr_assert(lull_sketch_add(&s->sketches, &c->distinct, h << 16 | h));
		lull_slot_reset(s);
	}
	lull_slot_destroy(s);
}
