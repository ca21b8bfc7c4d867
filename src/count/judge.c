// SPDX-License-Identifier: BSD-3-Clause
// Classes and cells, a chunk of packets at a time: first every packet gets its class and names
// the cells it touches, then the cells are visited, so that their lines can be asked for early.

#include "judge.h"

#include <errno.h>
#include <string.h>

#define COLD_CELLS 2048 // a table larger than this does not stay in L1 and L2

// Packets judged together; all of one bin and port.
struct chunk {
	const struct lull_packet *packets;
	const uint16_t *which; // of packets; what follows stands in this order
	const struct lull_headers *headers;
	const struct lull_matched *matched;
	const uint8_t *filtered;
	uint32_t n;
};

static inline const struct lull_packet *packet_of(const struct chunk *c, uint32_t i)
{
	return &c->packets[c->which[i]];
}

void lull_judge_forget(struct lull_judge *j)
{
	for (size_t i = 0; i < LULL_JUDGE_MEMOS; i++)
		j->memos[i].epoch = 0;
}

void lull_judge_init(struct lull_judge *j, const struct lull_sipkey *key)
{
	memset(j, 0, sizeof(*j));
	j->key = *key;
	j->salt[0] = lull_siphash_pair(key, 3, 3) | 1;
	j->salt[1] = lull_siphash_pair(key, 4, 4) | 1;
	lull_flow_salt_init(&j->flow_salt, key);
	// all zeros stand for the address ::, so its hash must be right
	uint32_t hash = lull_sketch_hash(key, 6, (struct lull_ip){0, 0});
	for (size_t i = 0; i < LULL_JUDGE_MEMOS; i++)
		j->memos[i].hash = hash;
}

// Keyed, and the same for both directions of a conversation. sum: of the words of both addresses.
static inline uint32_t group_of(const struct lull_judge *j, uint64_t sum)
{
	return (uint32_t)(sum * j->salt[0] >> 60);
}

static inline uint32_t control_group(const struct lull_judge *j, const struct lull_headers *h)
{
	return group_of(j, h->src.lo + h->dst.lo + h->src.hi + h->dst.hi);
}

