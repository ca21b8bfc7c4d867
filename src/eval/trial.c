// SPDX-License-Identifier: BSD-3-Clause
// Series by series: make, judge, then score in the order of the series, whoever was first done.

#include "trial.h"

#include "bound.h"
#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct bench {
	struct lull_trial *trial;
	const struct lull_eval *eval;
	size_t n; // series in all
	pthread_mutex_t lock;
	pthread_cond_t moved;
	// under the lock
	size_t next, scored;
	int failed; // the first error
};

static int doubles_add(struct lull_doubles *d, double x)
{
	if (d->n == d->cap) {
		size_t cap = d->cap ? 2 * d->cap : 16;
		double *grown = realloc(d->items, cap * sizeof(*grown));
		if (grown == NULL)
			return -ENOMEM;
		d->items = grown;
		d->cap = cap;
	}
	d->items[d->n++] = x;
	return 0;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

double lull_trial_quantile(const struct lull_doubles *d, double q)
{
	double *sorted = d->n > 0 ? malloc(d->n * sizeof(*sorted)) : NULL;
	if (sorted == NULL)
		return NAN;
	memcpy(sorted, d->items, d->n * sizeof(*sorted));
	qsort(sorted, d->n, sizeof(*sorted), ascending);
	size_t rank = (size_t)ceil(q * (double)d->n);
	double v = sorted[rank > 0 ? rank - 1 : 0];
	free(sorted);
	return v;
}

// Delays of the outages that were long enough to be found.
static int add_delays(struct lull_trial_cell *cell, const struct lull_trial *t,
	const struct lull_sim_spec *spec, const struct lull_sim *sim,
	const struct lull_claims *claims)
{
	long *matches = calloc(claims->n + 1, sizeof(*matches));
	uint64_t *detected = calloc(sim->n_truths + 1, sizeof(*detected));
	int rc = matches == NULL || detected == NULL ? -ENOMEM
						     : lull_score_match(sim->truths, sim->n_truths,
							       spec->bin_ns, claims, matches);
	for (size_t i = 0; rc == 0 && i < claims->n; i++)
		if (matches[i] >= 0)
			detected[matches[i]] = claims->items[i].detected_ns;
	struct lull_bound_case c = {0, spec->phi, spec->sigma, spec->outages.lo,
		(double)spec->bin_ns / 1e9, t->budget_per_day};
	for (size_t i = 0; rc == 0 && i < sim->n_truths; i++) {
		const struct lull_truth *truth = &sim->truths[i];
		c.lambda = sim->rates[i];
		struct lull_bound b = lull_bound(&c);
		double length = (double)(truth->end_ns - truth->start_ns) / 1e9, delay = INFINITY;
		if (!(length >= 2 * b.delay_s + 2 * b.bin_s))
			continue;
		if (detected[i] != 0)
			delay = detected[i] > truth->start_ns
					? (double)(detected[i] - truth->start_ns) / 1e9
					: 0;
		rc = doubles_add(&cell->delays, delay);
		if (rc == 0)
			rc = doubles_add(&cell->ratios, delay / b.delay_s);
	}
	free(matches);
	free(detected);
	return rc;
}

// Score one series with what each detector claimed of it.
static int score(struct bench *b, size_t job, const struct lull_sim_spec *spec,
	const struct lull_sim *sim, const struct lull_claims *claims)
{
	struct lull_trial *t = b->trial;
	size_t cell = job / t->grid->series;
	int rc = 0;
	for (size_t r = 0; rc == 0 && r < t->n_rivals; r++) {
		struct lull_trial_cell *c = &t->cells[cell * t->n_rivals + r];
		rc = lull_score_add(
			&c->score, &sim->series, sim->truths, sim->n_truths, 0, &claims[r]);
		if (rc == 0)
			rc = add_delays(c, t, spec, sim, &claims[r]);
		if (rc == 0)
			rc = lull_eval_list(b->eval, t->grid->name, t->rivals[r]->name,
				&sim->series, sim->truths, sim->n_truths, &claims[r]);
	}
	if (b->eval->progress)
		fprintf(stderr, "\r\033[K%s: %zu of %zu series", t->grid->name, job + 1, b->n);
	return rc;
}

static int name_series(const struct lull_trial *t, size_t cell, size_t series, char **name)
{
	struct lull_text text = {0};
	const struct lull_sim_spec spec = lull_grid_cell(t->grid, cell);
	lull_text_add(&text, "lambda %.6g phi %.6g sigma %.6g diurnal %.6g remains %.6g #%zu",
		spec.lambda, spec.phi, spec.sigma, spec.diurnal, spec.outages.lo, series);
	*name = text.data;
	return text.failed ? -ENOMEM : 0;
}

// Make and judge one series.
static int judge(const struct lull_trial *t, size_t job, struct lull_sim_spec *spec,
	struct lull_sim *sim, struct lull_claims *claims)
{
	size_t cell = job / t->grid->series, series = job % t->grid->series;
	struct lull_rival_options options = {
		.budget_per_day = t->budget_per_day, .both = t->both, .model = t->model};
	*spec = lull_grid_cell(t->grid, cell);
	int rc = lull_sim_make(sim, spec, lull_grid_seed(t->grid, cell, (uint32_t)series));
	if (rc == 0)
		rc = name_series(t, cell, series, &sim->series.name);
	for (size_t r = 0; rc == 0 && r < t->n_rivals; r++)
		rc = lull_rival_judge(t->rivals[r], &sim->series, &options, &claims[r]);
	return rc;
}

// The next series to make, or b->n.
static size_t take(struct bench *b)
{
	pthread_mutex_lock(&b->lock);
	size_t job = b->failed == 0 && b->next < b->n ? b->next++ : b->n;
	pthread_mutex_unlock(&b->lock);
	return job;
}

static void *work(void *arg)
{
	struct bench *b = arg;
	size_t n = b->trial->n_rivals, job;
	struct lull_claims *claims = calloc(n + 1, sizeof(*claims));
	while ((job = take(b)) < b->n) {
		struct lull_sim sim = {0};
		struct lull_sim_spec spec;
		int rc = claims == NULL ? -ENOMEM : judge(b->trial, job, &spec, &sim, claims);
		pthread_mutex_lock(&b->lock);
		while (b->scored < job && b->failed == 0)
			pthread_cond_wait(&b->moved, &b->lock);
		if (rc == 0 && b->failed == 0)
			rc = score(b, job, &spec, &sim, claims);
		if (rc < 0 && b->failed == 0)
			b->failed = rc;
		b->scored++;
		pthread_cond_broadcast(&b->moved);
		pthread_mutex_unlock(&b->lock);
		lull_sim_finish(&sim);
		for (size_t r = 0; claims != NULL && r < n; r++)
			lull_claims_free(&claims[r]);
	}
	free(claims);
	return NULL;
}

static int run(struct bench *b)
{
	size_t wanted = b->eval->jobs < b->n ? b->eval->jobs : b->n, helpers = 0;
	pthread_t *threads = calloc(wanted + 1, sizeof(*threads));
	if (threads == NULL)
		return -ENOMEM;
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->moved, NULL);
	// Fewer threads than asked for are slower, not wrong.
	while (helpers + 1 < wanted && pthread_create(&threads[helpers], NULL, work, b) == 0)
		helpers++;
	work(b);
	for (size_t i = 0; i < helpers; i++)
		pthread_join(threads[i], NULL);
	pthread_cond_destroy(&b->moved);
	pthread_mutex_destroy(&b->lock);
	free(threads);
	if (b->eval->progress)
		fputs("\r\033[K", stderr);
	return b->failed;
}

