// SPDX-License-Identifier: BSD-3-Clause
// lull eval --nab: files with windows of anomalies, scored by NAB's own formula and as windows.

#include "eval.h"
#include "labels.h"
#include "nab.h"
#include "slurp.h"

#include <errno.h>
#include <lull/log.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// One file: its series, and its windows as events and as rows. A row is a bin that is there.
struct nab_file {
	struct lull_timeseries_set set; // one series
	char *name;
	size_t *rows; // rows[i]: bins there before bin i; n + 1 of them
	struct lull_truth *truths;
	struct lull_nab_window *windows;
	size_t n; // windows that have a row
};

struct corpus {
	struct nab_file *files;
	struct lull_timeseries *series; // views of the files', side by side
	size_t n;
};

static int count_rows(struct nab_file *f)
{
	const struct lull_timeseries *s = f->set.items;
	f->rows = calloc(s->n + 1, sizeof(*f->rows));
	if (f->rows == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < s->n; i++)
		f->rows[i + 1] = f->rows[i] + !isnan(s->value[i]);
	return 0;
}

// The first bin that begins later than half a bin before t: the bin at t, however its time was
// rounded onto the grid.
static size_t bin_at(const struct lull_timeseries *s, uint64_t t)
{
	uint64_t half = s->bin_ns / 2;
	if (t < s->start_ns + half)
		return 0;
	uint64_t i = (t - s->start_ns - half) / s->bin_ns + 1;
	return i < s->n ? (size_t)i : s->n;
}

static int take_windows(struct nab_file *f, const struct lull_windows_file *w)
{
	const struct lull_timeseries *s = f->set.items;
	f->truths = calloc(w->n + 1, sizeof(*f->truths));
	f->windows = calloc(w->n + 1, sizeof(*f->windows));
	if (f->truths == NULL || f->windows == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < w->n; i++) {
		size_t from = bin_at(s, w->items[i].start_ns);
		size_t to = bin_at(s, w->items[i].end_ns + s->bin_ns); // behind the last one
		size_t first = f->rows[from], behind = f->rows[to];
		if (first >= behind) {
			lull_log_warning("%s: a window without a row, not counted", f->name);
			continue;
		}
		f->windows[f->n] = (struct lull_nab_window){first, behind - 1};
		f->truths[f->n++] = (struct lull_truth){.start_ns = w->items[i].start_ns,
			.end_ns = w->items[i].end_ns + s->bin_ns,
			.lost = NAN,
			.way = LULL_TRUTH_EITHER};
	}
	return 0;
}

// "folder/file.csv" as it stands in the corpus, or file.csv where somebody took a few out.
static char *path_of(const char *dir, const char *key)
{
	const char *slash = strrchr(key, '/');
	char *path = NULL;
	if (asprintf(&path, "%s/%s", dir, key) < 0)
		return NULL;
	if (slash == NULL || access(path, F_OK) == 0)
		return path;
	free(path);
	return asprintf(&path, "%s%s", dir, slash) < 0 ? NULL : path;
}

// 1: taken; 0: not there; < 0.
static int load_file(const char *dir, const struct lull_windows_file *w, struct nab_file *f)
{
	const struct lull_timeseries_format format = {0};
	char *path = path_of(dir, w->file);
	if (path == NULL)
		return -ENOMEM;
	if (access(path, F_OK) < 0 && errno == ENOENT) {
		free(path);
		return 0;
	}
	int e = lull_timeseries_read(path, &format, &f->set);
	if (e == 0 && f->set.n != 1) {
		lull_log_error("%s: expected one series, timestamp,value", path);
		e = -EINVAL;
	}
	free(path);
	f->name = strdup(w->file);
	if (e == 0 && f->name == NULL)
		e = -ENOMEM;
	if (e == 0)
		e = count_rows(f);
	if (e == 0)
		e = take_windows(f, w);
	return e < 0 ? e : 1;
}

static void unload_file(struct nab_file *f)
{
	lull_timeseries_free(&f->set);
	free(f->name);
	free(f->rows);
	free(f->truths);
	free(f->windows);
}

