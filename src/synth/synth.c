// SPDX-License-Identifier: BSD-3-Clause
// The generator's clockwork: takes the earliest moment, lets its owner make a packet, and hands
// it to the tap.

#include "machine.h"

#include <errno.h>
#include <lull/decode.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_NS UINT64_C(315360000000000000) // ten years, when packets decide the end
#define ROUTER_MAC UINT64_C(0x0200000000fe)
#define UPSTREAM_MAC UINT64_C(0x020000000100) // plus the upstream's index

static void init_links(struct lull_synth *g)
{
	const struct lull_scenario *s = g->scenario;
	for (size_t i = 0; i < s->n_upstreams; i++) {
		const struct lull_scene_upstream *u = &s->upstreams[i];
		uint64_t mac = u->by_mac ? u->mac : UPSTREAM_MAC + i;
		struct lull_wire_wrap wrap = {
			s->linktype, mac, ROUTER_MAC, u->vlan, u->inner, u->labels, u->n_labels};
		lull_wire_link_init(&g->links[i][LULL_OUT], &wrap);
		wrap.src_mac = ROUTER_MAC;
		wrap.dst_mac = mac;
		lull_wire_link_init(&g->links[i][LULL_IN], &wrap);
	}
}

static bool moment_before(const struct lull_moment *a, const struct lull_moment *b)
{
	return a->ts_ns != b->ts_ns ? a->ts_ns < b->ts_ns : a->id < b->id;
}

static bool push(struct lull_synth *g, uint64_t ts_ns, uint32_t id)
{
	if (g->n_heap == g->heap_cap) {
		uint32_t cap = g->heap_cap == 0 ? 256 : 2 * g->heap_cap;
		struct lull_moment *heap = realloc(g->heap, cap * sizeof(*heap));
		if (heap == NULL) {
			g->no_memory = true;
			return false;
		}
		g->heap = heap;
		g->heap_cap = cap;
	}
	struct lull_moment new = {ts_ns, id};
	uint32_t i = g->n_heap++;
	for (; i > 0 && moment_before(&new, &g->heap[(i - 1) / 2]); i = (i - 1) / 2)
		g->heap[i] = g->heap[(i - 1) / 2];
	g->heap[i] = new;
	return true;
}

// The top's owner goes on at ts_ns, or never (UINT64_MAX).
static void replace_top(struct lull_synth *g, uint64_t ts_ns)
{
	struct lull_moment new = {ts_ns, g->heap[0].id};
	if (ts_ns == UINT64_MAX) {
		new = g->heap[--g->n_heap];
		if (g->n_heap == 0)
			return;
	}
	uint32_t i = 0, child;
	while ((child = 2 * i + 1) < g->n_heap) {
		if (child + 1 < g->n_heap && moment_before(&g->heap[child + 1], &g->heap[child]))
			child++;
		if (!moment_before(&g->heap[child], &new))
			break;
		g->heap[i] = g->heap[child];
		i = child;
	}
	g->heap[i] = new;
}

struct lull_talk *lull_machine_talk(struct lull_synth *g, uint64_t ts_ns)
{
	if (g->n_free == 0 && g->n_talks == g->talks_cap) {
		uint32_t cap = g->talks_cap == 0 ? 256 : 2 * g->talks_cap;
		struct lull_talk *talks = realloc(g->talks, cap * sizeof(*talks));
		if (talks != NULL)
			g->talks = talks;
		uint32_t *unused = realloc(g->free_talks, cap * sizeof(*unused));
		if (unused != NULL)
			g->free_talks = unused;
		if (talks == NULL || unused == NULL) {
			g->no_memory = true;
			return NULL;
		}
		g->talks_cap = cap;
	}
	uint32_t i = g->n_free > 0 ? g->free_talks[--g->n_free] : g->n_talks++;
	memset(&g->talks[i], 0, sizeof(g->talks[i]));
	return push(g, ts_ns, g->n_streams + i) ? &g->talks[i] : NULL;
}

void lull_machine_emit(struct lull_synth *g, uint16_t upstream, enum lull_direction direction,
	const struct lull_segment *s)
{
	lull_wire_build(g->wire, &g->links[upstream][direction], s);
	g->mark = (struct lull_synth_mark){.upstream = upstream,
		.tcp_flags = s->proto == LULL_WIRE_TCP ? s->tcp_flags : 0,
		.family = s->src.family,
		.ip_bytes = g->wire->ip_bytes};
	memcpy(g->mark.addr, s->src.bytes, sizeof(g->mark.addr));
}

static void start_streams(struct lull_synth *g)
{
	const struct lull_scenario *s = g->scenario;
	uint32_t id = 0;
	uint64_t ts;
	for (size_t i = 0; i < s->n_nodes; i++, id++) {
		if (!s->nodes[i].group &&
			(ts = lull_arrivals_next(&g->parties[i].arrivals)) != UINT64_MAX)
			push(g, ts, id);
	}
	if ((ts = lull_arrivals_next(&g->crowd.arrivals)) != UINT64_MAX)
		push(g, ts, id);
	id++;
	if ((ts = lull_arrivals_next(&g->crowd.chatter)) != UINT64_MAX)
		push(g, ts, id);
	id++;
	for (size_t i = 0; i < s->n_events; i++, id++) {
		if (g->assaults[i].n_nodes > 0 &&
			(ts = lull_arrivals_next(&g->assaults[i].arrivals)) != UINT64_MAX)
			push(g, ts, id);
	}
}

