// SPDX-License-Identifier: BSD-3-Clause
// Events as they come, one line of plain words per revision: for the journal of a live run and for
// whoever watches it. It remembers nothing, so it may run for months.

#include "exporters.h"
#include "sentence.h"

#include <lull/time.h>
#include <stdlib.h>

struct lines {
	const struct lull_export_options *options;
};

static void *lines_create(const struct lull_export_options *options)
{
	struct lines *l = calloc(1, sizeof(*l));
	if (l != NULL)
		l->options = options;
	return l;
}

static int lines_event(void *state, const struct lull_event *event)
{
	const struct lines *l = state;
	char time[LULL_TIME_TEXT];
	struct lull_text t = {0};
	lull_text_add(&t, "%s %s.%u %-11s ", lull_time_iso(event->revised_ns, 0, time), event->id,
		event->rev, lull_state_name(event->state));
	lull_sentence(&t, event,
		(struct lull_sentence_style){
			.ascii = l->options->ascii, .series = lull_export_is_series(l->options)});
	lull_text_add(&t, "\n");
	int e = lull_export_write(l->options->out, &t);
	lull_text_finish(&t);
	return e;
}

static int lines_finish(void *state, const struct lull_summary *summary)
{
	(void)summary;
	const struct lines *l = state;
	return lull_export_flush(l->options->out);
}

const struct lull_exporter_ops lull_exporter_lines = {
	.name = "lines",
	.create = lines_create,
	.event = lines_event,
	.finish = lines_finish,
	.destroy = free,
};
