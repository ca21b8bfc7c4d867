// SPDX-License-Identifier: BSD-3-Clause
// From a scenario to files: the loop around generator, truth and writer.

#include <errno.h>
#include <lull/log.h>
#include <lull/synth.h>
#include <lull/text.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "scenario.h"

#define PROGRESS_EVERY 65536 // packets between looks at the clock

struct progress {
	double expected;
	uint64_t shown_ms;
	bool shown;
};

static uint64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void show(struct progress *p, uint64_t packets)
{
	uint64_t ms = now_ms();
	char count[28];
	if (p->shown_ms == 0)
		p->shown_ms = ms + 500; // short work needs no progress
	if (ms < p->shown_ms)
		return;
	p->shown_ms = ms + 200;
	p->shown = true;
	double percent = p->expected > 0 ? 100 * (double)packets / p->expected : 0;
	fprintf(stderr, "\r%3.0f %%  %s packets ", percent < 99 ? percent : 99,
		lull_text_count(packets, count));
}

static int refuse(
	const struct lull_scenario *s, const struct lull_synth_options *o, double *expected)
{
	double bytes;
	char count[28], size[16];
	lull_scenario_estimate(s, o->packets, expected, &bytes);
	lull_text_count((uint64_t)*expected, count);
	lull_text_si(bytes, size);
	if (*expected > (double)LULL_SYNTH_PACKETS && !o->force) {
		lull_log_error("%s: about %s packets, %sB: lower duration or rates, give "
			       "--packets, or say --force",
			s->file, count, size);
		return -E2BIG;
	}
	if (*expected > 10e6 && o->progress)
		lull_log_info("about %s packets, %sB", count, size);
	return 0;
}

static FILE *create(const char *path)
{
	FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "w");
	if (out == NULL)
		lull_log_error("%s: %s", path, strerror(errno));
	return out;
}

static int finish(FILE *out, const char *path, int rc)
{
	errno = 0;
	bool bad = fflush(out) != 0 || ferror(out);
	if (rc == 0 && bad)
		rc = errno != 0 ? -errno : -EIO;
	if (out != stdout && fclose(out) != 0 && rc == 0)
		rc = -errno;
	if (rc != 0)
		lull_log_error("%s: %s", path, strerror(-rc));
	return rc;
}

static int describe(const struct lull_scenario *s, const struct lull_synth_options *o)
{
	int rc = 0;
	if (o->config != NULL) {
		char *text = lull_scenario_config(s);
		if (text == NULL) {
			lull_log_error("%s: out of memory", s->file);
			return -ENOMEM;
		}
		FILE *out = create(o->config);
		if (out == NULL) {
			free(text);
			return -errno;
		}
		fputs(text, out);
		free(text);
		rc = finish(out, o->config, 0);
	}
	if (rc == 0 && o->events != NULL) {
		FILE *out = create(o->events);
		if (out == NULL)
			return -errno;
		rc = finish(out, o->events, lull_scenario_events(s, out));
	}
	return rc;
}

// The loop. *place: the file an error is about.
static int pump(struct lull_synth *g, struct lull_truth *truth, struct lull_writer *writer,
	const struct lull_synth_options *o, struct progress *progress, struct lull_synth_done *done,
	const char **place)
{
	struct lull_synth_packet p;
	int more;
	while ((more = lull_synth_next(g, &p)) > 0) {
		int rc = truth != NULL ? lull_truth_packet(truth, &p) : 0;
		*place = o->truth;
		if (rc == 0 && writer != NULL) {
			rc = lull_writer_packet(writer, &p.packet);
			*place = o->out;
		}
		if (rc != 0)
			return rc;
		if (++done->packets % PROGRESS_EVERY == 0 && o->progress)
			show(progress, done->packets);
	}
	*place = NULL;
	return more;
}

static int produce(const struct lull_scenario *s, const struct lull_synth_options *o,
	struct progress *progress, struct lull_synth_done *done)
{
	struct lull_synth *g = NULL;
	struct lull_truth *truth = NULL;
	struct lull_writer *writer = NULL;
	FILE *truth_file = NULL;
	const char *place = NULL;
	int rc = -ENOMEM;
	if (o->truth != NULL && (truth_file = create(o->truth)) == NULL)
		return -errno;
	g = lull_synth_create(s, o->packets);
	truth = truth_file == NULL ? NULL : lull_truth_create(s, truth_file);
	if (g == NULL || (truth_file != NULL && truth == NULL))
		goto out;
	if (o->out != NULL) {
		writer = lull_writer_open(
			o->out, s->linktype, s->snaplen > 0 ? s->snaplen : 262144, s->nanoseconds);
		rc = writer == NULL ? -errno : 0;
		if (rc != 0)
			goto out;
	}
	rc = pump(g, truth, writer, o, progress, done, &place);
out:
	if (progress->shown)
		fputs("\r                                        \r", stderr);
	if (rc != 0 && place != o->truth && writer != NULL)
		lull_log_error("%s: %s", place != NULL ? place : s->file, strerror(-rc));
	else if (rc == -ENOMEM)
		lull_log_error("%s: out of memory", s->file);
	if (writer != NULL)
		done->bytes = lull_writer_bytes(writer);
	int closed = lull_writer_close(writer);
	if (closed != 0 && rc == 0)
		lull_log_error("%s: %s", o->out, strerror(-closed));
	if (rc == 0)
		rc = closed;
	int counted = lull_truth_finish(truth);
	if (truth_file != NULL) {
		counted = finish(truth_file, o->truth, counted);
		if (rc == 0)
			rc = counted;
	}
	lull_synth_destroy(g);
	return rc;
}

int lull_synth_run(const struct lull_scenario *s, const struct lull_synth_options *options,
	struct lull_synth_done *done)
{
	struct progress progress = {0};
	*done = (struct lull_synth_done){0};
	int rc = refuse(s, options, &progress.expected);
	if (rc == 0)
		rc = describe(s, options);
	if (rc == 0 && (options->out != NULL || options->truth != NULL))
		rc = produce(s, options, &progress, done);
	return rc;
}
