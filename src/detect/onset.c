// SPDX-License-Identifier: BSD-3-Clause
// The change lies at share x inside bin b: bins before keep the share `before` of the forecast,
// bins after it `after`, b itself x before + (1 - x) after. Both shares are read from the bins
// close by, since level noise moves either within minutes; likelihoods are divided by phi, and
// every place is as likely beforehand as any other, so quantiles of the posterior are an interval
// that holds the onset as often as it says.
// Silence is dated by the last packet: with arrivals at rate lambda/phi, the time from the last
// packet to the onset is exponential, so its quantiles are exact for Poisson arrivals and on the
// safe side for batches.

#include "onset.h"
#include "focus.h"
#include "moment.h"
#include <lull/time.h>
#include <math.h>

#define STEPS 32   // places inside a bin
#define REACH 24   // bins looked at on either side of the best
#define BEFORE 16  // bins the rate before is read from
#define AFTER 60   // bins the rate after is read from
#define ABSURD 5.0 // nats by which the best place explains the counts better: one in 150

struct change {
	const struct lull_recent *h;
	size_t from, to; // bins looked at
	double phi, before, after;
	double best; // log-likelihood of the best place, over phi
};

static double poisson(double k, double share, double l)
{
	if (share > 0.0)
		return k * log(share) - share * l;
	return k > 0.0 ? -INFINITY : 0.0;
}

// Weight of every place, e^(log-likelihood - best), times the length of its bin. Returns their sum.
static double weigh(struct change *c, double weights[][STEPS])
{
	double left = 0.0, right[2 * REACH + 2] = {0.0}, best = -INFINITY, total = 0.0;
	for (size_t i = c->to; i-- > c->from;)
		right[i - c->from] =
			right[i - c->from + 1] +
			poisson((double)c->h->bins[i].k, c->after, (double)c->h->bins[i].l);
	for (size_t i = c->from; i < c->to; i++) {
		double k = (double)c->h->bins[i].k, l = (double)c->h->bins[i].l;
		for (int s = 0; s < STEPS; s++) {
			double x = (s + 0.5) / STEPS;
			double share = c->before * x + c->after * (1.0 - x);
			double *w = &weights[i - c->from][s];
			*w = (left + poisson(k, share, l) + right[i - c->from + 1]) / c->phi;
			best = fmax(best, *w);
		}
		left += poisson(k, c->before, l);
	}
	c->best = best;
	for (size_t i = c->from; i < c->to; i++)
		for (int s = 0; s < STEPS; s++) {
			double *w = &weights[i - c->from][s];
			*w = exp(*w - best) * (double)c->h->bins[i].len_ns;
			total += *w;
		}
	return total;
}

// The time below which a share p of the weight lies.
static uint64_t quantile(
	const struct change *c, const double weights[][STEPS], double total, double p)
{
	double sum = 0.0;
	for (size_t i = c->from; i < c->to; i++) {
		const struct lull_recent_bin *b = &c->h->bins[i];
		for (int s = 0; s < STEPS; s++) {
			double w = weights[i - c->from][s];
			if (sum + w >= p * total && w > 0.0) {
				double x = (s + (p * total - sum) / w) / STEPS;
				return b->start_ns + (uint64_t)(x * (double)b->len_ns);
			}
			sum += w;
		}
	}
	const struct lull_recent_bin *last = &c->h->bins[c->to - 1];
	return last->start_ns + last->len_ns;
}

static double share(const struct lull_recent *h, size_t from, size_t to)
{
	double k = 0.0, l = 0.0;
	for (size_t i = from; i < to; i++) {
		k += (double)h->bins[i].k;
		l += (double)h->bins[i].l;
	}
	return l > 0.0 ? k / l : NAN;
}

