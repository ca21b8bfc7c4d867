// SPDX-License-Identifier: BSD-3-Clause
// One detector over many series, several at a time. Which thread judges which series is chance;
// what it finds is not.

#include "eval.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct bench {
	const struct lull_rival *rival;
	struct lull_rival_options options;
	const struct lull_timeseries *s;
	size_t n;
	struct lull_claims *claims;
	atomic_size_t next, done;
	atomic_int failed; // the first error
	const char *what;
};

static void show(const struct bench *b)
{
	fprintf(stderr, "\r\033[K%s, %s: %zu of %zu series", b->what, b->rival->name,
		atomic_load(&b->done), b->n);
	fflush(stderr);
}

// Judge until none is left. The thread that shows progress does so five times a second at most.
static void work(struct bench *b, bool shows)
{
	struct timespec t;
	long shown = 0; // fifths of a second
	size_t i;
	while (atomic_load(&b->failed) == 0 && (i = atomic_fetch_add(&b->next, 1)) < b->n) {
		int e = lull_rival_judge(b->rival, &b->s[i], &b->options, &b->claims[i]);
		if (e < 0)
			atomic_store(&b->failed, e);
		atomic_fetch_add(&b->done, 1);
		if (!shows)
			continue;
		clock_gettime(CLOCK_MONOTONIC, &t);
		long now = (long)t.tv_sec * 5 + t.tv_nsec / 200000000;
		if (now != shown)
			show(b);
		shown = now;
	}
}

static void *helper(void *bench)
{
	work(bench, false);
	return NULL;
}

int lull_eval_judge(const struct lull_eval *e, const struct lull_rival *rival,
	const struct lull_timeseries *s, size_t n, const char *what, struct lull_claims *claims)
{
	struct bench b = {
		.rival = rival,
		.options = {.budget_per_day = e->budget_per_day,
			.both = e->both,
			.model = e->model},
		.s = s,
		.n = n,
		.claims = claims,
		.what = what,
	};
	size_t wanted = e->jobs < n ? e->jobs : n, helpers = 0;
	pthread_t *threads = calloc(wanted + 1, sizeof(*threads));
	if (threads == NULL)
		return -ENOMEM;
	// Fewer threads than asked for are slower, not wrong.
	while (helpers + 1 < wanted && pthread_create(&threads[helpers], NULL, helper, &b) == 0)
		helpers++;
	work(&b, e->progress);
	for (size_t i = 0; i < helpers; i++)
		pthread_join(threads[i], NULL);
	free(threads);
	if (e->progress)
		fputs("\r\033[K", stderr);
	return atomic_load(&b.failed);
}

void lull_eval_forget(struct lull_claims *claims, size_t n)
{
	for (size_t i = 0; claims != NULL && i < n; i++)
		lull_claims_free(&claims[i]);
	free(claims);
}
