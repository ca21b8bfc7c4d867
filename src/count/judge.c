// SPDX-License-Identifier: BSD-3-Clause
// Classes and cells, a chunk of packets at a time: first every packet gets its class and names
// the cells it touches, then the cells are visited, so that their lines can be asked for early.

#include "judge.h"

#include <errno.h>
#include <string.h>

#define COLD_CELLS 2048 // a table larger than this does not stay in L1 and L2

void lull_judge_forget(struct lull_judge *j)
{
	for (size_t i = 0; i < LULL_JUDGE_MEMOS; i++)
		j->memos[i].epoch = 0;
}

void lull_judge_init(struct lull_judge *j, const struct lull_upstream_rules *rules,
	const struct lull_sipkey *key)
{
	memset(j, 0, sizeof(*j));
	j->rules = rules;
	j->key = *key;
	j->salt[0] = lull_siphash_pair(key, 3, 3) | 1;
	j->salt[1] = lull_siphash_pair(key, 4, 4) | 1;
	// all zeros stand for the address ::, so its hash must be right
	uint32_t hash = lull_sketch_hash(key, 6, (struct lull_ip){0, 0});
	for (size_t i = 0; i < LULL_JUDGE_MEMOS; i++)
		j->memos[i].hash = hash;
}

static inline void tally(struct lull_port_bin *port, enum lull_class c, uint32_t bytes)
{
	port->law.classes[c].packets++;
	port->law.classes[c].bytes += bytes;
}

// Keyed, and the same for both directions of a conversation.
static inline uint32_t control_group(const struct lull_judge *j, const struct lull_headers *h)
{
	uint64_t a = (h->src.lo ^ h->src.hi * j->salt[0]) + j->salt[1];
	uint64_t b = (h->dst.lo ^ h->dst.hi * j->salt[0]) + j->salt[1];
	uint64_t mix = a * b;
	return (uint32_t)((mix ^ mix >> 32) * j->salt[0] >> 60);
}

static void touch(struct lull_judge *j, const struct lull_slot *slot, uint32_t target,
	enum lull_direction direction, uint64_t upstream, uint32_t packet, uint8_t unreach)
{
	struct lull_touch *t = &j->touches[j->n_touches++];
	t->key.upstream = upstream;
	t->key.target = target;
	t->key.direction = direction;
	t->hash = lull_cells_hash(&slot->cells, t->key);
	t->packet = (uint8_t)packet;
	t->unreach = unreach;
}

static void judge_matched(struct lull_judge *j, const struct lull_slot *slot,
	const struct lull_packet *p, const struct lull_headers *h, const struct lull_matched *m,
	uint32_t packet)
{
	uint64_t out = 0;
	bool error = h->unreach != LULL_UNREACH_NONE && m->embedded != LULL_NO_TARGET;
	if (m->src != LULL_NO_TARGET || error)
		out = lull_upstream_of(j->rules, p, h, LULL_OUT);
	if (m->src != LULL_NO_TARGET)
		touch(j, slot, m->src, LULL_OUT, out, packet, 0);
	if (m->dst != LULL_NO_TARGET)
		touch(j, slot, m->dst, LULL_IN, lull_upstream_of(j->rules, p, h, LULL_IN), packet,
			0);
	// an error about a packet to the target comes from where that packet went: the neighbour is
	// the one the error came from
	if (error)
		touch(j, slot, m->embedded, LULL_IN, out, packet, h->unreach);
}

static enum lull_class other_class(const struct lull_packet *p, const struct lull_headers *h)
{
	if (p->fate == LULL_LATE)
		return LULL_CLASS_LATE;
	if (p->fate != LULL_IN_TIME)
		return LULL_CLASS_JUMP;
	if (h == NULL)
		return LULL_FILTERED;
	if (h->verdict == LULL_NO_IP)
		return LULL_NOT_IP;
	return h->verdict == LULL_CUT ? LULL_TRUNCATED : LULL_MALFORMED;
}

// Give every packet of the chunk its class, and list the cells to visit.
static void classify(struct lull_judge *j, const struct lull_slot *slot, struct lull_port_bin *port,
	const struct lull_packet *packets, const struct lull_headers *headers,
	const struct lull_matched *matched, const uint8_t *filtered, uint32_t n)
{
	static const uint8_t classes[4] = {
		LULL_UNMATCHED, LULL_MATCHED_SRC, LULL_MATCHED_DST, LULL_MATCHED_BOTH};
	struct lull_tally unmatched = {0, 0}; // in registers: most packets are
	uint64_t first = port->first_ns;
	uint64_t last = port->last_ns + 1; // LULL_TIME_NONE + 1 = 0
	j->n_touches = 0;
	for (uint32_t i = 0; i < n; i++) {
		const struct lull_packet *p = &packets[i];
		const struct lull_headers *h = &headers[i];
		const struct lull_matched *m = &matched[i];
		bool dropped = filtered != NULL && filtered[i] != 0;
		if (p->fate == LULL_IN_TIME) {
			first = p->ts_ns < first ? p->ts_ns : first;
			last = p->ts_ns + 1 > last ? p->ts_ns + 1 : last;
		}
		if (p->fate != LULL_IN_TIME || dropped || h->verdict != LULL_IP) {
			tally(port, other_class(p, dropped ? NULL : h), p->wirelen);
			continue;
		}
		unsigned which = (m->src != LULL_NO_TARGET) | (m->dst != LULL_NO_TARGET) << 1;
		if (which == 0) {
			unmatched.packets++;
			unmatched.bytes += p->wirelen;
			port->control[control_group(j, h)]++;
			if (h->unreach == LULL_UNREACH_NONE)
				continue;
		} else {
			tally(port, classes[which], p->wirelen);
		}
		judge_matched(j, slot, p, h, m, i);
	}
	port->law.classes[LULL_UNMATCHED].packets += unmatched.packets;
	port->law.classes[LULL_UNMATCHED].bytes += unmatched.bytes;
	port->first_ns = first;
	port->last_ns = last - 1;
}

