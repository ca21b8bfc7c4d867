// SPDX-License-Identifier: BSD-3-Clause
// What a trial says: the cells of a grid, and whether what was to be reached was.

#include "bound.h"
#include "detect/gamma.h"
#include "trial.h"
#include <lull/time.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TEXT 96

static const char *const axis_names[LULL_GRID_AXES] = {
	"lambda", "phi", "sigma", "diurnal", "remains"};

// Seconds for people; never: more than half were missed.
static const char *seconds(double s, char *out)
{
	if (isnan(s))
		return "-";
	if (isinf(s))
		return "never";
	if (s < 100)
		snprintf(out, TEXT, "%.3g s", s);
	else if (s < 6000)
		snprintf(out, TEXT, "%.3g min", s / 60);
	else
		snprintf(out, TEXT, s < 360000 ? "%.3g h" : "%.0f h", s / 3600);
	return out;
}

static const char *number(double x, const char *format, char *out)
{
	if (isnan(x))
		return "-";
	if (isinf(x))
		return "never";
	snprintf(out, TEXT, format, x);
	return out;
}

// A rate below one a second is told by the minute.
static const char *rate(double per_s, char *out)
{
	if (per_s >= 0.5 || per_s == 0)
		snprintf(out, TEXT, "%.4g/s", per_s);
	else
		snprintf(out, TEXT, "%.4g/min", per_s * 60);
	return out;
}

static void axes(const struct lull_grid *g, size_t cell, struct lull_text *out)
{
	char text[TEXT];
	double v[LULL_GRID_AXES];
	for (size_t a = LULL_GRID_AXES; a-- > 0; cell /= g->axes[a].n)
		v[a] = g->axes[a].values[cell % g->axes[a].n];
	for (size_t a = 0; a < LULL_GRID_AXES; a++) {
		if (g->axes[a].n < 2)
			continue;
		if (a == LULL_GRID_LAMBDA)
			lull_text_add(out, "%9s", rate(v[a], text));
		else
			lull_text_add(out, "%9.4g", v[a]);
	}
}

// False claims the budget allows in the time that was watched.
static double allowed(const struct lull_trial *t, const struct lull_score *s)
{
	return t->budget_per_day * 7 * s->weeks;
}

static void false_interval(size_t n, double *lo, double *hi)
{
	*lo = lull_gamma_quantile((double)n, 0.025);
	*hi = lull_gamma_quantile((double)n + 1, 0.975);
}

static size_t count_found(const struct lull_doubles *delays, double within_s)
{
	size_t n = 0;
	for (size_t i = 0; i < delays->n; i++)
		n += delays->items[i] <= within_s && isfinite(delays->items[i]);
	return n;
}

static void row(const struct lull_trial *t, const struct lull_trial_cell *c, double bound_s,
	struct lull_text *out)
{
	char a[TEXT], b[TEXT], d[TEXT], e[TEXT], f[TEXT], g[TEXT];
	double lo, hi;
	false_interval(c->score.false_claims, &lo, &hi);
	lull_text_add(out, "%8.4g%7zu %7.3g to %-7.3g%9.3g", c->score.weeks, c->score.false_claims,
		lo, hi, allowed(t, &c->score));
	lull_text_add(out, "%8zu%7zu%10s%10s%10s%7s%7s", c->delays.n,
		count_found(&c->delays, INFINITY), seconds(lull_trial_quantile(&c->delays, 0.5), a),
		seconds(lull_trial_quantile(&c->delays, 0.95), b), seconds(bound_s, d),
		number(lull_trial_quantile(&c->ratios, 0.5), "%.2f", e),
		number(lull_trial_quantile(&c->ratios, 0.95), "%.2f", f));
	double errors[2];
	errors[0] = lull_score_quantile(c->score.onset_bins, c->score.n_delays, 0.5);
	errors[1] = lull_score_quantile(c->score.onset_bins, c->score.n_delays, 0.95);
	if (c->score.n_delays > 0 && (isnan(errors[0]) || isnan(errors[1])))
		out->failed = 1; // no memory
	lull_text_add(out, "%8s%8s", number(errors[0], "%.2g", a), number(errors[1], "%.2g", b));
	if (c->score.found == 0) {
		lull_text_add(out, "        -\n");
		return;
	}
	lull_bound_share(c->score.covered, c->score.found, &lo, &hi);
	lull_text_add(out, "%7s %% (%s to %s)\n",
		number(100.0 * (double)c->score.covered / (double)c->score.found, "%.1f", d),
		number(100 * lo, "%.1f", f), number(100 * hi, "%.1f", g));
}

