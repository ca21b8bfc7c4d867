// SPDX-License-Identifier: BSD-3-Clause
// Losses are summed over the ports: a packet that is missing may have been anybody's.

#include "blind.h"
#include <string.h>

// Neighbours of the older half become one: ages are told apart the better the younger they are,
// and a sum that begins inside a merged one takes all of it.
static void merge_old(struct lull_blind *b)
{
	size_t half = LULL_BLIND_LOSSES / 2, to = 0;
	for (size_t i = 0; i < half; i += 2, to++) {
		b->losses[to] = b->losses[i];
		b->losses[to].end_ns = b->losses[i + 1].end_ns;
		b->losses[to].lost += b->losses[i + 1].lost;
	}
	memmove(b->losses + to, b->losses + half, half * sizeof(b->losses[0]));
	b->n_losses = to + half;
}

static void add_loss(struct lull_blind *b, uint64_t start_ns, uint64_t end_ns, uint64_t lost)
{
	if (b->n_losses == LULL_BLIND_LOSSES)
		merge_old(b);
	b->losses[b->n_losses++] = (struct lull_blind_loss){start_ns, end_ns, lost};
}

static uint32_t bit(size_t port)
{
	return UINT32_C(1) << (port < LULL_PORTS_MAX ? port : LULL_PORTS_MAX - 1);
}

static bool is_down(const struct lull_bin *bin, size_t port)
{
	return bin->health && port < bin->n_health && !bin->health[port].link_up;
}

// Ports that carry packets, and those that did for the last time long ago. What happened while one
// of these was away is known from its return on.
static void come_and_go(struct lull_blind *b, const struct lull_bin *bin, uint64_t end_ns)
{
	uint32_t down = 0;
	for (size_t i = 0; i < LULL_PORTS_MAX; i++) {
		if (!is_down(bin, i))
			b->down_ns[i] = 0;
		else if (b->down_ns[i] == 0)
			b->down_ns[i] = bin->start_ns;
		down |= b->down_ns[i] > 0 ? bit(i) : 0;
	}
	for (size_t i = 0; i < bin->n_ports; i++) {
		bool back = b->gone & bit(i) & ~down;
		if (bin->ports[i].law.received.packets == 0 || (b->gone & bit(i) & down))
			continue;
		b->carried |= bit(i);
		b->gone &= ~bit(i);
		if (back)
			b->dark_ns = bin->start_ns;
	}
	uint32_t others = b->carried & ~down;
	for (size_t i = 0; i < LULL_PORTS_MAX && others; i++)
		if ((b->carried & bit(i)) && b->down_ns[i] > 0 &&
			end_ns - b->down_ns[i] >= LULL_BLIND_GONE_NS) {
			b->carried &= ~bit(i);
			b->gone |= bit(i);
			b->gone_ns = end_ns;
		}
	if (!b->gone)
		b->gone_ns = 0;
}

bool lull_blind_bin(struct lull_blind *b, const struct lull_bin *bin)
{
	uint64_t end_ns = bin->start_ns + bin->len_ns, lost = 0;
	uint32_t dark = 0, down = 0, ports = 0;
	come_and_go(b, bin, end_ns);
	for (size_t i = 0; bin->health && i < bin->n_health; i++) {
		const struct lull_port_health *h = &bin->health[i];
		ports |= bit(i);
		if (!h->link_up)
			down |= bit(i);
		if (!h->link_up || h->stalled)
			dark |= bit(i);
		if (h->loss == LULL_LOSS_UNKNOWN)
			b->unknown_ns = end_ns;
		lost += h->loss == LULL_LOSS_NONE ? 0 : h->lost;
	}
	if (lost > 0)
		add_loss(b, bin->start_ns, end_ns, lost);
	uint32_t wanted = ports & b->carried ? ports & b->carried : ports;
	bool all = ports && (dark & wanted) == wanted, after = ports && b->down;
	b->down = all && down & wanted;
	if (dark & wanted)
		b->dark_ns = end_ns;
	return all || after;
}

void lull_blind_hole(struct lull_blind *b, uint64_t from_ns, uint64_t to_ns)
{
	if (b->n_holes == LULL_BLIND_HOLES) {
		b->n_holes--;
		memmove(b->holes, b->holes + 1, b->n_holes * sizeof(b->holes[0]));
	}
	b->holes[b->n_holes++] = (struct lull_blind_hole){from_ns, to_ns};
}

struct lull_blind_sum lull_blind_since(const struct lull_blind *b, uint64_t from_ns)
{
	struct lull_blind_sum sum = {.loss = LULL_LOSS_NONE, .dark = b->dark_ns > from_ns};
	for (size_t i = b->n_losses; i-- > 0 && b->losses[i].end_ns > from_ns;)
		sum.lost += b->losses[i].lost;
	if (sum.lost > 0)
		sum.loss = LULL_LOSS_KNOWN;
	if (b->unknown_ns > from_ns)
		sum.loss = LULL_LOSS_UNKNOWN;
	return sum;
}

void lull_blind_stretch(const struct lull_blind *b, uint64_t after_ns, uint64_t lo_ns,
	uint64_t hi_ns, struct lull_instant *at)
{
	for (size_t i = b->n_holes; i-- > 0;) {
		const struct lull_blind_hole *h = &b->holes[i];
		uint64_t lo = lo_ns < at->lo_ns ? lo_ns : at->lo_ns;
		uint64_t hi = hi_ns > at->hi_ns ? hi_ns : at->hi_ns;
		if (h->to_ns <= after_ns || lo > h->to_ns || hi < h->from_ns)
			continue;
		at->lo_ns = h->from_ns < at->lo_ns ? h->from_ns : at->lo_ns;
		at->hi_ns = h->to_ns > at->hi_ns ? h->to_ns : at->hi_ns;
	}
}
