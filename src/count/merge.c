// SPDX-License-Identifier: BSD-3-Clause
// From the slots of one bin to its rows. Every cell is shared out to the rows of its target and of
// all the target's ancestors; the shares are sorted by row and summed. The rows of `all` are
// summed from those of the upstreams on the way.

#include "array.h"
#include "registry.h"
#include "share.h"
#include "slot.h"
#include "stall.h"

#include <assert.h>
#include <errno.h>
#include <lull/count.h>
#include <stdlib.h>
#include <string.h>

#define AHEAD 8 // shares whose cells are asked for early: they lie anywhere in memory

struct lull_merge {
	uint32_t *parents; // by target; 0: none
	uint32_t n_targets;
	struct lull_registry registry;
	struct lull_stalls stalls;
	struct lull_share *shares, *spare;
	uint32_t n_shares, cap_shares, cap_spare;
	struct lull_row *rows;
	uint32_t n_rows, cap_rows;
	uint32_t n_ports; // most any bin had: a port that falls silent keeps its record
	struct lull_port_bin ports[LULL_PORTS_MAX];
	struct lull_union one;                  // of the row being summed
	struct lull_union all[LULL_DIRECTIONS]; // of its target
};

struct lull_merge *lull_merge_create(
	const struct lull_targets *targets, const struct lull_config *config)
{
	struct lull_merge *m = aligned_alloc(LULL_LINE, sizeof(*m));
	if (m == NULL)
		goto fail;
	memset(m, 0, sizeof(*m));
	m->n_targets = (uint32_t)lull_targets_count(targets);
	m->parents = calloc((size_t)m->n_targets + 1, sizeof(*m->parents));
	if (m->parents == NULL || !lull_registry_init(&m->registry, config) ||
		!lull_stalls_init(&m->stalls, m->parents, m->n_targets))
		goto fail;
	for (uint32_t t = 1; t <= m->n_targets; t++)
		m->parents[t] = lull_targets_parent(targets, t);
	return m;
fail:
	lull_merge_destroy(m);
	errno = ENOMEM;
	return NULL;
}

void lull_merge_destroy(struct lull_merge *m)
{
	if (m == NULL)
		return;
	lull_registry_finish(&m->registry);
	lull_stalls_finish(&m->stalls);
	free(m->parents);
	free(m->shares);
	free(m->spare);
	free(m->rows);
	free(m);
}

int lull_merge_seed(struct lull_merge *m, const uint64_t *keys, size_t n)
{
	return lull_registry_seed(&m->registry, keys, n) ? 0 : -ENOMEM;
}

const struct lull_upstreams *lull_merge_upstreams(const struct lull_merge *m)
{
	return &m->registry.view;
}

static bool learn_upstreams(
	struct lull_merge *m, struct lull_slot *const *slots, size_t n, uint64_t *refused_packets)
{
	for (size_t s = 0; s < n; s++) {
		const struct lull_cells *t = &slots[s]->cells;
		for (uint32_t i = 0; i < t->n; i++)
			if (!lull_registry_see(
				    &m->registry, t->keys[i].upstream, t->cells[i].packets))
				return false;
	}
	return lull_registry_settle(&m->registry, refused_packets);
}

static uint64_t row_of(
	const struct lull_merge *m, uint32_t target, uint32_t upstream, uint32_t direction)
{
	return ((uint64_t)target * m->registry.view.n + upstream) * LULL_DIRECTIONS + direction;
}

static bool share_cell(
	struct lull_merge *m, const struct lull_cells *t, uint32_t slot, uint32_t cell)
{
	struct lull_cell_key key = t->keys[cell];
	uint32_t upstream = lull_registry_index(&m->registry, key.upstream);
	assert(key.target <= m->n_targets);
	for (uint32_t target = key.target; target != LULL_NO_TARGET; target = m->parents[target]) {
		if (m->n_shares == UINT32_MAX)
			return false;
		struct lull_share *shares = lull_array_grow(
			m->shares, &m->cap_shares, m->n_shares + 1, sizeof(*shares));
		if (shares == NULL)
			return false;
		m->shares = shares;
		shares[m->n_shares++] =
			(struct lull_share){row_of(m, target, upstream, key.direction), slot, cell};
	}
	return true;
}

static bool share_out(struct lull_merge *m, struct lull_slot *const *slots, size_t n)
{
	m->n_shares = 0;
	for (uint32_t s = 0; s < n; s++)
		for (uint32_t i = 0; i < slots[s]->cells.n; i++)
			if (!share_cell(m, &slots[s]->cells, s, i))
				return false;
	return true;
}

