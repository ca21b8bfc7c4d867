// SPDX-License-Identifier: BSD-3-Clause
// Every event and every claim as a row, so that each miss and each false alarm can be looked at.

#include "eval.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

// RFC 4180: quoted when it must be.
static void put_text(FILE *out, const char *text)
{
	if (strpbrk(text, ",\"\r\n") == NULL) {
		fputs(text, out);
		return;
	}
	fputc('"', out);
	for (const char *c = text; *c != '\0'; c++) {
		if (*c == '"')
			fputc('"', out);
		fputc(*c, out);
	}
	fputc('"', out);
}

static void put_time(FILE *out, uint64_t ns)
{
	char text[LULL_TIME_TEXT];
	bool whole = ns % LULL_NS_PER_SECOND == 0;
	fprintf(out, ",%s", lull_time_iso(ns, whole ? 0 : 9, text));
}

int lull_eval_list_head(FILE *out)
{
	return fputs("dataset,detector,series,verdict,start,end,onset,onset_lo,onset_hi,detected,"
		     "claimed_end,lost\n",
		       out) < 0
		       ? -EIO
		       : 0;
}

void lull_eval_note(const struct lull_eval *e, struct lull_note l, const struct lull_truth *t,
	const struct lull_claim *c)
{
	FILE *out = e->list;
	if (out == NULL)
		return;
	put_text(out, l.dataset);
	fprintf(out, ",%s,", l.detector);
	put_text(out, l.series);
	fprintf(out, ",%s", l.verdict);
	put_time(out, t != NULL ? t->start_ns : LULL_TIME_NONE);
	put_time(out, t != NULL ? t->end_ns : LULL_TIME_NONE);
	put_time(out, c != NULL ? c->onset_ns : LULL_TIME_NONE);
	put_time(out, c != NULL ? c->onset_lo_ns : LULL_TIME_NONE);
	put_time(out, c != NULL ? c->onset_hi_ns : LULL_TIME_NONE);
	put_time(out, c != NULL ? c->detected_ns : LULL_TIME_NONE);
	put_time(out, c != NULL ? c->end_ns : LULL_TIME_NONE);
	if (c != NULL && isfinite(c->lost))
		fprintf(out, ",%.3f\n", c->lost == 0.0 ? 0.0 : c->lost);
	else
		fputs(",\n", out);
}

int lull_eval_list(const struct lull_eval *e, const char *dataset, const char *detector,
	const struct lull_timeseries *s, const struct lull_truth *truths, size_t n,
	const struct lull_claims *claims)
{
	if (e->list == NULL)
		return 0;
	long *matches = calloc(claims->n + 1, sizeof(*matches));
	bool *found = calloc(n + 1, sizeof(*found));
	int err = matches != NULL && found != NULL
			  ? lull_score_match(truths, n, s->bin_ns, claims, matches)
			  : -ENOMEM;
	struct lull_note l = {dataset, detector, s->name, NULL};
	for (size_t i = 0; err == 0 && i < claims->n; i++) {
		if (matches[i] >= 0)
			found[matches[i]] = true;
		l.verdict = matches[i] >= 0                  ? "found"
			    : matches[i] == LULL_MATCH_EXTRA ? "extra"
							     : "false";
		lull_eval_note(
			e, l, matches[i] >= 0 ? &truths[matches[i]] : NULL, &claims->items[i]);
	}
	l.verdict = "missed";
	for (size_t i = 0; err == 0 && i < n; i++)
		if (!found[i])
			lull_eval_note(e, l, &truths[i], NULL);
	free(matches);
	free(found);
	if (err == 0 && ferror(e->list))
		err = errno != 0 ? -errno : -EIO;
	return err;
}