static int add_up(struct lull_trial_cell *all, const struct lull_trial_cell *cell)
{
	int rc = lull_score_merge(&all->score, &cell->score);
	for (size_t i = 0; rc == 0 && i < cell->delays.n; i++) {
		rc = doubles_add(&all->delays, cell->delays.items[i]);
		if (rc == 0)
			rc = doubles_add(&all->ratios, cell->ratios.items[i]);
	}
	return rc;
}

int lull_trial_run(struct lull_trial *t, const struct lull_grid *grid, const struct lull_eval *e)
{
	*t = (struct lull_trial){
		.grid = grid,
		.rivals = e->rivals,
		.n_rivals = e->n_rivals,
		.both = e->both,
		.model = e->model,
		.n_cells = lull_grid_cells(grid),
		.budget_per_day = grid->budget_per_day > 0 ? grid->budget_per_day / grid->watched
							   : e->budget_per_day,
	};
	struct bench b = {.trial = t, .eval = e, .n = t->n_cells * grid->series};
	t->cells = calloc(t->n_cells * t->n_rivals + 1, sizeof(*t->cells));
	t->all = calloc(t->n_rivals + 1, sizeof(*t->all));
	if (t->cells == NULL || t->all == NULL)
		return -ENOMEM;
	int rc = run(&b);
	for (size_t i = 0; rc == 0 && i < t->n_cells * t->n_rivals; i++)
		rc = add_up(&t->all[i % t->n_rivals], &t->cells[i]);
	return rc;
}

static void cells_free(struct lull_trial_cell *cells, size_t n)
{
	for (size_t i = 0; cells != NULL && i < n; i++) {
		lull_score_free(&cells[i].score);
		free(cells[i].delays.items);
		free(cells[i].ratios.items);
	}
	free(cells);
}

void lull_trial_finish(struct lull_trial *t)
{
	cells_free(t->cells, t->n_cells * t->n_rivals);
	cells_free(t->all, t->n_rivals);
	*t = (struct lull_trial){0};
}

int lull_eval_sim(struct lull_eval *e, const char *path, struct lull_text *out)
{
	struct lull_grids grids;
	struct lull_text claims = {0};
	int rc = lull_grids_read(&grids, path);
	for (size_t i = 0; rc == 0 && i < grids.n; i++) {
		struct lull_trial t;
		rc = lull_trial_run(&t, &grids.items[i], e);
		if (rc == 0) {
			lull_trial_table(&t, out);
			lull_trial_claims(&t, &claims);
		}
		for (size_t r = 0; rc == 0 && r < t.n_rivals; r++) {
			struct lull_result *row =
				lull_results_add(e->results, t.grid->name, t.rivals[r]->name);
			rc = row != NULL ? lull_result_score(row, &t.all[r].score) : -ENOMEM;
		}
		lull_trial_finish(&t);
	}
	if (rc == 0)
		lull_text_add_bytes(out, claims.data, claims.len);
	if (claims.failed)
		out->failed = 1;
	lull_text_finish(&claims);
	lull_grids_free(&grids);
	return rc;
}
