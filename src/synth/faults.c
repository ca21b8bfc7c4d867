// SPDX-License-Identifier: BSD-3-Clause
// Faults of the tap.

#include "faults.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DUPLICATE_NS 5000 // mean delay of the second copy of a mirror

void lull_faults_init(struct lull_faults *t, const struct lull_scenario *s, uint64_t seed)
{
	*t = (struct lull_faults){.scenario = s};
	lull_random_init(&t->random, s->seed, seed);
	for (size_t i = 0; i < s->n_events; i++)
		t->active |= s->events[i].kind >= LULL_SCENE_LOSS;
}

void lull_faults_finish(struct lull_faults *t)
{
	for (uint32_t i = 0; i < t->n_held; i++)
		free((void *)(uintptr_t)t->held[i].packet.packet.data);
	free(t->held);
	free(t->given);
	*t = (struct lull_faults){0};
}

static bool before(const struct lull_held *a, const struct lull_held *b)
{
	return a->release_ns != b->release_ns ? a->release_ns < b->release_ns : a->order < b->order;
}

static int hold(struct lull_faults *t, const struct lull_synth_packet *p, uint64_t release_ns)
{
	if (t->n_held == t->cap) {
		uint32_t cap = t->cap == 0 ? 64 : 2 * t->cap;
		struct lull_held *held = realloc(t->held, cap * sizeof(*held));
		if (held == NULL)
			return -ENOMEM;
		t->held = held;
		t->cap = cap;
	}
	uint8_t *copy = malloc(p->packet.caplen + 1);
	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, p->packet.data, p->packet.caplen);
	struct lull_held new = {release_ns, t->order++, *p};
	new.packet.packet.data = copy;
	uint32_t i = t->n_held++;
	for (; i > 0 && before(&new, &t->held[(i - 1) / 2]); i = (i - 1) / 2)
		t->held[i] = t->held[(i - 1) / 2];
	t->held[i] = new;
	return 0;
}

bool lull_faults_due(struct lull_faults *t, uint64_t ts_ns, struct lull_synth_packet *out)
{
	free(t->given);
	t->given = NULL;
	if (t->n_held == 0 || t->held[0].release_ns > ts_ns)
		return false;
	*out = t->held[0].packet;
	t->given = (uint8_t *)(uintptr_t)out->packet.data;
	struct lull_held last = t->held[--t->n_held];
	uint32_t i = 0, child;
	while ((child = 2 * i + 1) < t->n_held) {
		if (child + 1 < t->n_held && before(&t->held[child + 1], &t->held[child]))
			child++;
		if (!before(&t->held[child], &last))
			break;
		t->held[i] = t->held[child];
		i = child;
	}
	t->held[i] = last;
	return true;
}

static bool strikes(struct lull_faults *t, const struct lull_scene_event *e)
{
	double u = lull_random_uniform(&t->random);
	return u < e->fraction;
}

int lull_faults_pass(struct lull_faults *t, struct lull_synth_packet *p)
{
	uint64_t ts = p->packet.ts_ns, late_ns = 0, twice_ns = 0;
	int64_t step = 0;
	if (!t->active)
		return 1;
	for (size_t i = 0; i < t->scenario->n_events; i++) {
		const struct lull_scene_event *e = &t->scenario->events[i];
		if (e->kind < LULL_SCENE_LOSS || ts < e->from_ns || ts >= e->to_ns)
			continue;
		if (e->kind == LULL_SCENE_GAP)
			return 0;
		if (e->kind == LULL_SCENE_CLOCK)
			step += e->step_ns;
		else if (!strikes(t, e))
			continue;
		else if (e->kind == LULL_SCENE_LOSS)
			return 0;
		else if (e->kind == LULL_SCENE_DUPLICATE)
			twice_ns =
				1 + (uint64_t)(DUPLICATE_NS * lull_random_exponential(&t->random));
		else
			late_ns = 1 + (uint64_t)((double)e->jitter_ns *
						 lull_random_uniform(&t->random));
	}
	p->packet.ts_ns = (uint64_t)((int64_t)ts + step);
	if (twice_ns > 0) {
		struct lull_synth_packet copy = *p;
		copy.packet.ts_ns += twice_ns;
		if (hold(t, &copy, ts + twice_ns) < 0)
			return -ENOMEM;
	}
	if (late_ns == 0)
		return 1;
	return hold(t, p, ts + late_ns) < 0 ? -ENOMEM : 0;
}
