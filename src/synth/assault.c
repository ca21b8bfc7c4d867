// SPDX-License-Identifier: BSD-3-Clause
// Floods with spoofed sources, and ICMP errors of routers about packets to a target.

#include "machine.h"

#include <errno.h>
#include <lull/decode.h>
#include <stdlib.h>

static int choose_nodes(struct lull_synth *g, struct lull_assault *a)
{
	const struct lull_scenario *s = g->scenario;
	a->nodes = calloc(s->n_nodes, sizeof(*a->nodes));
	if (a->nodes == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < s->n_nodes; i++) {
		if (!s->nodes[i].group && lull_gates_concerns(s, a->event, i))
			a->nodes[a->n_nodes++] = i;
	}
	return 0;
}

int lull_assault_init(struct lull_synth *g, uint32_t event)
{
	const struct lull_scenario *s = g->scenario;
	const struct lull_scene_event *e = &s->events[event];
	struct lull_assault *a = &g->assaults[event];
	double weights[LULL_SCENE_UPSTREAMS], sum = 0;
	if (e->kind != LULL_SCENE_FLOOD && e->kind != LULL_SCENE_UNREACHABLES)
		return 0;
	a->event = e;
	a->flat = (struct lull_scene_level){.weekend = 1, .memory_ns = UINT64_C(1000000000)};
	lull_random_init(&a->random, s->seed, LULL_STREAM_EVENT + event);
	int rc = choose_nodes(g, a);
	if (rc != 0 || a->n_nodes == 0)
		return rc;
	const struct lull_scene_node *first = &s->nodes[a->nodes[0]];
	for (size_t i = 0; i < s->n_upstreams; i++) {
		weights[i] = e->upstreams >> i & 1 ? first->share[i] : 0;
		sum += weights[i];
	}
	for (size_t i = 0; i < s->n_upstreams && sum <= 0; i++)
		weights[i] = e->upstreams >> i & 1 ? 1 : 0;
	uint64_t to = e->to_ns + e->recovery_ns;
	lull_arrivals_init(&a->arrivals, &a->random, &a->flat, e->rate, e->from_ns,
		to < g->end_ns ? to : g->end_ns);
	return lull_pick_init(&a->upstream, weights, (uint32_t)s->n_upstreams);
}

void lull_assault_finish(struct lull_assault *a)
{
	free(a->nodes);
	lull_pick_finish(&a->upstream);
}

static void choose_ends(struct lull_synth *g, struct lull_assault *a, uint32_t *node,
	struct lull_addr *host, struct lull_addr *peer)
{
	struct lull_random *r = &a->random;
	*node = a->nodes[lull_random_below(r, a->n_nodes)];
	struct lull_party *p = &g->parties[*node];
	double family = lull_random_uniform(r);
	int six = family < g->scenario->nodes[*node].v6;
	*host = p->hosts.addr[six][lull_pick_draw(&p->hosts.pick[six], r)];
	uint64_t size = p->peers[six].size, k = lull_random_next(r);
	if (a->event->sources > 0 && a->event->sources < size)
		size = a->event->sources;
	lull_space_address(&p->peers[six], k % size, peer);
}

static void answer(struct lull_synth *g, struct lull_assault *a, uint32_t node, uint64_t ts_ns,
	uint16_t upstream, const struct lull_segment *s)
{
	double u = lull_random_uniform(&a->random);
	if (u >= a->event->backscatter)
		return;
	uint32_t wait = lull_random_below(&a->random, 3000000);
	struct lull_talk *t = lull_machine_talk(g, ts_ns + 500000 + wait);
	if (t == NULL)
		return;
	t->state = LULL_TALK_REPLY;
	t->node = node;
	t->upstream = upstream;
	t->host = s->dst;
	t->peer = s->src;
	t->host_port = s->dport;
	t->peer_port = s->sport;
	t->proto = s->proto;
	t->seq[LULL_IN] = s->seq + 1;
	t->seq[LULL_OUT] = (uint32_t)lull_random_next(&a->random);
	t->q = lull_random_uniform(&a->random);
	t->q_in = lull_random_uniform(&a->random);
}

