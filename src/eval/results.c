// SPDX-License-Identifier: BSD-3-Clause
// Rows of figures, drawn and written.

#include "results.h"

#include "export/table.h"

#include <errno.h>
#include <lull/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct lull_result nothing = {
	.weeks = NAN,
	.events = NAN,
	.found = NAN,
	.wrong = NAN,
	.rates = {NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN},
	.delay_s = {NAN, NAN},
	.onset_bins = {NAN, NAN},
	.nab = {NAN, NAN, NAN},
	.tcpd_f1 = NAN,
	.tcpd_cover = NAN,
};

struct lull_result *lull_results_add(
	struct lull_results *r, const char *dataset, const char *detector)
{
	if (r->n == r->cap) {
		size_t cap = r->cap > 0 ? 2 * r->cap : 16;
		struct lull_result *grown = realloc(r->items, cap * sizeof(*grown));
		if (grown == NULL)
			return NULL;
		r->items = grown;
		r->cap = cap;
	}
	struct lull_result *row = &r->items[r->n];
	*row = nothing;
	row->dataset = strdup(dataset);
	row->detector = strdup(detector);
	if (row->dataset != NULL && row->detector != NULL) {
		r->n++;
		return row;
	}
	free(row->dataset);
	free(row->detector);
	return NULL;
}

int lull_result_score(struct lull_result *row, const struct lull_score *score)
{
	static const double at[2] = {0.5, 0.95};
	row->series = score->series;
	row->weeks = score->weeks;
	row->events = (double)score->truths;
	row->found = (double)score->found;
	row->wrong = (double)score->false_claims;
	row->rates = lull_score_rates(score);
	for (int i = 0; i < 2; i++) {
		row->delay_s[i] = lull_score_quantile(score->delays_s, score->n_delays, at[i]);
		row->onset_bins[i] = lull_score_quantile(score->onset_bins, score->n_delays, at[i]);
		if (score->n_delays > 0 && (isnan(row->delay_s[i]) || isnan(row->onset_bins[i])))
			return -ENOMEM;
	}
	return 0;
}

void lull_results_free(struct lull_results *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->items[i].dataset);
		free(r->items[i].detector);
	}
	free(r->items);
	*r = (struct lull_results){0};
}

void lull_results_group(struct lull_results *r)
{
	// An insertion sort of a few hundred rows at most: each goes behind the last of its
	// dataset.
	for (size_t i = 1; i < r->n; i++) {
		struct lull_result row = r->items[i];
		size_t at = i;
		for (size_t k = 0; k < i; k++)
			if (strcmp(r->items[k].dataset, row.dataset) == 0)
				at = k + 1;
		memmove(&r->items[at + 1], &r->items[at], (i - at) * sizeof(row));
		r->items[at] = row;
	}
}

// How a column writes one row into out (64 bytes); false: the row has no such figure.
struct column {
	const char *head;
	bool (*cell)(const struct lull_result *r, char *out, size_t n);
};

static bool percent(double v, char *out, size_t n)
{
	// Between none and one in ten thousand there is a difference that must show.
	snprintf(out, n, v > 0.0 && v < 0.001 ? "%.3f %%" : "%.1f %%", 100.0 * v);
	return !isnan(v);
}

static bool plain(double v, int digits, char *out, size_t n)
{
	snprintf(out, n, "%.*f", digits, v);
	return !isnan(v);
}

static bool tpr_cell(const struct lull_result *r, char *out, size_t n)
{
	char share[32];
	if (!percent(r->rates.tpr, share, sizeof(share)))
		return false;
	snprintf(out, n, "%.0f/%.0f  %s", r->found, r->events, share);
	return true;
}

static bool wrong_cell(const struct lull_result *r, char *out, size_t n)
{
	return plain(r->wrong, 0, out, n);
}

static bool false_cell(const struct lull_result *r, char *out, size_t n)
{
	snprintf(out, n, "%.1f (%.1f-%.1f)", r->rates.false_per_1000, r->rates.false_lo,
		r->rates.false_hi);
	return !isnan(r->rates.false_per_1000);
}

static bool fpr_cell(const struct lull_result *r, char *out, size_t n)
{
	return percent(r->rates.fpr, out, n);
}

static bool precision_cell(const struct lull_result *r, char *out, size_t n)
{
	return percent(r->rates.precision, out, n);
}

static bool f1_cell(const struct lull_result *r, char *out, size_t n)
{
	return plain(isnan(r->tcpd_f1) ? r->rates.f1 : r->tcpd_f1, 3, out, n);
}

static bool delay_cell(const struct lull_result *r, char *out, size_t n)
{
	char a[LULL_TIME_TEXT], b[LULL_TIME_TEXT];
	if (isnan(r->delay_s[0]))
		return false;
	lull_duration_format((uint64_t)(r->delay_s[0] * 1e9), a);
	lull_duration_format((uint64_t)(r->delay_s[1] * 1e9), b);
	snprintf(out, n, "%s | %s", a, b);
	return true;
}

static bool onset_cell(const struct lull_result *r, char *out, size_t n)
{
	snprintf(out, n, "%.3g | %.3g", r->onset_bins[0], r->onset_bins[1]);
	return !isnan(r->onset_bins[0]);
}

static bool coverage_cell(const struct lull_result *r, char *out, size_t n)
{
	return percent(r->rates.coverage, out, n);
}

static bool calm_cell(const struct lull_result *r, char *out, size_t n)
{
	return percent(r->rates.calm, out, n);
}