void lull_judge_far(const struct lull_judge *j, struct lull_port_bin *port, const uint64_t *sums,
	uint32_t n, uint64_t bytes)
{
	for (uint32_t i = 0; i < n; i++)
		port->control[group_of(j, sums[i])]++;
	port->law.classes[LULL_UNMATCHED].packets += n;
	port->law.classes[LULL_UNMATCHED].bytes += bytes;
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

static void list_touches(struct lull_judge *j, const struct lull_slot *slot,
	const struct lull_packet *p, const struct lull_headers *h, const struct lull_matched *m,
	uint32_t packet)
{
	uint64_t out = 0;
	bool error = h->unreach != LULL_UNREACH_NONE && m->embedded != LULL_NO_TARGET;
	if (m->src != LULL_NO_TARGET || error)
		out = lull_upstream_of(slot->rules, p, h, LULL_OUT);
	if (m->src != LULL_NO_TARGET)
		touch(j, slot, m->src, LULL_OUT, out, packet, 0);
	if (m->dst != LULL_NO_TARGET)
		touch(j, slot, m->dst, LULL_IN, lull_upstream_of(slot->rules, p, h, LULL_IN),
			packet, 0);
	// an error about a packet to the target comes from where that packet went: the neighbour is
	// the one the error came from
	if (error)
		touch(j, slot, m->embedded, LULL_IN, out, packet, h->unreach);
}

static enum lull_class class_of(const struct lull_packet *p, const struct lull_headers *h,
	const struct lull_matched *m, bool filtered)
{
	static const uint8_t others[] = {[LULL_NO_IP] = LULL_NOT_IP,
		[LULL_CUT] = LULL_TRUNCATED,
		[LULL_BAD] = LULL_MALFORMED};
	if (p->fate != LULL_IN_TIME)
		return p->fate == LULL_LATE ? LULL_CLASS_LATE : LULL_CLASS_JUMP;
	if (filtered)
		return LULL_FILTERED;
	if (h->verdict != LULL_IP)
		return others[h->verdict];
	if (m->src != LULL_NO_TARGET)
		return m->dst != LULL_NO_TARGET ? LULL_MATCHED_BOTH : LULL_MATCHED_SRC;
	return m->dst != LULL_NO_TARGET ? LULL_MATCHED_DST : LULL_UNMATCHED;
}

// Count plain packets: in time, past the filter, IP, and of no target in any way. Most are, but
// which ones cannot be predicted, so nothing branches on it: the others are listed by moving the
// end of the list. Returns how many they are.
static uint32_t count_plain(const struct lull_judge *j, struct lull_port_bin *port,
	const struct chunk *c, uint8_t others[LULL_JUDGE_CHUNK + 1])
{
	uint64_t bytes = 0;
	uint32_t n_others = 0;
	for (uint32_t i = 0; i < c->n; i++) {
		const struct lull_headers *h = &c->headers[i];
		const struct lull_matched *m = &c->matched[i];
		const struct lull_packet *p = packet_of(c, i);
		uint32_t odd = (p->fate ^ LULL_IN_TIME) | c->filtered[i] | (h->verdict ^ LULL_IP) |
			       h->unreach | m->src | m->dst;
		uint64_t plain = odd == 0;
		others[n_others] = (uint8_t)i;
		n_others += odd != 0;
		bytes += p->wirelen & -plain;
		port->control[control_group(j, h)] += plain;
	}
	port->law.classes[LULL_UNMATCHED].packets += c->n - n_others;
	port->law.classes[LULL_UNMATCHED].bytes += bytes;
	return n_others;
}

// Any other packet: its class, and the cells to visit for it.
static void classify(struct lull_judge *j, const struct lull_slot *slot, struct lull_port_bin *port,
	const struct chunk *c, uint32_t i)
{
	const struct lull_packet *p = packet_of(c, i);
	const struct lull_headers *h = &c->headers[i];
	const struct lull_matched *m = &c->matched[i];
	enum lull_class class = class_of(p, h, m, c->filtered[i] != 0);
	port->law.classes[class].packets++;
	port->law.classes[class].bytes += p->wirelen;
	if (class > LULL_UNMATCHED)
		return;
	if (class == LULL_UNMATCHED)
		port->control[control_group(j, h)]++;
	list_touches(j, slot, p, h, m, i);
}

// Ask for the lines the visits will need: the index, then what it points to. Only a hint: a
// visit may still grow the table.
static void prefetch(const struct lull_judge *j, const struct lull_cells *cells)
{
	for (uint32_t i = 0; i < j->n_touches; i++)
		__builtin_prefetch(&cells->index[j->touches[i].hash >> cells->shift]);
	for (uint32_t i = 0; i < j->n_touches; i++) {
		uint64_t hash = j->touches[i].hash;
		uint32_t at = lull_cells_probe(cells, hash, (uint32_t)(hash >> cells->shift));
		uint32_t cell = cells->index[at].cell;
		if (cell == 0)
			continue;
		__builtin_prefetch(&cells->keys[cell - 1]);
		__builtin_prefetch(&cells->cells[cell - 1], 1);
	}
}

static inline uint64_t high_half(const struct lull_headers *h)
{
	return h->family == 4 ? UINT64_MAX : h->src.hi; // as lull_sketch_hash() has it
}

// Where the source of a packet may be remembered for a cell.
static inline uint16_t memo_of(
	const struct lull_judge *j, const struct lull_headers *h, uint32_t cell)
{
	uint64_t mix = ((high_half(h) ^ cell) * j->salt[1] + h->src.lo) * j->salt[0];
	return mix >> 32 & (LULL_JUDGE_MEMOS - 1);
}

// Add the source address to the set of a cell. False: out of memory.
static inline bool add_source(struct lull_judge *j, struct lull_slot *slot,
	const struct lull_touch *t, const struct lull_headers *h)
{
	uint64_t hi = high_half(h);
	uint32_t at = t->cell;
	struct lull_memo *m = &j->memos[t->memo];
	bool known = m->lo == h->src.lo && m->hi == hi;
	if (known && m->cell == at && m->epoch == slot->epoch)
		return true;
	if (!known)
		m->hash = lull_sketch_hash(&j->key, h->family, h->src);
	m->hi = hi;
	m->lo = h->src.lo;
	m->epoch = slot->epoch;
	m->cell = at;
	return lull_sketch_put(&slot->sketches, &slot->cells.cells[at].distinct, m->hash);
}

static void count_flags(struct lull_cell *cell, uint8_t flags)
{
	if (flags & LULL_TCP_RST)
		lull_cell_bump(&cell->rst);
	if (flags & LULL_TCP_SYN)
		lull_cell_bump(flags & LULL_TCP_ACK ? &cell->synack : &cell->syn);
}

// Both directions count source addresses: those in the target, and those talking to it.
static bool count_packet(struct lull_judge *j, struct lull_slot *slot, const struct lull_touch *t,
	const struct lull_packet *p, const struct lull_headers *h)
{
	struct lull_cell *cell = &slot->cells.cells[t->cell];
	cell->packets++;
	cell->bytes += h->ip_bytes;
	cell->first_ns = p->ts_ns < cell->first_ns ? p->ts_ns : cell->first_ns;
	cell->last_ns = p->ts_ns > cell->last_ns ? p->ts_ns : cell->last_ns;
	if (h->tcp_flags & (LULL_TCP_SYN | LULL_TCP_RST))
		count_flags(cell, h->tcp_flags);
	return add_source(j, slot, t, h);
}

// TCP toward a target, with more than the shortest header. Which packets are, cannot be predicted:
// nothing branches on it.
static inline bool may_bring_data(const struct lull_touch *t, const struct lull_headers *h)
{
	return (h->tcp_at != 0) & (t->key.direction == LULL_IN) &
	       (h->ip_bytes - h->ip_head >= 20 + LULL_FLOW_DATA);
}

// If it does bring data its flow may be in the target's sample. False: out of memory.
static inline bool see_flow(const struct lull_judge *j, struct lull_slot *slot, uint32_t cell,
	uint32_t target, const struct lull_packet *p, const struct lull_headers *h)
{
	struct lull_tcp tcp;
	lull_tcp_read(p, h, &tcp);
	if (tcp.data < LULL_FLOW_DATA || (h->tcp_flags & LULL_TCP_SYN) != 0)
		return true;
	uint32_t sample = lull_flows_sample(&slot->flows, cell, target);
	if (sample == UINT32_MAX)
		return false;
	uint64_t id = lull_flow_id(&j->flow_salt, h, tcp.ports);
	if (id > slot->flows.samples[sample].limit) // so it is with most, where there are many
		return true;
	return lull_flows_add(
		&slot->flows, sample, id, lull_flow_sender(&j->flow_salt, h), tcp.end);
}

static void see_flows(struct lull_judge *j, struct lull_slot *slot, const struct chunk *c,
	const uint8_t *visits, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct lull_touch *t = &j->touches[visits[i]];
		j->starved += !see_flow(j, slot, t->cell, t->key.target, packet_of(c, t->packet),
			&c->headers[t->packet]);
	}
}

