// SPDX-License-Identifier: BSD-3-Clause
// For tests of the configuration: load from memory, hear what is said about it.

#pragma once

#include "base/config.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline struct lull_config *load(const char *text)
{
	return lull_config_load_text("lull.yaml", text, strlen(text));
}

// What is said on standard error while f runs: a pipe would block, so a file.
struct ear {
	FILE *file;
	int stderr_fd;
};

static inline struct ear listen_to_stderr(void)
{
	struct ear ear = {.file = tmpfile(), .stderr_fd = dup(STDERR_FILENO)};
	cr_assert(ear.file != NULL);
	dup2(fileno(ear.file), STDERR_FILENO);
	return ear;
}

// What was said since; the caller frees it.
static inline char *heard(struct ear ear)
{
	char *text = calloc(1, 65536);
	dup2(ear.stderr_fd, STDERR_FILENO);
	close(ear.stderr_fd);
	rewind(ear.file);
	cr_assert(text != NULL && fread(text, 1, 65535, ear.file) < 65535);
	fclose(ear.file);
	return text;
}

// Loading or checking text must fail with EINVAL and say message.
static inline void expect_refused(const char *text, const char *message)
{
	struct ear f = listen_to_stderr();
	struct lull_config *c = load(text);
	int error = errno, rc = 0;
	if (c != NULL)
		rc = lull_config_check(c);
	char *said = heard(f);
	cr_expect(c == NULL || rc == -EINVAL, "accepted:\n%.200s", text);
	cr_expect(c != NULL || error == EINVAL);
	cr_expect(
		strstr(said, message) != NULL, "%.200s\nsaid:   %swanted: %s", text, said, message);
	free(said);
	lull_config_destroy(c);
}