struct lull_synth *lull_synth_create(const struct lull_scenario *s, uint64_t packets)
{
	struct lull_synth *g = calloc(1, sizeof(*g));
	if (g == NULL)
		return NULL;
	g->scenario = s;
	g->left = packets > 0 ? packets : UINT64_MAX;
	g->end_ns = s->start_ns + (packets > 0 ? LONGEST_NS : s->duration_ns);
	g->n_streams = (uint32_t)(s->n_nodes + 2 + s->n_events);
	g->parties = calloc(s->n_nodes, sizeof(*g->parties));
	g->assaults = calloc(s->n_events + 1, sizeof(*g->assaults));
	g->wire = calloc(1, sizeof(*g->wire));
	int rc = g->parties == NULL || g->assaults == NULL || g->wire == NULL ? -ENOMEM : 0;
	if (rc == 0)
		rc = lull_gates_init(&g->gates, s);
	for (uint32_t i = 0; i < s->n_nodes && rc == 0; i++)
		rc = lull_party_init(g, i);
	if (rc == 0)
		rc = lull_crowd_init(g);
	for (uint32_t i = 0; i < s->n_events && rc == 0; i++)
		rc = lull_assault_init(g, i);
	lull_faults_init(&g->faults, s, LULL_STREAM_TAP);
	if (rc == 0) {
		init_links(g);
		start_streams(g);
	}
	if (rc == 0 && !g->no_memory)
		return g;
	lull_synth_destroy(g);
	errno = rc == 0 ? ENOMEM : -rc;
	return NULL;
}

void lull_synth_destroy(struct lull_synth *g)
{
	if (g == NULL)
		return;
	for (size_t i = 0; i < g->scenario->n_nodes && g->parties != NULL; i++)
		lull_party_finish(&g->parties[i]);
	for (size_t i = 0; i < g->scenario->n_events && g->assaults != NULL; i++)
		lull_assault_finish(&g->assaults[i]);
	lull_crowd_finish(&g->crowd);
	lull_gates_finish(&g->gates);
	lull_faults_finish(&g->faults);
	free(g->parties);
	free(g->assaults);
	free(g->heap);
	free(g->talks);
	free(g->free_talks);
	free(g->wire);
	free(g);
}

// Let the owner of the top moment act. True: a packet was built.
static bool act(struct lull_synth *g, const struct lull_moment *top)
{
	uint32_t id = top->id, nodes = (uint32_t)g->scenario->n_nodes;
	uint64_t next;
	bool built = true;
	if (id >= g->n_streams) {
		uint32_t talk = id - g->n_streams;
		built = lull_talk_step(g, &g->talks[talk], top->ts_ns, &next);
		if (next == UINT64_MAX)
			g->free_talks[g->n_free++] = talk;
	} else if (id < nodes) {
		next = lull_party_arrive(g, id, top->ts_ns);
		built = false;
	} else if (id == nodes) {
		next = lull_crowd_packet(g, top->ts_ns);
	} else if (id == nodes + 1) {
		next = lull_crowd_arp(g);
	} else {
		next = lull_assault_packet(g, id - nodes - 2, top->ts_ns, &built);
	}
	replace_top(g, next);
	return built;
}

static void fill(const struct lull_synth *g, uint64_t ts_ns, struct lull_synth_packet *out)
{
	uint32_t most = g->scenario->snaplen > 0 ? g->scenario->snaplen : g->wire->headers;
	out->packet = (struct lull_packet){.data = g->wire->bytes,
		.wirelen = g->wire->wirelen,
		.caplen = most < g->wire->wirelen ? most : g->wire->wirelen,
		.ts_ns = ts_ns,
		.linktype = g->scenario->linktype};
	out->mark = g->mark;
}

static int give(struct lull_synth *g, struct lull_synth_packet *out)
{
	if (!g->scenario->nanoseconds) // the truth is what the file can say
		out->packet.ts_ns -= out->packet.ts_ns % 1000;
	g->left--;
	return 1;
}

int lull_synth_next(struct lull_synth *g, struct lull_synth_packet *out)
{
	while (g->left > 0 && !g->no_memory) {
		uint64_t now = g->n_heap > 0 ? g->heap[0].ts_ns : UINT64_MAX;
		if (g->faults.active && lull_faults_due(&g->faults, now, out))
			return give(g, out);
		if (now >= g->end_ns)
			return 0;
		struct lull_moment top = g->heap[0];
		if (!act(g, &top))
			continue;
		fill(g, top.ts_ns, out);
		int pass = lull_faults_pass(&g->faults, out);
		if (pass < 0)
			return pass;
		if (pass > 0)
			return give(g, out);
	}
	return g->no_memory ? -ENOMEM : 0;
}
