// SPDX-License-Identifier: BSD-3-Clause
// Events of a live run, told once each. A disk that is full must not stop the counting: what
// cannot be written is complained about once, and again after it worked in between.

#include "engine/teller.h"

#include <errno.h>
#include <lull/log.h>
#include <stdlib.h>
#include <string.h>

static int open_lines(struct lull_teller *t)
{
	t->log_options.out = open_memstream(&t->line, &t->n_line);
	if (t->log_options.out == NULL)
		return -errno;
	t->lines = lull_exporter_find("jsonl")->create(&t->log_options);
	return t->lines == NULL ? -ENOMEM : 0;
}

int lull_teller_init(struct lull_teller *t, const struct lull_exporter_ops *exporter, FILE *out,
	const struct lull_config *config, const struct lull_targets *targets, const char *dir)
{
	memset(t, 0, sizeof(*t));
	t->exporter = exporter;
	t->options.out = out;
	lull_teller_switch(t, config, targets);
	t->state = exporter->create(&t->options);
	if (t->state == NULL)
		return -ENOMEM;
	if (dir == NULL)
		return 0;
	t->log = lull_eventlog_open(dir);
	if (t->log == NULL)
		return -errno;
	return open_lines(t);
}

void lull_teller_finish(struct lull_teller *t)
{
	if (t->state != NULL)
		t->exporter->destroy(t->state);
	if (t->lines != NULL)
		lull_exporter_find("jsonl")->destroy(t->lines);
	if (t->log_options.out != NULL)
		fclose(t->log_options.out);
	free(t->line);
	lull_eventlog_close(t->log);
	memset(t, 0, sizeof(*t));
}

void lull_teller_switch(
	struct lull_teller *t, const struct lull_config *config, const struct lull_targets *targets)
{
	t->options.config = t->log_options.config = config;
	t->options.targets = t->log_options.targets = targets;
}

static int write_log(struct lull_teller *t, const struct lull_event *event)
{
	rewind(t->log_options.out);
	int e = lull_exporter_find("jsonl")->event(t->lines, event);
	if (e == 0)
		e = lull_eventlog_append(t->log, event, t->line, t->n_line);
	return e;
}

static void complain(struct lull_teller *t, int e)
{
	if (e < 0 && !t->complained)
		lull_log_error(
			"run: an event could not be written: %s (lull goes on)", strerror(-e));
	t->complained = e < 0;
}

void lull_teller_event(struct lull_teller *t, const struct lull_event *event)
{
	t->news = true;
	if (t->log != NULL && lull_eventlog_known(t->log, event))
		return;
	t->revisions++;
	int logged = t->log == NULL ? 0 : write_log(t, event);
	int told = t->exporter->event(t->state, event);
	if (told == -EPIPE && t->log != NULL)
		told = 0; // whoever read has gone; the log has it
	complain(t, logged < 0 ? logged : told);
}
