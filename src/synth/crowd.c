// SPDX-License-Identifier: BSD-3-Clause
// The rest of the traffic: connections between addresses that belong to no target, their
// popularity by Zipf's law, and ARP. It is what tells an outage from a deaf tap.

#include "machine.h"

#include <errno.h>
#include <lull/decode.h>
#include <stdlib.h>
#include <sys/mman.h>

#define HUGE_PAGE ((size_t)2 << 20)

// One cache line, aligned: drawn at random out of many, each costs one miss.
struct lull_crowd_flow {
	_Alignas(64) struct lull_addr src;
	struct lull_addr dst;
	uint32_t seq;
	uint16_t sport, dport, upstream;
	uint8_t proto, direction;
};

static void make_flow(const struct lull_scenario *s, struct lull_space *space, uint64_t i,
	struct lull_random *r, struct lull_crowd_flow *f)
{
	double family = lull_random_uniform(r);
	int six = family < s->background.v6;
	uint64_t other = lull_random_next(r) % space[six].size;
	lull_space_address(&space[six], i, &f->src);
	lull_space_address(&space[six], other, &f->dst);
	double proto = lull_random_uniform(r);
	f->proto = proto < s->background.udp ? LULL_WIRE_UDP : LULL_WIRE_TCP;
	uint32_t ports = lull_random_below(r, 28000);
	f->sport = (uint16_t)(32768 + ports);
	f->dport = ports % 3 == 0 ? 80 : 443;
	f->direction = lull_random_below(r, 2) == 0 ? LULL_OUT : LULL_IN;
	f->upstream = (uint16_t)lull_random_below(r, (uint32_t)s->n_upstreams);
	f->seq = (uint32_t)lull_random_next(r);
}

// A large table read at random: huge pages where the kernel has them spare the page walks.
static void *huge(size_t bytes)
{
	size_t page = bytes < HUGE_PAGE ? 64 : HUGE_PAGE;
	void *p = aligned_alloc(page, (bytes + page - 1) / page * page);
	if (p != NULL && page == HUGE_PAGE)
		madvise(p, bytes, MADV_HUGEPAGE); // a wish: nothing depends on it
	return p;
}

static int make_flows(struct lull_synth *g, const struct lull_prefix *prefixes, size_t n)
{
	const struct lull_scene_background *b = &g->scenario->background;
	struct lull_crowd *c = &g->crowd;
	struct lull_space space[2];
	for (int six = 0; six < 2; six++)
		lull_space_init(&space[six], prefixes, n, six ? 6 : 4,
			lull_random_mix(g->scenario->seed ^ 0xc20d));
	c->flows = huge(b->flows * sizeof(*c->flows));
	if (c->flows == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < b->flows; i++)
		make_flow(g->scenario, space, i, &c->random, &c->flows[i]);
	int rc = lull_pick_zipf(&c->pick, b->flows, b->zipf);
	return rc != 0 ? rc : lull_pick_init(&c->size, b->sizes.weight, b->sizes.n);
}

int lull_crowd_init(struct lull_synth *g)
{
	const struct lull_scenario *s = g->scenario;
	const struct lull_scene_background *b = &s->background;
	const struct lull_prefix *prefixes = b->n_prefixes > 0 ? b->prefixes : s->peers;
	size_t n = b->n_prefixes > 0 ? b->n_prefixes : s->n_peers;
	struct lull_crowd *c = &g->crowd;
	int rc = 0;
	lull_random_init(&c->random, s->seed, LULL_STREAM_CROWD);
	lull_random_init(&c->chatter_random, s->seed, LULL_STREAM_CROWD + 1);
	if (b->rate > 0)
		rc = make_flows(g, prefixes, n);
	lull_space_init(&c->arp, prefixes, n, 4, lull_random_mix(s->seed ^ 0xa4b));
	c->mean = (b->phi + 1) / 2;
	// packets of a burst take at most a tenth of the time between packets
	double small = b->rate > 0 ? 1e8 / b->rate : 0;
	c->small_ns = (uint64_t)(small < 1e6 ? small : 1e6);
	c->flat = (struct lull_scene_level){.weekend = 1, .memory_ns = UINT64_C(1000000000)};
	lull_arrivals_init(
		&c->arrivals, &c->random, &b->level, b->rate / c->mean, s->start_ns, g->end_ns);
	lull_arrivals_init(
		&c->chatter, &c->chatter_random, &c->flat, b->chatter, s->start_ns, g->end_ns);
	return rc;
}

void lull_crowd_finish(struct lull_crowd *c)
{
	free(c->flows);
	lull_pick_finish(&c->pick);
	lull_pick_finish(&c->size);
}

static uint8_t some_flags(struct lull_random *r)
{
	uint32_t u = lull_random_below(r, 64);
	return u == 0 ? LULL_TCP_SYN : u == 1 ? LULL_TCP_FIN | LULL_TCP_ACK : LULL_TCP_ACK;
}

uint64_t lull_crowd_packet(struct lull_synth *g, uint64_t ts_ns)
{
	struct lull_crowd *c = &g->crowd;
	struct lull_random *r = &c->random;
	if (c->left == 0) {
		c->flow = lull_pick_draw(&c->pick, r);
		c->left = lull_random_geometric(r, c->mean);
		c->next_arrival = lull_arrivals_next(&c->arrivals);
	}
	c->left--;
	struct lull_crowd_flow *f = &c->flows[c->flow];
	struct lull_segment s = {.src = f->src, .dst = f->dst, .proto = f->proto, .ttl = 57};
	s.sport = f->sport;
	s.dport = f->dport;
	s.bytes = g->scenario->background.sizes.bytes[lull_pick_draw(&c->size, r)];
	s.id = (uint16_t)(f->seq >> 8);
	if (f->proto == LULL_WIRE_TCP) {
		s.tcp_flags = some_flags(r);
		s.seq = f->seq;
		s.ack = f->seq ^ UINT32_C(0x5bd1e995);
	}
	lull_machine_emit(g, f->upstream, (enum lull_direction)f->direction, &s);
	f->seq += g->wire->ip_bytes - (f->src.family == 4 ? 40 : 60); // payload
	f->seq += (s.tcp_flags & (LULL_TCP_SYN | LULL_TCP_FIN)) != 0;
	if (c->left == 0)
		return c->next_arrival;
	double wait = lull_random_exponential(r);
	uint64_t next = ts_ns + 1 + (uint64_t)((double)c->small_ns * wait);
	if (next > c->next_arrival) // bursts of one stream do not overlap
		next = c->next_arrival > ts_ns ? c->next_arrival : ts_ns;
	return next;
}

uint64_t lull_crowd_arp(struct lull_synth *g)
{
	struct lull_crowd *c = &g->crowd;
	struct lull_addr who, whom;
	uint32_t i = lull_random_below(&c->chatter_random, 32);
	uint32_t k = lull_random_below(&c->chatter_random, 32);
	lull_space_address(&c->arp, i, &who);
	lull_space_address(&c->arp, k, &whom);
	lull_wire_arp(g->wire, &g->links[0][LULL_OUT], &who, &whom);
	g->mark = (struct lull_synth_mark){0};
	return lull_arrivals_next(&c->chatter);
}