static void head(const struct lull_trial *t, const char *rival, struct lull_text *out)
{
	const struct lull_grid *g = t->grid;
	lull_text_add(out, "%s: %s\n", g->name, rival);
	for (size_t a = 0; a < LULL_GRID_AXES; a++)
		if (g->axes[a].n > 1)
			lull_text_add(out, "%9s", axis_names[a]);
	lull_text_add(out, "%8s%7s %-18s%9s%8s%7s%10s%10s%10s%14s%16s   %s\n", "weeks", "false",
		"    95 % interval", "allowed", "outages", "found", "delay 50%", "95%", "bound",
		"ratio 50% 95%", "onset bins 95%", "onset held by its interval");
}

static double cell_bound(const struct lull_trial *t, size_t cell)
{
	struct lull_sim_spec spec = lull_grid_cell(t->grid, cell);
	struct lull_bound_case c = {spec.lambda, spec.phi, spec.sigma, spec.outages.lo,
		(double)spec.bin_ns / 1e9, t->budget_per_day};
	return lull_bound(&c).delay_s;
}

void lull_trial_table(const struct lull_trial *t, struct lull_text *out)
{
	char budget[TEXT];
	if (t->n_cells < 2)
		return;
	const struct lull_grid *g = t->grid;
	number(t->budget_per_day, "%.4g", budget);
	lull_text_add(out,
		"%s: %zu cells, each %u series of %.4g weeks; budget %s false alarms a day on "
		"each series\n\n",
		g->name, t->n_cells, g->series, g->base.weeks, budget);
	for (size_t r = 0; r < t->n_rivals; r++) {
		head(t, t->rivals[r]->name, out);
		for (size_t i = 0; i < t->n_cells; i++) {
			axes(g, i, out);
			row(t, &t->cells[i * t->n_rivals + r], cell_bound(t, i), out);
		}
		for (size_t a = 0, first = 1; a < LULL_GRID_AXES; a++)
			if (g->axes[a].n > 1) {
				lull_text_add(out, "%9s", first ? "all" : "");
				first = 0;
			}
		row(t, &t->all[r], NAN, out);
		lull_text_add(out, "\n");
	}
}

// A measured value as text, and whether it is what was to be reached: within, outside, or
// nothing was there to measure.
struct answer {
	char text[TEXT];
	const char *verdict;
};

static const char *verdict(bool good)
{
	return good ? "within" : "OUTSIDE";
}

// More than allowed by chance is no proof: outside is what the exact interval excludes.
static void answer_false(const struct lull_trial *t, size_t r, struct answer *a)
{
	const struct lull_score *s = &t->all[r].score;
	double lo, hi;
	false_interval(s->false_claims, &lo, &hi);
	snprintf(a->text, TEXT, "%zu (%.3g to %.3g)", s->false_claims, lo, hi);
	a->verdict = verdict(lo <= allowed(t, s));
}

static void answer_delay(const struct lull_trial *t, size_t r, struct answer *a)
{
	char p50[TEXT], p95[TEXT];
	double median = lull_trial_quantile(&t->all[r].delays, 0.5);
	double high = lull_trial_quantile(&t->all[r].delays, 0.95);
	snprintf(a->text, TEXT, "%.20s (p95 %.20s)", seconds(median, p50), seconds(high, p95));
	if (!isnan(median))
		a->verdict = verdict(median <= (double)t->grid->reach.delay_ns / 1e9);
}

