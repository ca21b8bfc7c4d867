// SPDX-License-Identifier: BSD-3-Clause
// A slot: all that one worker counted in one bin. One thread at a time owns it: the worker that
// fills it, then the analyzer that reads and empties it, then the worker again.

#pragma once

#include "cell.h"
#include "flows.h"

#include <lull/bin.h>

struct lull_slot {
	uint64_t seq;   // the bin
	uint32_t epoch; // tells this filling of the slot from all others of its counter
	uint32_t n_ports;
	bool partial;                            // memory ran out: cells are missing
	const struct lull_upstream_rules *rules; // that tell its upstreams apart
	size_t bytes;                            // as its counter last saw it; the worker's alone
	uint32_t cells_max;                      // LULL_CELLS_MAX, but for tests
	struct lull_cells cells;
	struct lull_sketches sketches;
	struct lull_flows flows;
	struct lull_port_bin ports[LULL_PORTS_MAX];
};

// An empty slot; salt as for lull_cells_init(). NULL: out of memory.
struct lull_slot *lull_slot_create(const struct lull_sipkey *salt);
void lull_slot_destroy(struct lull_slot *s);
// Empty it, keep its memory.
void lull_slot_reset(struct lull_slot *s);
size_t lull_slot_bytes(const struct lull_slot *s);

// The record of a port; ports beyond LULL_PORTS_MAX share the last.
struct lull_port_bin *lull_slot_port(struct lull_slot *s, uint16_t port);

// The cell of a key, added when it is not there. A full slot (cells_max) counts what is new
// and learnt under the upstream NONE. LULL_NO_CELL: out of memory.
uint32_t lull_slot_cell(struct lull_slot *s, struct lull_cell_key key);