static bool sort_shares(struct lull_merge *m)
{
	struct lull_share *spare =
		lull_array_grow(m->spare, &m->cap_spare, m->n_shares + 1, sizeof(*spare));
	if (spare == NULL)
		return false;
	m->spare = spare;
	uint64_t highest = row_of(m, m->n_targets + 1, 0, 0);
	struct lull_share *sorted = lull_shares_sort(m->shares, spare, m->n_shares, highest);
	if (sorted != m->shares) {
		uint32_t cap = m->cap_shares;
		m->spare = m->shares;
		m->shares = sorted;
		m->cap_shares = m->cap_spare;
		m->cap_spare = cap;
	}
	return true;
}

static void add_cell(struct lull_row *row, const struct lull_cell *c)
{
	row->packets += c->packets;
	row->bytes += c->bytes;
	row->syn += c->syn;
	row->synack += c->synack;
	row->rst += c->rst;
	for (int k = 1; k < LULL_UNREACH_KINDS; k++)
		row->unreach[k] += c->unreach[k - 1];
	if (c->packets == 0)
		return;
	row->first_ns = c->first_ns < row->first_ns ? c->first_ns : row->first_ns;
	if (row->last_ns == LULL_TIME_NONE || c->last_ns > row->last_ns)
		row->last_ns = c->last_ns;
}

static void add_row(struct lull_row *row, const struct lull_row *r)
{
	row->packets += r->packets;
	row->bytes += r->bytes;
	row->syn += r->syn;
	row->synack += r->synack;
	row->rst += r->rst;
	for (int k = 1; k < LULL_UNREACH_KINDS; k++)
		row->unreach[k] += r->unreach[k];
	if (r->packets == 0)
		return;
	row->first_ns = r->first_ns < row->first_ns ? r->first_ns : row->first_ns;
	if (row->last_ns == LULL_TIME_NONE || r->last_ns > row->last_ns)
		row->last_ns = r->last_ns;
}

static struct lull_row *append_row(
	struct lull_merge *m, uint32_t target, uint32_t upstream, uint32_t direction)
{
	struct lull_row *row = &m->rows[m->n_rows++];
	*row = (struct lull_row){
		.target = target,
		.upstream = upstream,
		.direction = (uint8_t)direction,
		.first_ns = LULL_TIME_NONE,
		.last_ns = LULL_TIME_NONE,
	};
	return row;
}

static uint32_t target_of(const struct lull_merge *m, const struct lull_share *s)
{
	return (uint32_t)(s->row / LULL_DIRECTIONS / m->registry.view.n);
}

static inline const struct lull_cell *cell_of(
	struct lull_slot *const *slots, const struct lull_share *s)
{
	return &slots[s->slot]->cells.cells[s->cell];
}

// Ask for what the share i will need soon: its cell, and, once that is there, its set.
static inline void prefetch(const struct lull_merge *m, struct lull_slot *const *slots, uint32_t i)
{
	if (i + 2 * AHEAD >= m->n_shares)
		return;
	__builtin_prefetch(cell_of(slots, &m->shares[i + 2 * AHEAD]));
	const struct lull_share *near = &m->shares[i + AHEAD];
	lull_sketch_prefetch(&slots[near->slot]->sketches, cell_of(slots, near)->distinct);
}

// Sum the shares of one row, from share i on. Returns the share after them.
static uint32_t sum_row(
	struct lull_merge *m, struct lull_slot *const *slots, uint32_t i, struct lull_row *row)
{
	uint64_t same = m->shares[i].row;
	lull_union_reset(&m->one);
	for (; i < m->n_shares && m->shares[i].row == same; i++) {
		prefetch(m, slots, i);
		const struct lull_cell *cell = cell_of(slots, &m->shares[i]);
		add_cell(row, cell);
		lull_union_add(&m->one, &slots[m->shares[i].slot]->sketches, cell->distinct);
	}
	row->distinct = lull_union_count(&m->one);
	return i;
}

// Rows of `all` for the directions the target has shares in; NULL for the others.
static void open_all(struct lull_merge *m, uint32_t target, uint32_t from, uint32_t to,
	struct lull_row *all[LULL_DIRECTIONS])
{
	bool has[LULL_DIRECTIONS] = {false};
	for (uint32_t i = from; i < to; i++)
		has[m->shares[i].row % LULL_DIRECTIONS] = true;
	for (uint32_t d = 0; d < LULL_DIRECTIONS; d++) {
		all[d] = has[d] ? append_row(m, target, LULL_ALL_UPSTREAMS, d) : NULL;
		lull_union_reset(&m->all[d]);
	}
}