// The rates around bin `at`, which itself and whose neighbour before may be mixed.
static struct change around(
	const struct lull_recent *h, const struct lull_onset_question *q, size_t at)
{
	size_t left = at > 0 ? at - 1 : 0, right = at + 1;
	struct change c = {.h = h, .phi = q->phi};
	c.from = at > REACH ? at - REACH : 0;
	c.to = h->n - at > REACH ? at + REACH + 1 : h->n;
	c.before = share(h, left > BEFORE ? left - BEFORE : 0, left);
	c.after = share(h, right, h->n - right > AFTER ? right + AFTER : h->n);
	if (isnan(c.after))
		c.after = share(h, at, h->n); // it is the last one
	if (isnan(c.after))
		c.after = 0.0;
	c.after = fmin(c.after, 1.0);
	if (isnan(c.before))
		c.before = 1.0;
	c.before = fmax(c.before, fmax(q->floor, 1.05 * c.after));
	return c;
}

static struct lull_focus_best focus(const struct lull_recent *h, double share)
{
	struct lull_focus_point points[LULL_RECENT_BINS + 1];
	struct lull_focus f;
	lull_focus_init(&f, points, LULL_RECENT_BINS + 1);
	for (size_t i = 0; i < h->n; i++)
		lull_focus_update(&f, (double)h->bins[i].k, share * (double)h->bins[i].l);
	return lull_focus_best(&f);
}

static struct lull_instant silence(uint64_t last_ns, double rate, double delta)
{
	return (struct lull_instant){
		.ns = last_ns + lull_moment_ns(0.69314718055994531 / rate),
		.lo_ns = last_ns,
		.hi_ns = last_ns + lull_moment_ns(-log(delta) / rate),
	};
}

// Packets per second that came just before.
static double rate_before(const struct change *c, size_t at)
{
	const struct lull_recent_bin *b = &c->h->bins[at];
	return c->before * (double)b->l / (1e-9 * (double)b->len_ns) / c->phi;
}

// Does "nothing at all since the last packet" explain the counts at all? A
// packet that is left of what remains is not the last of the old rate.
static bool silent(const struct change *c, const struct lull_onset_question *q)
{
	double sum = 0.0;
	if (q->last_ns == LULL_TIME_NONE)
		return false;
	for (size_t i = c->from; i < c->to; i++) {
		const struct lull_recent_bin *b = &c->h->bins[i];
		double k = (double)b->k, l = (double)b->l, share = 0.0;
		if (b->start_ns + b->len_ns <= q->last_ns)
			share = c->before;
		else if (b->start_ns <= q->last_ns)
			share = c->before *
				fmax((double)(q->last_ns - b->start_ns) / (double)b->len_ns, 1e-6);
		sum += poisson(k, share, l);
	}
	return sum / c->phi >= c->best - ABSURD;
}

struct lull_onset lull_onset_find(const struct lull_recent *h, const struct lull_onset_question *q)
{
	// Against the forecast itself a dip of level noise before the fall would count as part of
	// it; against the floor the end of a slow fall would be all of it.
	struct lull_focus_best best = focus(h, sqrt(q->floor));
	size_t at = best.ratio > 0.0 ? best.at : h->n - 1;
	const struct lull_recent_bin *bin = &h->bins[at];
	struct lull_onset o = {
		.at = {bin->start_ns, bin->start_ns, bin->start_ns + bin->len_ns},
		.after_ns = bin->start_ns,
		.ratio = best.ratio / q->phi,
	};
	if (best.ratio <= 0.0)
		return o;
	double weights[2 * REACH + 1][STEPS];
	struct change c = around(h, q, at);
	double rate = rate_before(&c, at), total = weigh(&c, weights);
	if (rate > 0.0 && silent(&c, q)) {
		o.at = silence(q->last_ns, rate, q->delta);
		o.silent = true;
	} else {
		o.at = (struct lull_instant){quantile(&c, weights, total, 0.5),
			quantile(&c, weights, total, 0.5 * q->delta),
			quantile(&c, weights, total, 1.0 - 0.5 * q->delta)};
	}
	// The bin the change lies in is neither before nor after: leave it out where possible.
	while (at + 1 < h->n && h->bins[at].start_ns < o.at.ns)
		at++;
	o.after_ns = h->bins[at].start_ns;
	return o;
}