// Ask for the lines the visits will need: the index, then what it points to. Only a hint: a
// visit may still grow the table.
static void prefetch(const struct lull_judge *j, const struct lull_cells *cells)
{
	for (uint32_t i = 0; i < j->n_touches; i++)
		__builtin_prefetch(&cells->index[j->touches[i].hash >> cells->shift]);
	for (uint32_t i = 0; i < j->n_touches; i++) {
		uint32_t cell = cells->index[j->touches[i].hash >> cells->shift];
		if (cell == 0)
			continue;
		__builtin_prefetch(&cells->keys[cell - 1]);
		__builtin_prefetch(&cells->cells[cell - 1], 1);
	}
}

static inline struct lull_memo *memo_of(
	struct lull_judge *j, const struct lull_headers *h, uint32_t epoch)
{
	uint64_t hi = h->family == 4 ? UINT64_MAX : h->src.hi; // as lull_sketch_hash() has it
	uint64_t mix = (hi * j->salt[1] + h->src.lo) * j->salt[0];
	struct lull_memo *m = &j->memos[mix >> 32 & (LULL_JUDGE_MEMOS - 1)];
	if (m->lo != h->src.lo || m->hi != hi) {
		m->hi = hi;
		m->lo = h->src.lo;
		m->hash = lull_sketch_hash(&j->key, h->family, h->src);
		m->epoch = 0;
	}
	if (m->epoch != epoch) {
		m->epoch = epoch;
		m->cell[LULL_OUT] = m->cell[LULL_IN] = LULL_NO_CELL;
	}
	return m;
}

static void count_flags(struct lull_cell *cell, uint8_t flags)
{
	if (flags & LULL_TCP_RST)
		lull_cell_bump(&cell->rst);
	if (flags & LULL_TCP_SYN)
		lull_cell_bump(flags & LULL_TCP_ACK ? &cell->synack : &cell->syn);
}

// Both directions count source addresses: those in the target, and those talking to it.
static int count_packet(struct lull_judge *j, struct lull_slot *slot, uint32_t at,
	uint32_t direction, const struct lull_packet *p, const struct lull_headers *h)
{
	struct lull_cell *cell = &slot->cells.cells[at];
	cell->packets++;
	cell->bytes += h->ip_bytes;
	cell->first_ns = p->ts_ns < cell->first_ns ? p->ts_ns : cell->first_ns;
	cell->last_ns = p->ts_ns > cell->last_ns ? p->ts_ns : cell->last_ns;
	if (h->tcp_flags & (LULL_TCP_SYN | LULL_TCP_RST))
		count_flags(cell, h->tcp_flags);
	struct lull_memo *m = memo_of(j, h, slot->epoch);
	if (m->cell[direction] == at)
		return 0;
	if (!lull_sketch_add(&slot->sketches, &cell->distinct, m->hash))
		return -ENOMEM;
	m->cell[direction] = at;
	return 0;
}

static int visit(struct lull_judge *j, struct lull_slot *slot, const struct lull_packet *packets,
	const struct lull_headers *headers)
{
	if (slot->cells.n > COLD_CELLS)
		prefetch(j, &slot->cells);
	for (uint32_t i = 0; i < j->n_touches; i++) {
		const struct lull_touch *t = &j->touches[i];
		uint32_t at = lull_cells_find(&slot->cells, t->key, t->hash);
		if (at == LULL_NO_CELL)
			at = lull_slot_cell(slot, t->key);
		if (at == LULL_NO_CELL)
			return -ENOMEM;
		if (t->unreach != 0) {
			lull_cell_bump(&slot->cells.cells[at].unreach[t->unreach - 1]);
			continue;
		}
		if (count_packet(j, slot, at, t->key.direction, &packets[t->packet],
			    &headers[t->packet]) < 0)
			return -ENOMEM;
	}
	return 0;
}

int lull_judge(struct lull_judge *j, struct lull_slot *slot, struct lull_port_bin *port,
	const struct lull_packet *packets, const struct lull_headers *headers,
	const struct lull_matched *matched, const uint8_t *filtered, uint32_t n)
{
	for (uint32_t i = 0; i < n; i += LULL_JUDGE_CHUNK) {
		uint32_t chunk = n - i < LULL_JUDGE_CHUNK ? n - i : LULL_JUDGE_CHUNK;
		classify(j, slot, port, packets + i, headers + i, matched + i,
			filtered == NULL ? NULL : filtered + i, chunk);
		int r = visit(j, slot, packets + i, headers + i);
		if (r < 0)
			return r;
	}
	return 0;
}