static bool standard_cell(const struct lull_result *r, char *out, size_t n)
{
	return plain(r->nab[LULL_NAB_STANDARD], 2, out, n);
}

static bool low_fp_cell(const struct lull_result *r, char *out, size_t n)
{
	return plain(r->nab[LULL_NAB_LOW_FP], 2, out, n);
}

static bool low_fn_cell(const struct lull_result *r, char *out, size_t n)
{
	return plain(r->nab[LULL_NAB_LOW_FN], 2, out, n);
}

static bool cover_cell(const struct lull_result *r, char *out, size_t n)
{
	return plain(r->tcpd_cover, 3, out, n);
}

static const struct column columns[] = {
	{"TPR", tpr_cell},
	{"FPR", fpr_cell},
	{"precision", precision_cell},
	{"F1", f1_cell},
	{"cover", cover_cell},
	{"delay", delay_cell},
	{"onset, bins", onset_cell},
	{"covered", coverage_cell},
	{"false", wrong_cell},
	{"/1,000 wk", false_cell},
	{"calm", calm_cell},
	{"NAB", standard_cell},
	{"low FP", low_fp_cell},
	{"low FN", low_fn_cell},
};

#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static bool wanted(const struct column *c, const struct lull_result *r, size_t n)
{
	char cell[128];
	for (size_t i = 0; i < n; i++)
		if (c->cell(&r[i], cell, sizeof(cell)))
			return true;
	return false;
}

void lull_results_table(const struct lull_results *r, struct lull_text *out)
{
	const struct column *shown[N_COLUMNS];
	size_t n = 0;
	for (size_t i = 0; i < N_COLUMNS && n + 2 < LULL_TABLE_COLUMNS; i++)
		if (wanted(&columns[i], r->items, r->n))
			shown[n++] = &columns[i];
	char align[LULL_TABLE_COLUMNS + 1] = "llrrrrrrrrrr";
	align[n + 2] = '\0';
	struct lull_table t;
	lull_table_init(&t, align);
	lull_table_add(&t, "dataset");
	lull_table_add(&t, "detector");
	for (size_t i = 0; i < n; i++)
		lull_table_add(&t, shown[i]->head);
	for (size_t row = 0; row < r->n; row++) {
		lull_table_add(&t, r->items[row].dataset);
		lull_table_add(&t, r->items[row].detector);
		for (size_t i = 0; i < n; i++) {
			char cell[128];
			bool there = shown[i]->cell(&r->items[row], cell, sizeof(cell));
			lull_table_add(&t, there ? cell : "-");
		}
	}
	lull_table_draw(&t, out);
	lull_table_finish(&t);
}

static int set(json_t *o, const char *key, double v)
{
	return isnan(v) ? 0 : json_object_set_new(o, key, lull_json_real(v));
}

static int set_count(json_t *o, const char *key, double v)
{
	return isnan(v) ? 0 : json_object_set_new(o, key, lull_json_count((uint64_t)v));
}

// An object of figures under key; left out when the first does not apply.
static int set_group(json_t *o, const char *key, const char *const *names, const double *v)
{
	if (isnan(v[0]))
		return 0;
	json_t *group = json_object();
	int e = json_object_set_new(o, key, group);
	for (size_t i = 0; e == 0 && names[i] != NULL; i++)
		e = set(group, names[i], v[i]);
	return e;
}

static json_t *object_of(const struct lull_result *r)
{
	static const char *const quantiles[] = {"median", "p95", NULL};
	static const char *const profiles[] = {"standard", "low_fp", "low_fn", NULL};
	static const char *const interval[] = {"lo", "hi", NULL};
	static const char *const tcpd_names[] = {"f1", "cover", NULL};
	const double poisson[] = {r->rates.false_lo, r->rates.false_hi};
	const double tcpd[] = {r->tcpd_f1, r->tcpd_cover};
	json_t *o = json_object();
	int e = json_object_set_new(o, "dataset", lull_json_text(r->dataset)) |
		json_object_set_new(o, "detector", lull_json_text(r->detector)) |
		set(o, "tpr", r->rates.tpr) | set(o, "fpr", r->rates.fpr) |
		set(o, "precision", r->rates.precision) | set(o, "f1", r->rates.f1) |
		set_group(o, "delay_s", quantiles, r->delay_s) |
		set_group(o, "onset_error_bins", quantiles, r->onset_bins) |
		set(o, "onset_coverage", r->rates.coverage) |
		set(o, "false_alarms_per_1000_series_weeks", r->rates.false_per_1000) |
		set_group(o, "false_alarms_95", interval, poisson) |
		set(o, "calm_series_weeks", r->rates.calm) | set_count(o, "events", r->events) |
		set_count(o, "found", r->found) | set_count(o, "false_alarms", r->wrong) |
		set_count(o, "series", (double)r->series) | set(o, "weeks", r->weeks) |
		set_group(o, "nab", profiles, r->nab) | set_group(o, "tcpd", tcpd_names, tcpd);
	if (e == 0)
		return o;
	json_decref(o);
	return NULL;
}

int lull_results_json(const struct lull_results *r, FILE *out)
{
	json_t *array = json_array();
	for (size_t i = 0; array != NULL && i < r->n; i++) {
		if (json_array_append_new(array, object_of(&r->items[i])) < 0) {
			json_decref(array);
			array = NULL;
		}
	}
	json_t *value = array != NULL && r->n == 1 ? json_incref(json_array_get(array, 0)) : array;
	if (value != array)
		json_decref(array);
	return lull_json_line(out, value);
}