static int load_corpus(struct corpus *c, const char *dir, const char *labels)
{
	struct lull_text text = {0};
	struct lull_windows w = {0};
	size_t absent = 0;
	int e = lull_slurp(labels, &text);
	if (e == 0)
		e = lull_windows_parse(text.data, text.len, labels, &w);
	c->files = calloc(w.n + 1, sizeof(*c->files));
	c->series = calloc(w.n + 1, sizeof(*c->series));
	if (e == 0 && (c->files == NULL || c->series == NULL))
		e = -ENOMEM;
	for (size_t i = 0; e >= 0 && i < w.n; i++) {
		e = load_file(dir, &w.files[i], &c->files[c->n]);
		if (e <= 0) {
			unload_file(&c->files[c->n]);
			c->files[c->n] = (struct nab_file){0};
			absent += e == 0;
			continue;
		}
		c->series[c->n] = c->files[c->n].set.items[0];
		c->series[c->n].name = c->files[c->n].name;
		c->n++;
	}
	if (e >= 0 && absent > 0 && c->n > 0)
		lull_log_warning("%s: %zu of %zu files are not in %s, the rest is scored", labels,
			absent, w.n, dir);
	if (e >= 0 && c->n == 0) {
		lull_log_error("%s: none of its files is in %s", labels, dir);
		e = -EIO;
	}
	lull_windows_free(&w);
	lull_text_finish(&text);
	return e < 0 ? e : 0;
}

static void unload_corpus(struct corpus *c)
{
	for (size_t i = 0; i < c->n; i++)
		unload_file(&c->files[i]);
	free(c->files);
	free(c->series);
}

// Row at which each claim was made: that of the bin it was made after, or the last one before it.
static int detections_of(
	const struct nab_file *f, const struct lull_claims *claims, size_t **rows, size_t *n)
{
	const struct lull_timeseries *s = f->set.items;
	*n = 0;
	*rows = calloc(claims->n + 1, sizeof(**rows));
	if (*rows == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < claims->n; i++) {
		uint64_t after = claims->items[i].detected_ns;
		uint64_t bins = after > s->start_ns ? (after - s->start_ns) / s->bin_ns : 0;
		size_t before = f->rows[bins < s->n ? bins : s->n];
		if (before > 0)
			(*rows)[(*n)++] = before - 1;
	}
	return 0;
}

static int add_row(struct lull_eval *e, const char *name, const char *detector,
	const struct lull_nab *nab, const struct lull_score *score)
{
	struct lull_result *row = lull_results_add(e->results, name, detector);
	if (row == NULL || lull_result_score(row, score) < 0)
		return -ENOMEM;
	lull_nab_score(nab, row->nab);
	// A window begins before what it is about, so it dates nothing.
	row->delay_s[0] = row->delay_s[1] = row->onset_bins[0] = row->onset_bins[1] = NAN;
	row->rates.coverage = NAN;
	return 0;
}

// One file: added to the corpus' sums, and as a row of its own.
static int score_file(struct lull_eval *e, const struct nab_file *f, const char *detector,
	const struct lull_claims *claims, struct lull_nab *nab, struct lull_score *score)
{
	struct lull_score own = {0};
	struct lull_nab own_nab = {0};
	size_t *rows = NULL, n = 0;
	const struct lull_timeseries *s = f->set.items;
	int err = detections_of(f, claims, &rows, &n);
	if (err == 0) {
		lull_nab_add(nab, f->rows[s->n], f->windows, f->n, rows, n);
		lull_nab_add(&own_nab, f->rows[s->n], f->windows, f->n, rows, n);
		err = lull_score_add(&own, s, f->truths, f->n, 0, claims);
	}
	if (err == 0)
		err = lull_score_merge(score, &own);
	if (err == 0)
		err = lull_eval_list(e, f->name, detector, s, f->truths, f->n, claims);
	if (err == 0)
		err = add_row(e, f->name, detector, &own_nab, &own);
	lull_score_free(&own);
	free(rows);
	return err;
}

static int evaluate(struct lull_eval *e, const struct corpus *c, const struct lull_rival *r)
{
	struct lull_score score = {0};
	struct lull_nab nab = {0};
	struct lull_claims *claims = calloc(c->n + 1, sizeof(*claims));
	int err = claims != NULL ? lull_eval_judge(e, r, c->series, c->n, "nab", claims) : -ENOMEM;
	for (size_t i = 0; err == 0 && i < c->n; i++)
		err = score_file(e, &c->files[i], r->name, &claims[i], &nab, &score);
	if (err == 0 && c->n > 1)
		err = add_row(e, "nab", r->name, &nab, &score);
	lull_eval_forget(claims, c->n);
	lull_score_free(&score);
	return err;
}

int lull_eval_nab(struct lull_eval *e, const char *dir, const char *windows)
{
	struct corpus c = {0};
	int err = load_corpus(&c, dir, windows);
	for (size_t i = 0; err == 0 && i < e->n_rivals; i++)
		err = evaluate(e, &c, e->rivals[i]);
	lull_results_group(e->results);
	unload_corpus(&c);
	return err;
}
