// SPDX-License-Identifier: BSD-3-Clause
// Matching of claims with true events, and the sums and rates that follow.

#include "score.h"

#include "detect/gamma.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLACK_BINS 2

struct span {
	uint64_t lo, hi; // both ends belong to it
};

static uint64_t later(uint64_t t, uint64_t by)
{
	return t > UINT64_MAX - by ? UINT64_MAX : t + by; // LULL_TIME_NONE stays what it is
}

static struct span span_of(const struct lull_truth *t, uint64_t bin_ns)
{
	uint64_t slack = SLACK_BINS * bin_ns;
	return (struct span){
		t->start_ns > slack ? t->start_ns - slack : 0, later(t->end_ns, slack)};
}

static bool same_way(const struct lull_truth *t, const struct lull_claim *c)
{
	return t->way == LULL_TRUTH_EITHER || (t->way == LULL_TRUTH_RISE) == c->up;
}

static bool made_within(struct span s, const struct lull_claim *c)
{
	return c->detected_ns >= s.lo && c->detected_ns <= s.hi;
}

static bool reaches_into(struct span s, const struct lull_claim *c)
{
	return c->detected_ns >= s.lo && c->onset_ns <= s.hi && c->end_ns > s.lo;
}

// The first event that is not found yet and that the claim may find by `about`; or n.
static size_t first_missing(const struct lull_truth *truths, size_t n, uint64_t bin_ns,
	const struct lull_claim *c, const bool *found,
	bool (*about)(struct span, const struct lull_claim *))
{
	size_t i = 0;
	for (; i < n; i++)
		if (!found[i] && same_way(&truths[i], c) && about(span_of(&truths[i], bin_ns), c))
			break;
	return i;
}

// The return from a fall is a rise: for excuses, either way will do.
static bool excused(
	const struct lull_truth *truths, size_t n, uint64_t bin_ns, const struct lull_claim *c)
{
	for (size_t i = 0; i < n; i++) {
		struct span s = span_of(&truths[i], bin_ns);
		if (made_within(s, c) || (same_way(&truths[i], c) && reaches_into(s, c)))
			return true;
	}
	return false;
}

int lull_score_match(const struct lull_truth *truths, size_t n, uint64_t bin_ns,
	const struct lull_claims *claims, long *matches)
{
	bool *found = calloc(n + 1, sizeof(*found));
	if (found == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < claims->n; i++) {
		const struct lull_claim *c = &claims->items[i];
		size_t t = first_missing(truths, n, bin_ns, c, found, made_within);
		if (t == n)
			t = first_missing(truths, n, bin_ns, c, found, reaches_into);
		if (t < n) {
			found[t] = true;
			matches[i] = (long)t;
		} else {
			matches[i] =
				excused(truths, n, bin_ns, c) ? LULL_MATCH_EXTRA : LULL_MATCH_FALSE;
		}
	}
	free(found);
	return 0;
}

static int reserve(struct lull_score *s, size_t more)
{
	size_t need = s->n_delays + more;
	if (need <= s->cap_delays)
		return 0;
	size_t cap = need > 2 * s->cap_delays ? need : 2 * s->cap_delays;
	double *delays = realloc(s->delays_s, cap * sizeof(*delays));
	if (delays == NULL)
		return -ENOMEM;
	s->delays_s = delays;
	double *onsets = realloc(s->onset_bins, cap * sizeof(*onsets));
	if (onsets == NULL)
		return -ENOMEM;
	s->onset_bins = onsets;
	s->cap_delays = cap;
	return 0;
}

static double distance(uint64_t a, uint64_t b)
{
	return a > b ? (double)(a - b) : (double)(b - a);
}

static void add_found(struct lull_score *score, const struct lull_timeseries *s,
	const struct lull_truth *t, uint64_t truth_bin_ns, const struct lull_claim *c)
{
	uint64_t wide = t->precision_ns > 0 ? t->precision_ns : truth_bin_ns / 2;
	uint64_t lo = c->onset_lo_ns > wide ? c->onset_lo_ns - wide : 0;
	score->found++;
	score->covered += t->start_ns >= lo && t->start_ns <= later(c->onset_hi_ns, wide);
	score->delays_s[score->n_delays] =
		c->detected_ns > t->start_ns ? distance(c->detected_ns, t->start_ns) / 1e9 : 0.0;
	score->onset_bins[score->n_delays] = distance(c->onset_ns, t->start_ns) / (double)s->bin_ns;
	score->n_delays++;
}

// Set marks[i] for every bin that has a part in [lo, hi).
static void mark(bool *marks, const struct lull_timeseries *s, uint64_t lo, uint64_t hi)
{
	if (hi <= s->start_ns || hi <= lo)
		return;
	uint64_t first = lo > s->start_ns ? (lo - s->start_ns) / s->bin_ns : 0;
	uint64_t last = (hi - 1 - s->start_ns) / s->bin_ns;
	for (uint64_t i = first; i <= last && i < s->n; i++)
		marks[i] = true;
}

