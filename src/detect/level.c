// SPDX-License-Identifier: BSD-3-Clause
// The scan over a segment, with sums cumulated once a value. Values are taken relative to the first
// of the segment, so that a large level costs no digits.

#include "level.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CLIP 3.0           // sigma a value may be away and still count in full
#define RHO_MAX 0.9        // a random walk is taken for this: long excursions of it are changes
#define FLOOR 0.5          // of the spread of all values: less is no change anybody would see
#define OUTLIERS 0.05      // what is more frequent than this is noise
#define LINE 8.0           // nats that a slope has to be worth
#define LINE_MIN 8         // values a line needs
#define SHORT 8            // of a segment this short the middle is the median
#define BEFORE_MIN 4       // values of a segment before a change
#define WIDTH 3.0          // nats: the interval of the place
#define HUGE_VALUE 1e100   // beyond it squares would overflow
#define NORMAL_MAD 1.4826  // standard deviation over median absolute deviation
#define NORMAL_CLIP 0.9925 // variance of a normal value clipped at three deviations
#define KEPT (3 * LULL_LEVEL_SPAN / 4)

void lull_level_init(struct lull_level *l, double alpha)
{
	memset(l, 0, sizeof(*l));
	l->alpha = alpha;
	l->fresh = SIZE_MAX;
}

static double clip(double v, double middle, double by)
{
	return v < middle - by ? middle - by : v > middle + by ? middle + by : v;
}

static int by_size(const void *a, const void *b)
{
	const double *x = a, *y = b;
	return *x < *y ? -1 : *x > *y;
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_size);
	return n % 2 ? v[n / 2] : 0.5 * (v[n / 2 - 1] + v[n / 2]);
}

// Variance of the differences `lag` apart (0: of the values themselves), outliers winsorized.
static double variance(struct lull_level *l, size_t lag)
{
	double *d = l->ratio, *a = l->sorted, sum = 0.0; // both are free now
	size_t n = l->n - lag;
	for (size_t i = 0; i < n; i++)
		a[i] = d[i] = l->x[i + lag] - (lag > 0 ? l->x[i] : 0.0);
	double middle = median(a, n);
	for (size_t i = 0; i < n; i++)
		a[i] = fabs(d[i] - middle);
	double far = CLIP * NORMAL_MAD * median(a, n);
	far = fmax(far, a[(size_t)((1.0 - OUTLIERS) * (double)n)]);
	for (size_t i = 0; i < n; i++) {
		double e = fmin(a[i], far);
		sum += e * e;
	}
	return sum / ((double)n * NORMAL_CLIP);
}

static void look_at_noise(struct lull_level *l)
{
	double one = variance(l, 1), two = variance(l, 2);
	double rho = one > 0.0 ? clip(two / one - 1.0, 0.0, RHO_MAX + 1.0) : 0.0;
	rho = fmin(rho, RHO_MAX);
	double least = FLOOR * FLOOR * variance(l, 0);
	double noise = fmax(one / (2.0 * (1.0 - rho)), least);
	l->rho = rho;
	l->kappa = (1.0 - rho) / (1.0 + rho);
	l->sigma = sqrt(noise * (1.0 + 3.0 / sqrt((double)l->n)));
}

static struct lull_level_sums less(const struct lull_level_sums *a, const struct lull_level_sums *b)
{
	return (struct lull_level_sums){
		a->n - b->n, a->t - b->t, a->tt - b->tt, a->x - b->x, a->xx - b->xx, a->tx - b->tx};
}

static struct lull_level_sums more(const struct lull_level_sums *s, size_t i, double x)
{
	double t = (double)i;
	return (struct lull_level_sums){
		s->n + 1.0, s->t + t, s->tt + t * t, s->x + x, s->xx + x * x, s->tx + t * x};
}

static double slope_of(const struct lull_level_sums *s)
{
	return (s->tx - s->t * s->x / s->n) / (s->tt - s->t * s->t / s->n);
}

// weight: kappa / (2 sigma^2). *slope: of the line, 0 where a constant does.
static double cost(const struct lull_level_sums *s, double weight, double *slope)
{
	double rss = fmax(s->xx - s->x * s->x / s->n, 0.0), flat = weight * rss;
	*slope = 0.0;
	if (s->n < LINE_MIN || flat <= LINE)
		return flat;
	double b = slope_of(s);
	double line = weight * fmax(rss - b * (s->tx - s->t * s->x / s->n), 0.0) + LINE;
	if (line >= flat)
		return flat;
	*slope = b;
	return line;
}

static double weight_of(const struct lull_level *l)
{
	return l->kappa / (2.0 * l->sigma * l->sigma);
}

static double at_time(const struct lull_level_sums *s, double slope, double t)
{
	return s->x / s->n + slope * (t - s->t / s->n);
}

// A segment this young has no line to be away from: its median does instead.
static void clip_young(struct lull_level *l)
{
	size_t n = l->n - l->start;
	memcpy(l->sorted, &l->x[l->start], n * sizeof(*l->x));
	double middle = median(l->sorted, n);
	for (size_t i = l->start; i < l->n; i++)
		l->y[i] = clip(l->x[i], middle, CLIP * l->sigma);
}

// Sums over the segment, its last value clipped on the way. Returns how many values it has.
static size_t cumulate(struct lull_level *l)
{
	size_t n = l->n - l->start;
	const double first = l->y[l->start];
	double *y = &l->y[l->start], slope;
	l->sums[0] = (struct lull_level_sums){0};
	for (size_t i = 0; i < n; i++) {
		const struct lull_level_sums *s = &l->sums[i];
		if (i + 1 == n && n > SHORT) {
			cost(s, weight_of(l), &slope);
			double line = first + at_time(s, slope, (double)i);
			y[i] = clip(y[i], line, CLIP * l->sigma);
		}
		l->sums[i + 1] = more(s, i, y[i] - first);
	}
	return n;
}

