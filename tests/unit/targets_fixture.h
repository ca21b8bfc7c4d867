// SPDX-License-Identifier: BSD-3-Clause
// A configuration by hand for tests of targets and what stands on them, and what the log said.
// Tests run in a process of their own each, so nothing here is freed.

#pragma once

#include <assert.h>
#include <lull/targets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FIXTURE_MAX 4096

struct fixture {
	struct lull_config config;
	struct lull_target_spec targets[FIXTURE_MAX];
	struct lull_group_spec groups[8];
	char *allow[8];
	char path[64]; // of the last table
};

static inline struct fixture *fixture_new(void)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->config.targets = f->targets;
	f->config.groups = f->groups;
	f->config.allow = f->allow;
	return f;
}

// "a,b,c" to words; *n: how many.
static inline char **fixture_words(const char *list, size_t *n)
{
	char *copy = strdup(list), *rest = copy, *word, **words = NULL;
	*n = 0;
	while ((word = strsep(&rest, ",")) != NULL) {
		words = realloc(words, (*n + 1) * sizeof(*words));
		words[(*n)++] = word;
	}
	return words;
}

// A target as file:line names it.
static inline struct lull_target_spec *fixture_target(
	struct fixture *f, const char *name, const char *prefixes, unsigned line)
{
	assert(f->config.n_targets < FIXTURE_MAX);
	struct lull_target_spec *t = &f->targets[f->config.n_targets++];
	struct lull_place place = {.file = "lull.yaml", .line = line, .column = 5};
	t->name = strdup(name);
	t->place = place;
	char **words = fixture_words(prefixes, &t->n_prefixes);
	t->prefixes = calloc(t->n_prefixes, sizeof(*t->prefixes));
	for (size_t i = 0; i < t->n_prefixes; i++)
		t->prefixes[i] = (struct lull_prefix_text){words[i], place};
	return t;
}

static inline void fixture_service(
	struct lull_target_spec *t, const char *name, const char *prefix, unsigned line)
{
	t->services = realloc(t->services, (t->n_services + 1) * sizeof(*t->services));
	t->services[t->n_services++] =
		(struct lull_service_spec){strdup(name), {strdup(prefix), {"lull.yaml", line, 9}}};
}

static inline void fixture_group(
	struct fixture *f, const char *name, const char *members, unsigned line)
{
	struct lull_group_spec *g = &f->groups[f->config.n_groups++];
	g->name = strdup(name);
	g->members = fixture_words(members, &g->n_members);
	g->place = (struct lull_place){"lull.yaml", line, 5};
}

static inline void fixture_table_file(struct fixture *f, const char *path)
{
	f->targets[f->config.n_targets++] = (struct lull_target_spec){.table = strdup(path)};
}

// A table with this content, in a file whose path is kept in f->path.
static inline void fixture_table(struct fixture *f, const char *content)
{
	snprintf(f->path, sizeof(f->path), "/tmp/lull-table-XXXXXX");
	int fd = mkstemp(f->path);
	size_t n = strlen(content);
	assert(fd >= 0 && write(fd, content, n) == (ssize_t)n);
	close(fd);
	fixture_table_file(f, f->path);
}

static inline void fixture_allow(struct fixture *f, const char *prefix)
{
	f->allow[f->config.n_allow++] = strdup(prefix);
}

// Build, with the log caught in *said. The table file is removed.
static inline struct lull_targets *fixture_build(struct fixture *f, char **said)
{
	int log = memfd_create("log", 0), old = dup(STDERR_FILENO);
	dup2(log, STDERR_FILENO);
	struct lull_targets *t = lull_targets_create(&f->config);
	dup2(old, STDERR_FILENO);
	close(old);
	off_t n = lseek(log, 0, SEEK_END);
	char *text = calloc(1, (size_t)n + 1);
	assert(pread(log, text, (size_t)n, 0) == n);
	close(log);
	if (f->path[0] != '\0')
		unlink(f->path);
	*said = text;
	return t;
}
