// SPDX-License-Identifier: BSD-3-Clause
// Running a whole replay inside a test: capture bytes in, series and statistics out.

#pragma once

#include <jansson.h>
#include <lull/replay.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct fixture_run {
	int rc; // of lull_replay_run()
	struct lull_replay_result result;
	char *series, *stats, *report;
	size_t series_len, stats_len, report_len;
};

struct fixture {
	struct lull_config *config;
	struct lull_targets *targets;
};

static inline int fixture_init(struct fixture *f, const char *target)
{
	f->targets = NULL;
	f->config = lull_config_create();
	if (f->config == NULL || lull_config_add_target(f->config, target) < 0 ||
		lull_config_check(f->config) < 0)
		return -1;
	f->targets = lull_targets_create(f->config);
	return f->targets == NULL ? -1 : 0;
}

static inline void fixture_finish(struct fixture *f)
{
	lull_targets_destroy(f->targets);
	lull_config_destroy(f->config);
}

// Replay n paths with so many workers. Free with fixture_run_finish().
static inline void fixture_replay(const struct fixture *f, const char *const *paths, size_t n,
	unsigned workers, struct fixture_run *run)
{
	memset(run, 0, sizeof(*run));
	FILE *series = open_memstream(&run->series, &run->series_len);
	FILE *stats = open_memstream(&run->stats, &run->stats_len);
	FILE *report = open_memstream(&run->report, &run->report_len);
	struct lull_replay r = {
		.config = f->config,
		.targets = f->targets,
		.paths = paths,
		.n_paths = n,
		.workers = workers,
		.key = {1, 2},
		.exporter = lull_exporter_find("jsonl"),
		.export = {.config = f->config, .targets = f->targets, .out = report},
		.series = series,
		.stats = stats,
	};
	run->rc = lull_replay_run(&r, &run->result);
	fclose(series);
	fclose(stats);
	fclose(report);
}

static inline void fixture_run_finish(struct fixture_run *run)
{
	free(run->series);
	free(run->stats);
	free(run->report);
}

// A file that exists only in memory; path holds its name under /proc. The caller closes fd.
static inline int fixture_file(const void *data, size_t bytes, char path[64])
{
	int fd = memfd_create("capture", MFD_CLOEXEC);
	if (fd < 0 || write(fd, data, bytes) != (ssize_t)bytes)
		return -1;
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}