static void answer_found(const struct lull_trial *t, size_t r, struct answer *a)
{
	const struct lull_doubles *d = &t->all[r].delays;
	size_t k = count_found(d, (double)t->grid->reach.within_ns / 1e9);
	double lo, hi;
	if (d->n == 0)
		return;
	lull_bound_share(k, d->n, &lo, &hi);
	double share = (double)k / (double)d->n;
	snprintf(a->text, TEXT, "%.1f %% (%.1f to %.1f)", 100 * share, 100 * lo, 100 * hi);
	a->verdict = verdict(share >= t->grid->reach.found);
}

static void answer_ratio(const struct lull_trial *t, size_t r, struct answer *a)
{
	size_t good = 0, n = 0;
	for (size_t i = 0; i < t->n_cells; i++) {
		double median = lull_trial_quantile(&t->cells[i * t->n_rivals + r].ratios, 0.5);
		n += !isnan(median);
		good += median <= t->grid->reach.ratio;
	}
	if (n == 0)
		return;
	snprintf(a->text, TEXT, "%zu of %zu cells", good, n);
	a->verdict = verdict(good == n);
}

static void answer_coverage(const struct lull_trial *t, size_t r, struct answer *a)
{
	const struct lull_score *s = &t->all[r].score;
	const struct lull_reach *reach = &t->grid->reach;
	double lo, hi;
	if (s->found == 0)
		return;
	lull_bound_share(s->covered, s->found, &lo, &hi);
	double share = (double)s->covered / (double)s->found;
	snprintf(a->text, TEXT, "%.1f %% (%.1f to %.1f)", 100 * share, 100 * lo, 100 * hi);
	a->verdict = verdict(share >= reach->coverage_lo && share <= reach->coverage_hi);
}

static void label(struct lull_text *out, const struct lull_trial *t, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void label(struct lull_text *out, const struct lull_trial *t, const char *format, ...)
{
	char what[TEXT], all[2 * TEXT + 8];
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	snprintf(all, sizeof(all), "%s: %s", t->grid->name, what);
	lull_text_add(out, "%-80s", all);
}

static void claim(struct lull_text *out, const struct lull_trial *t,
	void (*measure)(const struct lull_trial *, size_t, struct answer *))
{
	for (size_t r = 0; r < t->n_rivals; r++) {
		struct answer a = {.text = "-", .verdict = "-"};
		measure(t, r, &a);
		lull_text_add(out, "  %s: %s, %s%s", t->rivals[r]->name, a.text, a.verdict,
			r + 1 < t->n_rivals ? ";" : "\n");
	}
}

void lull_trial_claims(const struct lull_trial *t, struct lull_text *out)
{
	const struct lull_reach *reach = &t->grid->reach;
	char text[TEXT];
	if (t->n_rivals == 0)
		return;
	label(out, t, "false alarms <= %.3g", allowed(t, &t->all[0].score));
	claim(out, t, answer_false);
	if (reach->delay_ns > 0) {
		label(out, t, "median delay <= %s", seconds((double)reach->delay_ns / 1e9, text));
		claim(out, t, answer_delay);
	}
	if (reach->within_ns > 0) {
		label(out, t, "found within %s >= %g %%",
			seconds((double)reach->within_ns / 1e9, text), 100 * reach->found);
		claim(out, t, answer_found);
	}
	if (reach->ratio > 0) {
		label(out, t, "median delay <= %g times the bound", reach->ratio);
		claim(out, t, answer_ratio);
	}
	if (reach->coverage_lo > 0) {
		label(out, t, "onset within interval %g to %g %%", 100 * reach->coverage_lo,
			100 * reach->coverage_hi);
		claim(out, t, answer_coverage);
	}
}