static void flood(struct lull_synth *g, struct lull_assault *a, uint64_t ts_ns)
{
	struct lull_random *r = &a->random;
	struct lull_segment s = {.ttl = 244};
	uint32_t node;
	choose_ends(g, a, &node, &s.dst, &s.src);
	uint64_t bits = lull_random_next(r);
	s.proto = a->event->udp ? LULL_WIRE_UDP : LULL_WIRE_TCP;
	s.tcp_flags = a->event->udp ? 0 : LULL_TCP_SYN;
	s.sport = (uint16_t)(1024 + bits % 60000);
	s.dport = a->event->udp ? 53 : 80;
	s.id = (uint16_t)(bits >> 16);
	s.seq = (uint32_t)(bits >> 32);
	s.bytes = a->event->udp ? 512 : 0;
	double q = lull_random_uniform(r);
	uint16_t upstream = (uint16_t)lull_pick_draw(&a->upstream, r);
	answer(g, a, node, ts_ns, upstream, &s);
	lull_machine_emit(g, lull_gates_upstream(&g->gates, node, upstream, q, ts_ns), LULL_IN, &s);
	g->mark.dst = node + 1;
}

// Types and codes of RFC 792, RFC 1812 and RFC 4443, as enum lull_unreach groups them.
static void icmp_kind(int reason, int six, uint32_t odd, struct lull_segment *s)
{
	if (reason == LULL_UNREACH_TTL) {
		s->icmp_type = six ? 3 : 11;
		s->icmp_code = 0;
	} else if (reason == LULL_UNREACH_ADMIN) {
		s->icmp_type = six ? 1 : 3;
		s->icmp_code = six ? 1 : 13;
	} else {
		s->icmp_type = six ? 1 : 3;
		s->icmp_code = six ? 0 : (uint8_t)odd; // network or host
	}
}

static void unreachable(struct lull_synth *g, struct lull_assault *a)
{
	struct lull_random *r = &a->random;
	struct lull_segment lost = {.proto = LULL_WIRE_TCP, .tcp_flags = LULL_TCP_SYN, .ttl = 1};
	struct lull_segment s = {.proto = LULL_WIRE_ICMP, .ttl = 250, .embedded = &lost};
	uint32_t node;
	choose_ends(g, a, &node, &lost.dst, &lost.src);
	uint64_t bits = lull_random_next(r);
	lost.sport = (uint16_t)(32768 + bits % 28000);
	lost.dport = 443;
	lost.seq = (uint32_t)(bits >> 32);
	int six = lost.src.family == 6;
	uint16_t upstream = (uint16_t)lull_pick_draw(&a->upstream, r);
	const struct lull_space *peers = &g->parties[node].peers[six];
	lull_space_address(peers, peers->size - 1 - upstream % peers->size, &s.src);
	s.dst = lost.src;
	s.id = (uint16_t)(bits >> 16);
	icmp_kind(a->event->reason, six, bits >> 8 & 1, &s);
	lull_machine_emit(g, upstream, LULL_OUT, &s);
	g->mark.embedded = node + 1;
	g->mark.unreach = (uint8_t)a->event->reason;
}

uint64_t lull_assault_packet(struct lull_synth *g, uint32_t event, uint64_t ts_ns, bool *built)
{
	struct lull_assault *a = &g->assaults[event];
	double u = lull_random_uniform(&a->random);
	*built = u < lull_gates_effect(a->event, ts_ns);
	if (*built && a->event->kind == LULL_SCENE_FLOOD)
		flood(g, a, ts_ns);
	else if (*built)
		unreachable(g, a);
	return lull_arrivals_next(&a->arrivals);
}
