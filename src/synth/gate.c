// SPDX-License-Identifier: BSD-3-Clause
// Outages and moves as seen by one conversation.

#include "gate.h"

#include <errno.h>
#include <stdlib.h>

bool lull_gates_concerns(
	const struct lull_scenario *s, const struct lull_scene_event *e, uint32_t node)
{
	for (int at = (int)node; at >= 0; at = s->nodes[at].parent) {
		for (size_t i = 0; i < e->n_targets; i++) {
			if (e->targets[i] == (uint32_t)at)
				return true;
		}
	}
	return false;
}

static uint32_t collect(const struct lull_scenario *s, uint32_t node, uint32_t *out)
{
	uint32_t n = 0;
	for (size_t i = 0; i < s->n_events; i++) {
		const struct lull_scene_event *e = &s->events[i];
		if ((e->kind != LULL_SCENE_OUTAGE && e->kind != LULL_SCENE_MOVED) ||
			!lull_gates_concerns(s, e, node))
			continue;
		if (out != NULL)
			out[n] = (uint32_t)i;
		n++;
	}
	return n;
}

int lull_gates_init(struct lull_gates *g, const struct lull_scenario *s)
{
	uint32_t n = 0;
	g->scenario = s;
	g->first = calloc(s->n_nodes + 1, sizeof(*g->first));
	if (g->first == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < s->n_nodes; i++)
		n += collect(s, (uint32_t)i, NULL);
	g->events = calloc(n + 1, sizeof(*g->events));
	if (g->events == NULL)
		return -ENOMEM;
	n = 0;
	for (size_t i = 0; i < s->n_nodes; i++) {
		g->first[i] = n;
		n += collect(s, (uint32_t)i, g->events + n);
	}
	g->first[s->n_nodes] = n;
	return 0;
}

void lull_gates_finish(struct lull_gates *g)
{
	free(g->events);
	free(g->first);
	*g = (struct lull_gates){0};
}

double lull_gates_effect(const struct lull_scene_event *e, uint64_t ts_ns)
{
	if (ts_ns < e->from_ns)
		return 0;
	if (ts_ns < e->to_ns) {
		uint64_t since = ts_ns - e->from_ns;
		return since < e->ramp_ns ? (double)since / (double)e->ramp_ns : 1;
	}
	uint64_t since = ts_ns - e->to_ns;
	return since < e->recovery_ns ? 1 - (double)since / (double)e->recovery_ns : 0;
}

double lull_gates_remaining(
	const struct lull_gates *g, uint32_t node, uint16_t upstream, uint64_t ts_ns, double *in)
{
	double least = 1;
	*in = 1;
	for (uint32_t i = g->first[node]; i < g->first[node + 1]; i++) {
		const struct lull_scene_event *e = &g->scenario->events[g->events[i]];
		if (e->kind != LULL_SCENE_OUTAGE || !(e->upstreams >> upstream & 1))
			continue;
		double remaining = 1 - lull_gates_effect(e, ts_ns) * (1 - e->remaining);
		if (remaining < least) {
			least = remaining;
			*in = e->in;
		}
	}
	return least;
}

uint16_t lull_gates_upstream(
	const struct lull_gates *g, uint32_t node, uint16_t upstream, double q, uint64_t ts_ns)
{
	for (uint32_t i = g->first[node]; i < g->first[node + 1]; i++) {
		const struct lull_scene_event *e = &g->scenario->events[g->events[i]];
		if (e->kind == LULL_SCENE_MOVED && (e->upstreams >> upstream & 1) &&
			q < e->fraction * lull_gates_effect(e, ts_ns))
			return (uint16_t)e->onto;
	}
	return upstream;
}