// Find the cells, and ask for where their sources may be remembered.
static void find_cells(struct lull_judge *j, struct lull_slot *slot, const struct chunk *c)
{
	if (slot->cells.n > COLD_CELLS)
		prefetch(j, &slot->cells);
	for (uint32_t i = 0; i < j->n_touches; i++) {
		struct lull_touch *t = &j->touches[i];
		t->cell = lull_cells_find(&slot->cells, t->key, t->hash);
		if (t->cell == LULL_NO_CELL)
			t->cell = lull_slot_cell(slot, t->key);
		t->memo = memo_of(j, &c->headers[t->packet], t->cell);
		__builtin_prefetch(&j->memos[t->memo], 1);
	}
}

static void visit(struct lull_judge *j, struct lull_slot *slot, const struct chunk *c)
{
	uint8_t flows[3 * LULL_JUDGE_CHUNK + 1]; // touches; one more: written before it is known
	uint32_t n_flows = 0;
	find_cells(j, slot, c);
	for (uint32_t i = 0; i < j->n_touches; i++) {
		const struct lull_touch *t = &j->touches[i];
		const struct lull_headers *h = &c->headers[t->packet];
		if (t->cell == LULL_NO_CELL) {
			j->starved++;
			continue;
		}
		if (t->unreach != 0) {
			lull_cell_bump(&slot->cells.cells[t->cell].unreach[t->unreach - 1]);
			continue;
		}
		flows[n_flows] = (uint8_t)i;
		n_flows += may_bring_data(t, h);
		j->starved += !count_packet(j, slot, t, packet_of(c, t->packet), h);
	}
	see_flows(j, slot, c, flows, n_flows);
}

int lull_judge(struct lull_judge *j, struct lull_slot *slot, struct lull_port_bin *port,
	const struct lull_packet *packets, const uint16_t *which,
	const struct lull_headers *headers, const struct lull_matched *matched,
	const uint8_t *filtered, uint32_t n)
{
	static const uint8_t none[LULL_JUDGE_CHUNK];
	j->starved = 0;
	for (uint32_t at = 0; at < n; at += LULL_JUDGE_CHUNK) {
		const struct chunk c = {packets, which + at, headers + at, matched + at,
			filtered == NULL ? none : filtered + at,
			n - at < LULL_JUDGE_CHUNK ? n - at : LULL_JUDGE_CHUNK};
		uint8_t others[LULL_JUDGE_CHUNK + 1]; // one more: written before it is judged
		uint32_t n_others = count_plain(j, port, &c, others);
		j->n_touches = 0;
		for (uint32_t i = 0; i < n_others; i++)
			classify(j, slot, port, &c, others[i]);
		visit(j, slot, &c);
	}
	return j->starved == 0 ? 0 : -ENOMEM;
}
