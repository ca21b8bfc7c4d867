// SPDX-License-Identifier: BSD-3-Clause
// Slots: made, emptied, and the rare steps of filling one. The frequent ones are in counter.c.

#include "slot.h"

#include <stdlib.h>
#include <string.h>

static void port_reset(struct lull_port_bin *port)
{
	*port = (struct lull_port_bin){.first_ns = LULL_TIME_NONE, .last_ns = LULL_TIME_NONE};
}

struct lull_slot *lull_slot_create(const struct lull_sipkey *salt)
{
	struct lull_slot *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	if (!lull_cells_init(&s->cells, salt)) {
		free(s);
		return NULL;
	}
	s->cells_max = LULL_CELLS_MAX;
	return s;
}

void lull_slot_destroy(struct lull_slot *s)
{
	if (s == NULL)
		return;
	lull_cells_finish(&s->cells);
	lull_sketches_finish(&s->sketches);
	lull_flows_finish(&s->flows);
	free(s);
}

void lull_slot_reset(struct lull_slot *s)
{
	if (lull_cells_reset(&s->cells))
		lull_sketches_finish(&s->sketches);
	else
		lull_sketches_reset(&s->sketches);
	lull_flows_reset(&s->flows);
	s->n_ports = 0;
}

size_t lull_slot_bytes(const struct lull_slot *s)
{
	return sizeof(*s) + lull_cells_bytes(&s->cells) + lull_sketches_bytes(&s->sketches) +
	       lull_flows_bytes(&s->flows);
}

struct lull_port_bin *lull_slot_port(struct lull_slot *s, uint16_t port)
{
	uint32_t i = port < LULL_PORTS_MAX ? port : LULL_PORTS_MAX - 1;
	while (s->n_ports <= i)
		port_reset(&s->ports[s->n_ports++]);
	return &s->ports[i];
}

static bool learnt(uint64_t upstream)
{
	uint64_t kind = upstream >> 56;
	return kind != LULL_UPSTREAM_NONE && kind != LULL_UPSTREAM_NAMED;
}

uint32_t lull_slot_cell(struct lull_slot *s, struct lull_cell_key key)
{
	uint32_t cell = lull_cells_find(&s->cells, key, lull_cells_hash(&s->cells, key));
	if (cell != LULL_NO_CELL)
		return cell;
	if (s->cells.n < s->cells_max || !learnt(key.upstream))
		return lull_cells_append(&s->cells, key);
	key.upstream = lull_upstream_key(LULL_UPSTREAM_NONE, 0);
	return lull_slot_cell(s, key);
}