static int add_bins(struct lull_score *score, const struct lull_timeseries *s,
	const struct lull_truth *truths, size_t n_truths, const struct lull_claims *claims)
{
	bool *true_bins = calloc(2 * (s->n + 1), sizeof(*true_bins));
	if (true_bins == NULL)
		return -ENOMEM;
	bool *claimed = true_bins + s->n + 1;
	for (size_t i = 0; i < n_truths; i++) {
		struct span span = span_of(&truths[i], s->bin_ns);
		mark(true_bins, s, span.lo, span.hi);
	}
	for (size_t i = 0; i < claims->n; i++)
		mark(claimed, s, claims->items[i].onset_ns, claims->items[i].end_ns);
	size_t present = 0, clean = 0, wrong = 0;
	for (size_t i = 0; i < s->n; i++) {
		if (isnan(s->value[i]))
			continue;
		present++;
		clean += !true_bins[i];
		wrong += !true_bins[i] && claimed[i];
	}
	score->clean_bins += (double)clean;
	score->false_bins += (double)wrong;
	score->weeks += (double)present * (double)s->bin_ns / (double)LULL_WEEK_NS;
	free(true_bins);
	return 0;
}

// Weeks with a value in them, and those of them without a false claim.
static void add_weeks(struct lull_score *score, const struct lull_timeseries *s,
	const struct lull_claims *claims, const long *matches)
{
	size_t bin = 0, claim = 0;
	for (uint64_t week = 0; bin < s->n; week++) {
		uint64_t end = (week + 1) * LULL_WEEK_NS;
		bool present = false, calm = true;
		for (; bin < s->n && bin * s->bin_ns < end; bin++)
			present |= !isnan(s->value[bin]);
		for (; claim < claims->n && claims->items[claim].detected_ns - s->start_ns <= end;
			claim++)
			calm &= matches[claim] != LULL_MATCH_FALSE;
		score->series_weeks += present;
		score->calm_series_weeks += present && calm;
	}
}

int lull_score_add(struct lull_score *score, const struct lull_timeseries *s,
	const struct lull_truth *truths, size_t n_truths, uint64_t truth_bin_ns,
	const struct lull_claims *claims)
{
	long *matches = calloc(claims->n + 1, sizeof(*matches));
	if (matches == NULL || reserve(score, n_truths) < 0 ||
		lull_score_match(truths, n_truths, s->bin_ns, claims, matches) < 0 ||
		add_bins(score, s, truths, n_truths, claims) < 0) {
		free(matches);
		return -ENOMEM;
	}
	score->series++;
	score->truths += n_truths;
	for (size_t i = 0; i < claims->n; i++) {
		if (matches[i] >= 0)
			add_found(score, s, &truths[matches[i]], truth_bin_ns, &claims->items[i]);
		score->false_claims += matches[i] == LULL_MATCH_FALSE;
		score->extra_claims += matches[i] == LULL_MATCH_EXTRA;
	}
	add_weeks(score, s, claims, matches);
	free(matches);
	return 0;
}

int lull_score_merge(struct lull_score *into, const struct lull_score *more)
{
	if (reserve(into, more->n_delays) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < more->n_delays; i++) {
		into->delays_s[into->n_delays] = more->delays_s[i];
		into->onset_bins[into->n_delays++] = more->onset_bins[i];
	}
	into->series += more->series;
	into->truths += more->truths;
	into->found += more->found;
	into->false_claims += more->false_claims;
	into->extra_claims += more->extra_claims;
	into->weeks += more->weeks;
	into->clean_bins += more->clean_bins;
	into->false_bins += more->false_bins;
	into->covered += more->covered;
	into->series_weeks += more->series_weeks;
	into->calm_series_weeks += more->calm_series_weeks;
	return 0;
}

void lull_score_free(struct lull_score *score)
{
	free(score->delays_s);
	free(score->onset_bins);
	*score = (struct lull_score){0};
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double lull_score_quantile(const double *values, size_t n, double q)
{
	double *sorted = n > 0 ? malloc(n * sizeof(*sorted)) : NULL;
	if (sorted == NULL)
		return NAN;
	memcpy(sorted, values, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), ascending);
	double at = q * (double)(n - 1);
	size_t i = (size_t)at;
	double v = sorted[i];
	if (i + 1 < n)
		v += (at - (double)i) * (sorted[i + 1] - v);
	free(sorted);
	return v;
}

static double ratio(double a, double b)
{
	return b > 0.0 ? a / b : NAN;
}

struct lull_rates lull_score_rates(const struct lull_score *s)
{
	double wrong = (double)s->false_claims, found = (double)s->found;
	struct lull_rates r = {
		.tpr = ratio(found, (double)s->truths),
		.fpr = ratio(s->false_bins, s->clean_bins),
		.precision = ratio(found, found + wrong),
		.coverage = ratio((double)s->covered, found),
		.calm = ratio((double)s->calm_series_weeks, (double)s->series_weeks),
		// 2PR/(P + R), and 0 when events were there and none was found
		.f1 = s->truths > 0 ? 2.0 * found / (found + wrong + (double)s->truths) : NAN,
		.false_per_1000 = ratio(1000.0 * wrong, s->weeks),
		.false_lo = ratio(1000.0 * lull_gamma_quantile(wrong, 0.025), s->weeks),
		.false_hi = ratio(1000.0 * lull_gamma_quantile(wrong + 1.0, 0.975), s->weeks),
	};
	return r;
}
