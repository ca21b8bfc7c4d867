// SPDX-License-Identifier: BSD-3-Clause
// The tail is looked at anew whenever a 64th of the memory has changed.

#include "peak.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TAIL 50 // one in so many lies above the threshold
#define TAIL_MIN 24
#define APART 12 // sums between clusters, beside the width
#define PEAKS_MIN 4
#define LIKELY 50.0 // nats beyond which a weight is 0 or 1

void lull_peak_init(struct lull_peak *p, size_t width)
{
	memset(p, 0, sizeof(*p));
	p->width = width;
	p->age = SIZE_MAX;
}

void lull_peak_hole(struct lull_peak *p)
{
	p->filled = 0;
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

static double threshold(struct lull_peak *p)
{
	size_t above = p->n / TAIL > TAIL_MIN ? p->n / TAIL : TAIL_MIN;
	memcpy(p->sorted, p->sums, p->n * sizeof(*p->sums));
	qsort(p->sorted, p->n, sizeof(*p->sorted), by_size);
	return p->sorted[p->n - 1 - above];
}

struct tail {
	double m, excess, logs, log_sum; // peaks; sums of x - u, ln(x/u) and ln x over them
};

static void add_peak(struct tail *t, double peak, double u)
{
	if (peak <= 0.0)
		return;
	t->m += 1.0;
	t->excess += peak - u;
	t->logs += log(peak / u);
	t->log_sum += log(peak);
}

// In order of time, which is that of the ring from the oldest on.
static struct tail peaks_above(const struct lull_peak *p)
{
	struct tail t = {0};
	size_t oldest = p->n == LULL_PEAK_MEMORY ? p->next : 0, apart = APART + p->width, since = 0;
	double peak = 0.0;
	for (size_t i = 0; i < p->n; i++) {
		double x = p->sums[(oldest + i) % LULL_PEAK_MEMORY];
		since++;
		if (x <= p->u)
			continue;
		if (since > apart) {
			add_peak(&t, peak, p->u);
			peak = 0.0;
		}
		peak = x > peak ? x : peak;
		since = 0;
	}
	add_peak(&t, peak, p->u);
	return t;
}

static void look_at_tail(struct lull_peak *p)
{
	p->m = 0.0;
	p->u = threshold(p);
	if (!(p->u > 0.0))
		return;
	struct tail t = peaks_above(p);
	if (t.m < PEAKS_MIN)
		return;
	double light = -t.m * log(t.excess / t.m);
	double heavy = -t.m * log(t.logs / t.m) - t.log_sum;
	double ahead = fmin(fmax(light - heavy, -LIKELY), LIKELY);
	p->m = t.m;
	p->rate = t.m / (double)p->n;
	p->scale = t.excess;
	p->shape = t.logs;
	p->heavy = 1.0 / (1.0 + exp(ahead));
}

static double probability(const struct lull_peak *p, double x)
{
	if (!(p->m > 0.0) || x <= p->u)
		return 1.0;
	double heavy = exp(-p->m * log1p(log(x / p->u) / p->shape));
	double light = exp(-p->m * log1p((x - p->u) / p->scale));
	return p->rate * (p->heavy * heavy + (1.0 - p->heavy) * light);
}

static void remember(struct lull_peak *p, double sum)
{
	p->total += sum - (p->n == LULL_PEAK_MEMORY ? p->sums[p->next] : 0.0);
	p->sums[p->next] = sum;
	p->next = (p->next + 1) % LULL_PEAK_MEMORY;
	p->n += p->n < LULL_PEAK_MEMORY;
	p->seen++;
	p->age += p->age < SIZE_MAX;
}

double lull_peak_take(struct lull_peak *p, double value)
{
	double sum = 0.0, chance = 1.0;
	memmove(p->window, p->window + 1, (p->width - 1) * sizeof(*p->window));
	p->window[p->width - 1] = value < 1e100 ? value : 1e100;
	if (++p->filled < p->width)
		return 1.0;
	for (size_t i = 0; i < p->width; i++)
		sum += p->window[i];
	if (p->n >= LULL_PEAK_WARMUP) {
		if (p->age > p->n / 64) {
			look_at_tail(p);
			p->age = 0;
		}
		chance = probability(p, sum);
	}
	remember(p, sum);
	return chance;
}

double lull_peak_mean(const struct lull_peak *p)
{
	return p->n > 0 ? p->total / ((double)p->n * (double)p->width) : NAN;
}
