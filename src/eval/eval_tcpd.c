// SPDX-License-Identifier: BSD-3-Clause
// lull eval --tcpd: change points against those of human annotators.
//
// Indices are no times. A bin is made a day long: short enough that a level shift (7 days) can be
// told within a hundred observations, and too long for a shape of the day or the week, so lull
// judges levels (feed_level.h). The first bin is a Thursday like the epoch.
// The change points of a detector are the onsets of its claims, and where one returned, the first
// bin back. Every dimension of a set is judged alone; a change point of a later one that lies
// within the margin of one already there is the same one.

#include "eval.h"
#include "labels.h"
#include "slurp.h"

#include <errno.h>
#include <lull/log.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BIN_NS (UINT64_C(86400) * LULL_NS_PER_SECOND)
#define START_NS (UINT64_C(7) * 1500 * BIN_NS)

struct set {
	const char *name;
	struct lull_timeseries_set series;
	const struct lull_annotated *labels;
};

struct bench {
	struct lull_annotations labels;
	struct set *sets;
	size_t n;
};

// DIR/name.json, or as in the dataset's repository DIR/name/name.json, or with a prefix as in
// DIR/tcpd_name.json. NULL: none of them is there, or no memory.
static char *path_of(const char *dir, const char *name)
{
	char *path;
	for (int form = 0; form < 3; form++) {
		int n = form == 0   ? asprintf(&path, "%s/%s.json", dir, name)
			: form == 1 ? asprintf(&path, "%s/%s/%s.json", dir, name, name)
				    : asprintf(&path, "%s/tcpd_%s.json", dir, name);
		if (n < 0)
			return NULL;
		if (access(path, F_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

static bool indices_fit(const struct set *s)
{
	for (size_t k = 0; k < s->labels->n; k++) {
		const struct lull_tcpd_set *a = &s->labels->annotators[k];
		if (a->n > 0 && a->items[a->n - 1] >= s->series.items[0].n)
			return false;
	}
	return true;
}

static int load_set(const char *path, struct set *s)
{
	struct lull_text text = {0};
	int e = lull_slurp(path, &text);
	if (e == 0)
		e = lull_tcpd_parse(text.data, text.len, path, START_NS, BIN_NS, &s->series);
	lull_text_finish(&text);
	if (e == 0 && !indices_fit(s)) {
		lull_log_error("%s: it has annotations beyond its last observation", path);
		e = -EINVAL;
	}
	return e;
}

static int load(struct bench *b, const char *dir, const char *annotations)
{
	struct lull_text text = {0};
	int e = lull_slurp(annotations, &text);
	if (e == 0)
		e = lull_annotations_parse(text.data, text.len, annotations, &b->labels);
	lull_text_finish(&text);
	b->sets = calloc(b->labels.n + 1, sizeof(*b->sets));
	if (e == 0 && b->sets == NULL)
		e = -ENOMEM;
	for (size_t i = 0; e == 0 && i < b->labels.n; i++) {
		char *path = path_of(dir, b->labels.sets[i].set);
		if (path == NULL)
			continue;
		struct set *s = &b->sets[b->n++];
		s->labels = &b->labels.sets[i];
		s->name = s->labels->set;
		e = load_set(path, s);
		free(path);
	}
	if (e == 0 && b->n == 0) {
		lull_log_error("%s: none of its sets is in %s", annotations, dir);
		e = -EIO;
	} else if (e == 0 && b->n < b->labels.n) {
		lull_log_warning("%s: %zu of %zu sets are not in %s, the rest is scored",
			annotations, b->labels.n - b->n, b->labels.n, dir);
	}
	return e;
}

static void unload(struct bench *b)
{
	for (size_t i = 0; b->sets != NULL && i < b->n; i++)
		lull_timeseries_free(&b->sets[i].series);
	free(b->sets);
	lull_annotations_free(&b->labels);
}

// The bin of a time; SIZE_MAX when it is none of the series'.
static size_t index_of(const struct lull_timeseries *s, uint64_t t)
{
	if (t < s->start_ns || (t - s->start_ns) / s->bin_ns >= s->n)
		return SIZE_MAX;
	return (size_t)((t - s->start_ns) / s->bin_ns);
}

static bool near(const struct lull_tcpd_set *s, size_t index)
{
	for (size_t i = 0; i < s->n; i++) {
		size_t a = s->items[i];
		if ((a > index ? a - index : index - a) <= LULL_TCPD_MARGIN)
			return true;
	}
	return false;
}

// Change points of one dimension: where claims begin, and where they end by a return.
static int points_of(const struct lull_timeseries *s, const struct lull_claims *claims,
	struct lull_tcpd_set *own)
{
	int e = 0;
	for (size_t i = 0; e == 0 && i < claims->n; i++) {
		const struct lull_claim *c = &claims->items[i];
		size_t at[2] = {
			index_of(s, c->onset_ns), c->shift ? SIZE_MAX : index_of(s, c->end_ns)};
		for (int k = 0; e == 0 && k < 2; k++)
			if (at[k] != SIZE_MAX)
				e = lull_tcpd_put(own, at[k]);
	}
	return e;
}

static int join(struct lull_tcpd_set *all, const struct lull_tcpd_set *own)
{
	struct lull_tcpd_set fresh = {0};
	int e = 0;
	for (size_t i = 0; e == 0 && i < own->n; i++)
		if (!near(all, own->items[i]))
			e = lull_tcpd_put(&fresh, own->items[i]);
	for (size_t i = 0; e == 0 && i < fresh.n; i++)
		e = lull_tcpd_put(all, fresh.items[i]);
	lull_tcpd_free(&fresh);
	return e;
}

// What anybody annotated.
static int annotated_of(const struct set *s, struct lull_tcpd_set *all)
{
	int e = 0;
	for (size_t k = 0; k < s->labels->n; k++)
		for (size_t i = 0; e == 0 && i < s->labels->annotators[k].n; i++)
			e = lull_tcpd_put(all, s->labels->annotators[k].items[i]);
	return e;
}

// Each claim, by its onset; then what anybody annotated and no change point is near to.
static int list(const struct lull_eval *e, const struct set *s, const char *detector,
	const struct lull_claims *claims, const struct lull_tcpd_set *points)
{
	struct lull_tcpd_set annotated = {0};
	struct lull_note note = {s->name, detector, "", ""};
	int err = e->list != NULL ? annotated_of(s, &annotated) : 0;
	for (size_t d = 0; e->list != NULL && d < s->series.n; d++) {
		note.series = s->series.items[d].name;
		for (size_t i = 0; err == 0 && i < claims[d].n; i++) {
			const struct lull_claim *c = &claims[d].items[i];
			size_t at = index_of(&s->series.items[d], c->onset_ns);
			note.verdict = near(&annotated, at) ? "found" : "false";
			lull_eval_note(e, note, NULL, c);
		}
	}
	note.series = "";
	note.verdict = "missed";
	for (size_t i = 0; err == 0 && i < annotated.n; i++) {
		struct lull_truth t = {.start_ns = START_NS + annotated.items[i] * BIN_NS,
			.end_ns = LULL_TIME_NONE,
			.lost = NAN,
			.way = LULL_TRUTH_EITHER};
		if (!near(points, annotated.items[i]))
			lull_eval_note(e, note, &t, NULL);
	}
	lull_tcpd_free(&annotated);
	return err == 0 && e->list != NULL && ferror(e->list) ? -EIO : err;
}

static int score_set(struct lull_eval *e, const struct set *s, const char *detector,
	const struct lull_claims *claims, double *f1, double *cover)
{
	struct lull_tcpd_set points = {0};
	int err = 0;
	for (size_t d = 0; err == 0 && d < s->series.n; d++) {
		struct lull_tcpd_set own = {0};
		err = points_of(&s->series.items[d], &claims[d], &own);
		if (err == 0)
			err = join(&points, &own);
		lull_tcpd_free(&own);
	}
	if (err == 0)
		err = lull_tcpd_score(s->series.items[0].n, s->labels->annotators, s->labels->n,
			&points, f1, cover);
	if (err == 0)
		err = list(e, s, detector, claims, &points);
	lull_tcpd_free(&points);
	return err;
}

static int add_row(struct lull_eval *e, const char *name, const char *detector, size_t series,
	double f1, double cover)
{
	struct lull_result *row = lull_results_add(e->results, name, detector);
	if (row == NULL)
		return -ENOMEM;
	row->series = series;
	row->tcpd_f1 = f1;
	row->tcpd_cover = cover;
	return 0;
}

static int evaluate_set(struct lull_eval *e, const struct set *s, const struct lull_rival *r,
	double *f1, double *cover)
{
	struct lull_claims *claims = calloc(s->series.n + 1, sizeof(*claims));
	int err = claims != NULL
			  ? lull_eval_judge(e, r, s->series.items, s->series.n, s->name, claims)
			  : -ENOMEM;
	if (err == 0)
		err = score_set(e, s, r->name, claims, f1, cover);
	if (err == 0)
		err = add_row(e, s->name, r->name, s->series.n, *f1, *cover);
	lull_eval_forget(claims, s->series.n);
	return err;
}

// The mean over sets, each as it counts in the tables of the paper.
static int evaluate(struct lull_eval *e, const struct bench *b, const struct lull_rival *r)
{
	double f1 = 0.0, cover = 0.0;
	size_t series = 0;
	for (size_t i = 0; i < b->n; i++) {
		double set_f1, set_cover;
		int err = evaluate_set(e, &b->sets[i], r, &set_f1, &set_cover);
		if (err < 0)
			return err;
		f1 += set_f1 / (double)b->n;
		cover += set_cover / (double)b->n;
		series += b->sets[i].series.n;
	}
	return b->n > 1 ? add_row(e, "tcpd", r->name, series, f1, cover) : 0;
}

int lull_eval_tcpd(struct lull_eval *e, const char *dir, const char *annotations)
{
	struct bench b = {0};
	int err = load(&b, dir, annotations);
	for (size_t i = 0; err == 0 && i < e->n_rivals; i++)
		err = evaluate(e, &b, e->rivals[i]);
	lull_results_group(e->results);
	unload(&b);
	return err;
}