static void describe(
	struct lull_level *l, size_t n, size_t at, double best, struct lull_level_change *c)
{
	const struct lull_level_sums *before = &l->sums[at];
	struct lull_level_sums since = less(&l->sums[n], before);
	double first = l->y[l->start], slope;
	cost(before, weight_of(l), &slope);
	size_t lo = at, hi = at;
	for (size_t i = BEFORE_MIN; i + 1 < n; i++) {
		if (l->ratio[i] < best - WIDTH)
			continue;
		lo = i < lo ? i : lo;
		hi = i > hi ? i : hi;
	}
	double sum = 0.0;
	for (size_t i = at; i < n; i++)
		sum += l->x[l->start + i];
	uint64_t origin = l->dropped + l->start;
	c->at = origin + at;
	c->lo = origin + lo;
	c->hi = origin + hi;
	// A line says little beyond half its own length.
	double middle = fmin(since.t / since.n, (double)at + 0.5 * before->n);
	c->expected = first + at_time(before, slope, middle);
	c->observed = sum / since.n;
	c->error = l->sigma * sqrt((1.0 / before->n + 1.0 / since.n) / l->kappa);
	c->evidence = best;
}

static double threshold(const struct lull_level *l, size_t n)
{
	return log(1.0 / l->alpha) + log((double)n);
}

static bool scan(struct lull_level *l, struct lull_level_change *c)
{
	size_t n = cumulate(l), at = 0;
	double weight = weight_of(l), slope, best = 0.0;
	double whole = cost(&l->sums[n], weight, &slope);
	c->threshold = threshold(l, n);
	if (whole < c->threshold)
		return false; // no part of it can be worth more
	for (size_t i = BEFORE_MIN; i + 1 < n; i++) {
		struct lull_level_sums since = less(&l->sums[n], &l->sums[i]);
		l->ratio[i] =
			whole - cost(&l->sums[i], weight, &slope) - cost(&since, weight, &slope);
		if (l->ratio[i] > best) {
			best = l->ratio[i];
			at = i;
		}
	}
	if (best < c->threshold)
		return false;
	describe(l, n, at, best, c);
	l->start += at;
	clip_young(l);
	return true;
}

static void keep(struct lull_level *l, double value)
{
	if (l->n == LULL_LEVEL_SPAN) {
		size_t old = LULL_LEVEL_SPAN - KEPT;
		memmove(l->x, &l->x[old], KEPT * sizeof(*l->x));
		memmove(l->y, &l->y[old], KEPT * sizeof(*l->y));
		l->n = KEPT;
		l->start = l->start > old ? l->start - old : 0;
		l->dropped += old;
	}
	l->x[l->n] = l->y[l->n] = clip(value, 0.0, HUGE_VALUE);
	l->n++;
}

bool lull_level_take(struct lull_level *l, double value, struct lull_level_change *change)
{
	keep(l, value);
	if (l->n < LULL_LEVEL_WARMUP)
		return false;
	if (l->fresh >= l->n / 32) {
		look_at_noise(l);
		l->fresh = 0;
	}
	l->fresh++;
	if (!(l->sigma > 0.0))
		return false; // it never moved
	if (l->n - l->start <= SHORT || l->dropped + l->n == LULL_LEVEL_WARMUP)
		clip_young(l);
	return scan(l, change);
}

static struct lull_level_sums segment(const struct lull_level *l)
{
	struct lull_level_sums s = {0};
	for (size_t i = l->start; i < l->n; i++)
		s = more(&s, i - l->start, l->y[i] - l->y[l->start]);
	return s;
}

double lull_level_forecast(const struct lull_level *l)
{
	double slope = 0.0;
	if (l->n == 0)
		return NAN;
	struct lull_level_sums s = segment(l);
	if (l->sigma > 0.0)
		cost(&s, weight_of(l), &slope);
	return l->y[l->start] + at_time(&s, slope, s.n);
}

double lull_level_delay(const struct lull_level *l, double value)
{
	if (!(l->sigma > 0.0))
		return INFINITY;
	double n = (double)(l->n - l->start), away = (lull_level_forecast(l) - value) / l->sigma;
	double each = 0.5 * l->kappa * fmin(away * away, CLIP * CLIP);
	double h = threshold(l, l->n - l->start), need = h / each;
	// m values later the ratio is each m n/(m + n): it has to reach h.
	return away <= 0.0 || need >= n ? INFINITY : fmax(ceil(need * n / (n - need)), 2.0);
}

double lull_level_scan(const struct lull_level *l, size_t *at)
{
	double best = 0.0, slope, weight = weight_of(l);
	struct lull_level_sums all = segment(l);
	size_t n = l->n - l->start;
	for (size_t i = BEFORE_MIN; i + 1 < n; i++) {
		struct lull_level_sums part[2] = {{.n = 0.0}, {.n = 0.0}};
		for (size_t k = 0; k < n; k++) {
			double y = l->y[l->start + k] - l->y[l->start];
			part[k >= i] = more(&part[k >= i], k, y);
		}
		double ratio = cost(&all, weight, &slope) - cost(&part[0], weight, &slope) -
			       cost(&part[1], weight, &slope);
		if (ratio > best) {
			best = ratio;
			*at = i;
		}
	}
	return best;
}
