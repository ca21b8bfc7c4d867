// SPDX-License-Identifier: BSD-3-Clause
// Partial falls: for a change at share x inside bin b, the bins after b keep mu, b itself keeps
// 1 - (1 - x)(1 - mu); mu is the ratio of counts to forecasts after b, the best there is.
// Silence is dated better by the last packet: with arrivals at rate lambda/phi, the time from the
// last packet to the onset is exponential, so its quantiles are exact for Poisson arrivals and on
// the safe side for batches.

#include "onset.h"
#include "focus.h"
#include "moment.h"
#include <lull/time.h>
#include <math.h>

#define STEPS 8 // places inside a bin that are tried

struct profile {
	const struct lull_recent *h;
	double phi;
	double best; // nats
	uint64_t ns, lo_ns, hi_ns;
};

static double at_place(const struct lull_recent_bin *b, double x, double mu, double after)
{
	double keep = 1.0 - (1.0 - x) * (1.0 - mu), k = (double)b->k, l = (double)b->l;
	if (keep <= 0.0)
		return k > 0.0 ? -INFINITY : after + l;
	return after + k * log(keep) + l * (1.0 - keep);
}

// Walk every place of change from the newest back. With floor = -INFINITY it looks for the best;
// a second walk with floor = best - drop collects the interval.
static void walk(struct profile *p, double floor)
{
	double k = 0.0, l = 0.0;
	for (size_t i = p->h->n; i-- > 0;) {
		const struct lull_recent_bin *b = &p->h->bins[i];
		double mu = l > 0.0 ? fmin(k / l, 1.0) : 0.0;
		double after = lull_focus_ratio(k, l);
		for (int s = STEPS - 1; s >= 0; s--) {
			double x = (s + 0.5) / STEPS;
			double ratio = at_place(b, x, mu, after) / p->phi;
			uint64_t ns = b->start_ns + (uint64_t)(x * (double)b->len_ns);
			uint64_t half = b->len_ns / (2 * STEPS);
			if (isinf(floor) && ratio > p->best) {
				p->best = ratio;
				p->ns = ns;
			}
			if (!isinf(floor) && ratio >= floor) {
				p->lo_ns = ns - half < p->lo_ns ? ns - half : p->lo_ns;
				p->hi_ns = ns + half > p->hi_ns ? ns + half : p->hi_ns;
			}
		}
		k += (double)b->k;
		l += (double)b->l;
	}
}

// Packets per second expected around the onset: over the ten bins up to it.
static double rate_before(const struct lull_recent *h, size_t at)
{
	double l = 0.0, s = 0.0;
	for (size_t i = at + 1; i-- > 0 && at - i < 10;) {
		l += (double)h->bins[i].l;
		s += 1e-9 * (double)h->bins[i].len_ns;
	}
	return s > 0.0 ? l / s : 0.0;
}

static struct lull_instant silence(uint64_t last_ns, double rate, double delta)
{
	double median = 0.69314718055994531 / rate, far = -log(delta) / rate;
	return (struct lull_instant){
		.ns = last_ns + lull_moment_ns(median),
		.lo_ns = last_ns,
		.hi_ns = last_ns + lull_moment_ns(far),
	};
}

// How well "nothing at all since the last packet" explains the history; -INFINITY when packets
// came after it.
static double silent_ratio(const struct lull_recent *h, uint64_t last_ns)
{
	double l = 0.0;
	if (last_ns == LULL_TIME_NONE)
		return -INFINITY;
	for (size_t i = h->n; i-- > 0;) {
		const struct lull_recent_bin *b = &h->bins[i];
		if (b->start_ns <= last_ns) {
			double x = fmin((double)(last_ns - b->start_ns) / (double)b->len_ns, 1.0);
			return at_place(b, fmax(x, 1e-6), 0.0, l);
		}
		if (b->k > 0.0f)
			return -INFINITY;
		l += (double)b->l;
	}
	return l;
}

static struct lull_focus_best focus(const struct lull_recent *h)
{
	struct lull_focus_point points[LULL_RECENT_BINS + 1];
	struct lull_focus f;
	lull_focus_init(&f, points, LULL_RECENT_BINS + 1);
	for (size_t i = 0; i < h->n; i++)
		lull_focus_update(&f, (double)h->bins[i].k, (double)h->bins[i].l);
	return lull_focus_best(&f);
}

struct lull_onset lull_onset_find(
	const struct lull_recent *h, double phi, double delta, uint64_t last_packet_ns)
{
	struct lull_focus_best best = focus(h);
	size_t at = best.ratio > 0.0 ? best.at : h->n - 1;
	const struct lull_recent_bin *bin = &h->bins[at];
	struct lull_onset o = {
		.at = {bin->start_ns, bin->start_ns, bin->start_ns + bin->len_ns},
		.after_ns = bin->start_ns,
		.ratio = best.ratio / phi,
	};
	if (best.ratio <= 0.0)
		return o;
	struct profile p = {.h = h, .phi = phi, .ns = bin->start_ns, .lo_ns = UINT64_MAX};
	walk(&p, -INFINITY);
	double rate = rate_before(h, at) / phi;
	if (rate > 0.0 && silent_ratio(h, last_packet_ns) / phi >= p.best + log(delta)) {
		o.at = silence(last_packet_ns, rate, delta);
		o.silent = true;
	} else {
		walk(&p, p.best + log(delta));
		o.at = (struct lull_instant){p.ns, p.lo_ns, p.hi_ns};
	}
	// The bin the change lies in is neither before nor after: leave it out where possible.
	while (at + 1 < h->n && h->bins[at].start_ns < o.at.ns)
		at++;
	o.after_ns = h->bins[at].start_ns;
	return o;
}
