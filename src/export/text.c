// SPDX-License-Identifier: BSD-3-Clause
// The exporter `text`: gathers what the report needs while bins and events pass, and writes all of
// it at the end. What the report says is in report_*.c.

#include "export/exporters.h"
#include "export/report.h"

#include <stdlib.h>

struct text {
	const struct lull_export_options *options;
	struct lull_history *history;
	struct lull_kept kept;
};

static void text_destroy(void *state)
{
	struct text *x = state;
	if (x == NULL)
		return;
	lull_history_destroy(x->history);
	lull_kept_finish(&x->kept);
	free(x);
}

static void *text_create(const struct lull_export_options *options)
{
	struct text *x = calloc(1, sizeof(*x));
	if (x == NULL)
		return NULL;
	x->options = options;
	x->history = lull_history_create(lull_targets_count(options->targets));
	if (x->history != NULL && lull_export_is_series(options))
		lull_history_sparse(x->history);
	if (x->history == NULL) {
		text_destroy(x);
		errno = ENOMEM;
		return NULL;
	}
	return x;
}

static int text_bin(void *state, const struct lull_bin *bin)
{
	struct text *x = state;
	return lull_history_bin(x->history, bin);
}

static int text_event(void *state, const struct lull_event *event)
{
	struct text *x = state;
	return lull_kept_add(&x->kept, event);
}

static int text_finish(void *state, const struct lull_summary *summary)
{
	struct text *x = state;
	struct lull_report r = {
		.options = x->options,
		.history = x->history,
		.kept = &x->kept,
		.summary = summary,
		.style = {.ascii = x->options->ascii,
			.series = lull_export_is_series(x->options),
			.over = true,
			.width = x->options->width == 0 ? 80 : x->options->width},
	};
	struct lull_text t = {0};
	lull_report_events(&r, &t);
	lull_report_charts(&r, &t);
	lull_report_targets(&r, &t);
	if (!r.style.series) { // of series there are no packets to account for
		lull_report_law(&r, &t);
		lull_report_inputs(&r, &t);
		lull_report_work(&r, &t);
	}
	int e = lull_export_write(x->options->out, &t);
	lull_text_finish(&t);
	return e;
}

const struct lull_exporter_ops lull_exporter_text = {
	.name = "text",
	.create = text_create,
	.bin = text_bin,
	.event = text_event,
	.finish = text_finish,
	.destroy = text_destroy,
};
