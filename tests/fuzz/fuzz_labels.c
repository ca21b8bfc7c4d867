// SPDX-License-Identifier: BSD-3-Clause
// Labels from any bytes, the first of which says of what kind: what a reader hands out must keep
// its promises, and be something the scorers can count with.

#include "eval/labels.h"
#include "eval/nab.h"
#include "eval/truths.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void windows(const char *text, size_t n)
{
	struct lull_windows w;
	if (lull_windows_parse(text, n, "fuzz", &w) == 0)
		for (size_t i = 0; i < w.n; i++)
			for (size_t k = 0; k < w.files[i].n; k++) {
				struct lull_window *at = &w.files[i].items[k];
				check(at->start_ns <= at->end_ns);
				check(k == 0 || at->start_ns > at[-1].end_ns);
				check(strstr(w.files[i].file, "..") == NULL);
			}
	lull_windows_free(&w);
}

static void annotations(const char *text, size_t n)
{
	struct lull_annotations a;
	if (lull_annotations_parse(text, n, "fuzz", &a) == 0)
		for (size_t i = 0; i < a.n; i++) {
			double f1, cover;
			struct lull_tcpd_set *s = a.sets[i].annotators;
			check(a.sets[i].n > 0);
			check(lull_tcpd_score(
				      LULL_TCPD_OBSERVATIONS, s, a.sets[i].n, s, &f1, &cover) == 0);
			check(f1 > 0.0 && f1 <= 1.0 + 1e-9 && cover > 0.0 && cover <= 1.0 + 1e-9);
		}
	lull_annotations_free(&a);
}

static void sets(const char *text, size_t n)
{
	struct lull_timeseries_set s;
	if (lull_tcpd_parse(text, n, "fuzz", 0, 1, &s) == 0)
		for (size_t i = 0; i < s.n; i++)
			for (size_t k = 0; k < s.items[i].n; k++)
				check(isnan(s.items[i].value[k]) || isfinite(s.items[i].value[k]));
	lull_timeseries_free(&s);
}

static void events(const char *text, size_t n)
{
	struct lull_truth_table t = {0};
	if (lull_truths_parse(text, n, "fuzz", &t) == 0)
		for (size_t i = 0; i < t.n; i++) {
			size_t of_it;
			check(t.rows[i].truth.start_ns < t.rows[i].truth.end_ns);
			check(lull_truths_of(&t, t.rows[i].series, &of_it) <= &t.rows[i]);
			check(of_it > 0);
		}
	lull_truths_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const kinds[])(const char *, size_t) = {windows, annotations, sets, events};
	if (size > 0)
		kinds[data[0] & 3]((const char *)data + 1, size - 1);
	return 0;
}
