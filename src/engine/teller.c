// SPDX-License-Identifier: BSD-3-Clause
// Events of a live run, told once each. A disk that is full must not stop the counting: what cannot
// be written is complained about once, waits, and is written when there is room again.

#include "engine/teller.h"

#include <errno.h>
#include <lull/log.h>
#include <stdlib.h>
#include <string.h>

int lull_teller_init(struct lull_teller *t, const struct lull_exporter_ops *exporter, int out,
	const struct lull_config *config, const struct lull_targets *targets, const char *dir)
{
	memset(t, 0, sizeof(*t));
	t->exporter = exporter;
	lull_outbox_init(&t->outbox, out);
	lull_teller_switch(t, config, targets);
	t->state = exporter->create(&t->options);
	t->lines = lull_exporter_find("jsonl")->create(&t->log_options);
	if (t->state == NULL || t->lines == NULL)
		return -ENOMEM;
	if (dir == NULL)
		return 0;
	t->log = lull_eventlog_open(dir);
	return t->log == NULL ? -errno : 0;
}

void lull_teller_finish(struct lull_teller *t)
{
	if (t->state != NULL)
		t->exporter->destroy(t->state);
	if (t->lines != NULL)
		lull_exporter_find("jsonl")->destroy(t->lines);
	lull_untold_finish(&t->untold);
	lull_outbox_finish(&t->outbox);
	lull_eventlog_close(t->log);
	memset(t, 0, sizeof(*t));
}

void lull_teller_switch(
	struct lull_teller *t, const struct lull_config *config, const struct lull_targets *targets)
{
	t->options.config = t->log_options.config = config;
	t->options.targets = t->log_options.targets = targets;
}

// What an exporter writes of an event. NULL: it could not.
static char *words(const struct lull_exporter_ops *exporter, void *state,
	struct lull_export_options *options, const struct lull_event *event, size_t *n)
{
	char *text = NULL;
	options->out = open_memstream(&text, n);
	if (options->out == NULL)
		return NULL;
	int e = exporter->event(state, event);
	if (fclose(options->out) == 0 && e == 0)
		return text;
	free(text);
	return NULL;
}

static void complain(struct lull_teller *t, int e)
{
	if (e < 0 && !t->complained)
		lull_log_error("run: an event could not be written: %s (lull goes on%s)",
			strerror(-e), t->log != NULL ? ", and tries again" : "");
	t->complained = e < 0;
}

void lull_teller_event(struct lull_teller *t, const struct lull_event *event)
{
	struct lull_untold_one one = {.rev = event->rev};
	t->news = true;
	if (t->log != NULL && lull_eventlog_known(t->log, event))
		return;
	t->revisions++;
	memcpy(one.id, event->id, sizeof(one.id));
	one.line =
		words(lull_exporter_find("jsonl"), t->lines, &t->log_options, event, &one.n_line);
	one.said = words(t->exporter, t->state, &t->options, event, &one.n_said);
	if (one.line == NULL || one.said == NULL)
		complain(t, -ENOMEM);
	lull_untold_add(&t->untold, &one);
}

static void forget_said(struct lull_teller *t, struct lull_untold_one *one)
{
	t->untold.bytes -= one->n_said;
	free(one->said);
	one->said = NULL;
	one->n_said = 0;
}

// Its words go to whoever reads the output, when there is room.
static void say(struct lull_teller *t, struct lull_untold_one *one)
{
	if (one->said == NULL)
		return;
	t->untold.bytes -= one->n_said;
	if (!lull_outbox_add(&t->outbox, one->said, one->n_said) && !t->outbox_full) {
		lull_log_warning("run: nobody reads standard output: %u MiB of events wait, and "
				 "more are not kept for it%s",
			LULL_OUTBOX_BYTES >> 20, t->log != NULL ? " (the log has them)" : "");
		t->outbox_full = true;
	}
	one->said = NULL;
	one->n_said = 0;
}

static int push(struct lull_teller *t)
{
	int e = lull_outbox_push(&t->outbox);
	t->outbox_full = t->outbox_full && t->outbox.n > 0;
	if (e == -EPIPE && t->log != NULL)
		return 0; // whoever read has gone; the log has it
	return e == -EAGAIN ? 0 : e;
}

void lull_teller_push(struct lull_teller *t)
{
	if (t->outbox.n > 0)
		push(t);
}

void lull_teller_drain(struct lull_teller *t, unsigned patience_ms)
{
	if (lull_outbox_drain(&t->outbox, patience_ms) != 0 && t->outbox.n > 0)
		lull_log_error("run: %zu revisions of events were not written to standard output%s",
			t->outbox.n, t->log != NULL ? "; the log of events has them" : "");
}

// How many of the first revisions the log has now, or never will.
static size_t write_log(struct lull_teller *t, struct lull_eventlog_line *lines, int *e)
{
	size_t n = t->untold.n, done = 0;
	while (done < n && *e == 0) {
		done += lull_eventlog_append(t->log, lines + done, n - done, e);
		if (*e != -EINVAL)
			continue;
		t->untold.dropped++; // no line of a log, now or ever
		done++;
		*e = 0;
	}
	return done;
}

static size_t log_all(struct lull_teller *t, int *e)
{
	if (t->log == NULL)
		return t->untold.n;
	struct lull_eventlog_line *lines = calloc(t->untold.n, sizeof(*lines));
	if (lines == NULL) {
		*e = -ENOMEM;
		return 0;
	}
	for (size_t i = 0; i < t->untold.n; i++) {
		struct lull_untold_one *one = &t->untold.ones[i];
		struct lull_event event = {.rev = one->rev};
		lines[i] = (struct lull_eventlog_line){one->id, one->rev, one->line, one->n_line};
		memcpy(event.id, one->id, sizeof(event.id));
		if (lull_eventlog_known(t->log, &event))
			forget_said(t, one); // a run before told it, and died before it forgot it
	}
	size_t done = write_log(t, lines, e);
	free(lines);
	return done;
}

void lull_teller_flush(struct lull_teller *t)
{
	int logged = 0;
	if (t->untold.n == 0)
		return;
	size_t done = log_all(t, &logged);
	for (size_t i = 0; i < t->untold.n; i++)
		say(t, &t->untold.ones[i]);
	int said = push(t);
	complain(t, logged < 0 ? logged : said);
	lull_untold_remove(&t->untold, done);
}