// All rows of one target: shares[from..to).
static void sum_target(struct lull_merge *m, struct lull_slot *const *slots, uint32_t target,
	uint32_t from, uint32_t to)
{
	struct lull_row *all[LULL_DIRECTIONS];
	uint32_t parts[LULL_DIRECTIONS] = {0};
	open_all(m, target, from, to, all);
	for (uint32_t i = from; i < to;) {
		uint64_t r = m->shares[i].row - row_of(m, target, 0, 0);
		uint32_t d = (uint32_t)(r % LULL_DIRECTIONS);
		struct lull_row *row = append_row(m, target, (uint32_t)(r / LULL_DIRECTIONS), d);
		i = sum_row(m, slots, i, row);
		add_row(all[d], row);
		lull_union_join(&m->all[d], &m->one);
		// one upstream is all there is: its estimate need not be made twice
		all[d]->distinct = row->distinct;
		parts[d]++;
	}
	for (int d = 0; d < LULL_DIRECTIONS; d++)
		if (parts[d] > 1)
			all[d]->distinct = lull_union_count(&m->all[d]);
}

// Rows there will be at most: one per row that has shares, and those of `all`.
static bool reserve_rows(struct lull_merge *m)
{
	uint32_t need = 1;
	uint64_t row = UINT64_MAX, end = 0; // end: of the target's rows
	for (uint32_t i = 0; i < m->n_shares; i++) {
		if (m->shares[i].row == row)
			continue;
		row = m->shares[i].row;
		need++;
		if (row >= end) {
			end = row_of(m, target_of(m, &m->shares[i]) + 1, 0, 0);
			need += LULL_DIRECTIONS;
		}
	}
	struct lull_row *rows = lull_array_grow(m->rows, &m->cap_rows, need, sizeof(*rows));
	if (rows != NULL)
		m->rows = rows;
	return rows != NULL;
}

static bool sum_rows(struct lull_merge *m, struct lull_slot *const *slots)
{
	m->n_rows = 0;
	if (!reserve_rows(m))
		return false;
	for (uint32_t i = 0; i < m->n_shares;) {
		uint32_t target = target_of(m, &m->shares[i]);
		uint64_t end = row_of(m, target + 1, 0, 0);
		uint32_t to = i + 1;
		while (to < m->n_shares && m->shares[to].row < end)
			to++;
		sum_target(m, slots, target, i, to);
		i = to;
	}
	return true;
}

static void add_port(struct lull_port_bin *sum, const struct lull_port_bin *port)
{
	lull_law_add(&sum->law, &port->law);
	for (int g = 0; g < LULL_CONTROL_GROUPS; g++)
		sum->control[g] += port->control[g];
	if (port->first_ns == LULL_TIME_NONE)
		return;
	sum->first_ns = port->first_ns < sum->first_ns ? port->first_ns : sum->first_ns;
	if (sum->last_ns == LULL_TIME_NONE || port->last_ns > sum->last_ns)
		sum->last_ns = port->last_ns;
}

static void sum_ports(
	struct lull_merge *m, struct lull_slot *const *slots, size_t n, struct lull_bin *bin)
{
	for (size_t s = 0; s < n; s++)
		if (slots[s]->n_ports > m->n_ports)
			m->n_ports = slots[s]->n_ports;
	memset(&bin->law, 0, sizeof(bin->law));
	for (uint32_t p = 0; p < m->n_ports; p++) {
		struct lull_port_bin *sum = &m->ports[p];
		*sum = (struct lull_port_bin){
			.first_ns = LULL_TIME_NONE, .last_ns = LULL_TIME_NONE};
		for (size_t s = 0; s < n; s++)
			if (p < slots[s]->n_ports)
				add_port(sum, &slots[s]->ports[p]);
		lull_law_add(&bin->law, &sum->law);
	}
	bin->ports = m->ports;
	bin->n_ports = m->n_ports;
}

static void count_flows(struct lull_merge *m, const struct lull_bin *bin)
{
	uint64_t end_ns = bin->start_ns + bin->len_ns;
	for (uint32_t i = 0; i < m->n_rows; i++) {
		struct lull_row *row = &m->rows[i];
		if (row->direction != LULL_IN || row->upstream != LULL_ALL_UPSTREAMS)
			continue;
		struct lull_stall_counts c =
			lull_stalls_count(&m->stalls, row->target, end_ns, bin->len_ns);
		row->flows = c.flows;
		row->stuck = c.stuck;
	}
}

int lull_merge_bin(
	struct lull_merge *m, struct lull_slot *const *slots, size_t n, struct lull_bin *bin)
{
	if (!learn_upstreams(m, slots, n, &bin->refused_packets) || !share_out(m, slots, n) ||
		!sort_shares(m) || !sum_rows(m, slots) ||
		!lull_stalls_bin(&m->stalls, slots, n, bin->start_ns, bin->len_ns))
		return -ENOMEM;
	count_flows(m, bin);
	sum_ports(m, slots, n, bin);
	bin->rows = m->rows;
	bin->n_rows = m->n_rows;
	bin->upstreams = &m->registry.view;
	return 0;
}
