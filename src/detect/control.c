// SPDX-License-Identifier: BSD-3-Clause
// The control groups, their common-mode factor, and the verdict on the tap.

#include "control.h"
#include "gamma.h"
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>

#define START_PACKETS 8
#define GROUP_PACKETS 20.0 // expected per group and bin: below it no G for single bins
#define DEADBAND 0.9       // noise of the median; G would otherwise sit a little below 1
#define FROZEN 0.7         // below it the groups learn nothing
#define GONE 0.2           // below it the tap is gone
#define ENOUGH 10.0        // effective packets expected before the control has a say
#define PATIENCE_S 120.0
#define SANK 0.85 // of what it was: with both intervals about a fifth less
#define MINUTE_NS (60 * LULL_NS_PER_SECOND)

void lull_control_init(struct lull_control *c)
{
	*c = (struct lull_control){0};
	for (size_t p = 0; p < LULL_PORTS_MAX; p++)
		c->ports[p].common = 1.0;
}

void lull_control_finish(struct lull_control *c)
{
	for (size_t p = 0; p < LULL_PORTS_MAX; p++)
		lull_watch_finish(&c->ports[p].total);
	lull_watch_finish(&c->world);
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

// Median over the groups of count over level: one flow, however large, moves one group.
static double median_ratio(const struct lull_control_port *p, const struct lull_port_bin *bin,
	double exposure_s, size_t *n)
{
	double ratios[LULL_CONTROL_GROUPS];
	*n = 0;
	for (size_t g = 0; g < LULL_CONTROL_GROUPS; g++)
		if (p->groups[g] * exposure_s >= GROUP_PACKETS)
			ratios[(*n)++] = (double)bin->control[g] / (p->groups[g] * exposure_s);
	if (*n == 0)
		return 1.0;
	qsort(ratios, *n, sizeof(ratios[0]), ascending);
	return 0.5 * (ratios[*n / 2] + ratios[(*n - 1) / 2]);
}

static void learn_groups(
	struct lull_control_port *p, const struct lull_port_bin *bin, double exposure_s)
{
	p->seen_s = fmin(p->seen_s + exposure_s, 1200.0);
	for (size_t g = 0; g < LULL_CONTROL_GROUPS; g++) {
		double rate = (double)bin->control[g] / exposure_s;
		if (p->seen_s >= 300.0) // as for every level: a flood teaches little
			rate = fmin(rate, 3.0 * p->groups[g] + 1.0);
		p->groups[g] += (rate - p->groups[g]) * exposure_s / p->seen_s;
	}
}

static void port_bin(
	struct lull_control_port *p, const struct lull_port_bin *bin, double exposure_s)
{
	uint64_t n = bin->law.classes[LULL_NOT_IP].packets;
	for (size_t g = 0; g < LULL_CONTROL_GROUPS; g++)
		n += bin->control[g];
	p->packets += n;
	if (p->active)
		lull_watch_count(&p->total, n, bin->first_ns, bin->last_ns);
	size_t groups;
	double ratio = median_ratio(p, bin, exposure_s, &groups);
	p->dense = groups >= LULL_CONTROL_GROUPS / 2 && p->seen_s >= 60.0;
	p->common = p->dense && ratio < DEADBAND ? ratio : 1.0;
	if (p->common >= FROZEN)
		learn_groups(p, bin, exposure_s);
}

double lull_control_bin(struct lull_control *c, const struct lull_bin *bin)
{
	double exposure_s = 1e-9 * (double)bin->len_ns * bin->exposure, best = 0.0;
	size_t n_dense = 0;
	c->seen_s += exposure_s;
	c->n_ports = bin->n_ports > c->n_ports ? bin->n_ports : c->n_ports;
	if (c->n_ports > LULL_PORTS_MAX)
		c->n_ports = LULL_PORTS_MAX;
	static const struct lull_port_bin nothing = {
		.first_ns = LULL_TIME_NONE, .last_ns = LULL_TIME_NONE};
	for (size_t i = 0; i < c->n_ports; i++) {
		struct lull_control_port *p = &c->ports[i];
		port_bin(p, i < bin->n_ports ? &bin->ports[i] : &nothing, exposure_s);
		n_dense += p->dense;
		if (p->dense)
			best = fmax(best, p->common);
	}
	uint64_t received = bin->law.received.packets;
	c->world_packets += received;
	if (c->world_active)
		lull_watch_count(&c->world, received, bin->start_ns, bin->start_ns);
	return n_dense == 0 || best < GONE ? 1.0 : best;
}

void lull_control_start(struct lull_control *c, const struct lull_watch_env *env, uint64_t time_ns,
	void (*add)(void *context, struct lull_watch *s), void *context)
{
	for (size_t i = 0; i < c->n_ports; i++) {
		struct lull_control_port *p = &c->ports[i];
		if (p->active || p->packets < START_PACKETS)
			continue;
		p->active = true;
		struct lull_watch_seed seed = {.rate = (double)p->packets / c->seen_s};
		lull_watch_init(&p->total, env, LULL_CONTROL_BUDGET, &seed, time_ns);
		p->total.wide = true;
		add(context, &p->total);
	}
	if (!c->world_active && c->world_packets >= START_PACKETS) {
		c->world_active = true;
		struct lull_watch_seed seed = {.rate = (double)c->world_packets / c->seen_s};
		lull_watch_init(&c->world, env, LULL_CONTROL_BUDGET, &seed, time_ns);
		c->world.wide = true;
		add(context, &c->world);
	}
}

struct lull_control_view lull_control_since(
	const struct lull_control *c, const struct lull_watch_env *env, uint64_t from_ns)
{
	struct lull_control_view v = {LULL_TAP_UNVERIFIED, {NAN, 0.0, INFINITY}, false, false};
	double k = 0.0, l = 0.0, phi = 1.0, rate = 0.0;
	for (size_t i = 0; i < c->n_ports; i++) {
		const struct lull_watch *s = &c->ports[i].total;
		if (!s->known)
			continue;
		struct lull_recent_sum sum = lull_watch_since(s, env, from_ns);
		struct lull_estimate one = lull_gamma_share(sum.k, sum.l, s->base.phi);
		if (sum.l >= ENOUGH * s->base.phi && one.hi < 0.3)
			v.one_port = true;
		k += sum.k;
		l += sum.l;
		rate += lull_watch_rate(s, from_ns);
		phi = fmax(phi, s->base.phi);
	}
	if (l > 0.0)
		v.ratio = lull_gamma_share(k, l, phi);
	v.waiting = l < ENOUGH * phi && rate * PATIENCE_S >= ENOUGH * phi;
	if (l < ENOUGH * phi)
		return v;
	if (v.ratio.hi < 0.3)
		v.health = LULL_TAP_FAILED;
	else if (v.ratio.hi < 0.7)
		v.health = LULL_TAP_DEGRADED;
	else if (v.ratio.lo > 0.5)
		v.health = v.one_port ? LULL_TAP_DEGRADED : LULL_TAP_HEALTHY;
	else
		v.waiting = rate * PATIENCE_S >= ENOUGH * phi;
	if (v.health != LULL_TAP_DEGRADED || v.ratio.hi < 0.7)
		v.one_port = false;
	return v;
}

bool lull_control_sank(
	const struct lull_control *c, const struct lull_watch_env *env, uint64_t at_ns)
{
	double before_k = 0.0, before_l = 0.0, k = 0.0, l = 0.0, phi = 1.0;
	uint64_t from_ns = at_ns > MINUTE_NS ? at_ns - MINUTE_NS : 0;
	for (size_t i = 0; i < c->n_ports; i++) {
		const struct lull_watch *s = &c->ports[i].total;
		if (!s->recent)
			continue;
		struct lull_recent_sum all = lull_watch_since(s, env, from_ns);
		struct lull_recent_sum since = lull_watch_since(s, env, at_ns);
		before_k += all.k - since.k;
		before_l += all.l - since.l;
		k += since.k;
		l += since.l;
		phi = fmax(phi, s->base.phi);
	}
	if (before_l < ENOUGH * phi || l < ENOUGH * phi)
		return false;
	double lo = lull_gamma_share(before_k, before_l, phi).lo;
	return lull_gamma_share(k, l, phi).hi < SANK * lo;
}

void lull_control_tend(struct lull_control *c, const struct lull_watch_env *env, uint64_t now_ns)
{
	size_t known = 0, down = 0;
	for (size_t i = 0; i < c->n_ports; i++) {
		struct lull_watch *s = &c->ports[i].total;
		known += s->known;
		down += s->alarmed && !s->recovered;
		lull_watch_tend(s, env, now_ns);
		if (s->state == LULL_LEARNING && s->base.bins == 0)
			c->ports[i].seen_s = 0.0; // the groups relearn with their sum
	}
	if (known > 0 && down == known)
		c->down_ns = now_ns;
	lull_watch_tend(&c->world, env, now_ns);
}
