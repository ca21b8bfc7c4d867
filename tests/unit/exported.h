// SPDX-License-Identifier: BSD-3-Clause
// What exporters write, caught in memory, and checked against a JSON Schema by python3-jsonschema
// where that is installed. Tests run in a process of their own each, so nothing here is freed.

#pragma once

#include <criterion/criterion.h>
#include <lull/config.h>
#include <lull/export.h>
#include <lull/targets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Targets of the documentation prefixes: kp with a service kp/kcna, nl, and quiet.
static inline struct lull_targets *exported_targets(struct lull_config **config)
{
	static char name[] = "kcna", address[] = "192.0.2.71";
	static struct lull_service_spec kcna = {name, {address, {"-t", 0, 0}}};
	struct lull_config *c = lull_config_create();
	cr_assert_not_null(c);
	cr_assert_eq(lull_config_add_target(c, "kp=192.0.2.0/24"), 0);
	cr_assert_eq(lull_config_add_target(c, "nl=198.51.100.0/24"), 0);
	cr_assert_eq(lull_config_add_target(c, "quiet=203.0.113.0/24"), 0);
	c->targets[0].services = &kcna;
	c->targets[0].n_services = 1;
	char **allow = calloc(3, sizeof(*allow)); // documentation prefixes are bogons
	allow[0] = strdup("192.0.2.0/24");
	allow[1] = strdup("198.51.100.0/24");
	allow[2] = strdup("203.0.113.0/24");
	c->allow = allow;
	c->n_allow = 3;
	struct lull_targets *t = lull_targets_create(c);
	cr_assert_not_null(t);
	*config = c;
	return t;
}

// Events through an exporter that needs neither bins nor a summary.
static inline char *exported(const struct lull_exporter_ops *ops, const char *site,
	const struct lull_event *const *events, size_t n)
{
	char *text = NULL;
	size_t size = 0;
	struct lull_config config = {.site = (char *)site};
	struct lull_export_options options = {
		.config = &config, .out = open_memstream(&text, &size)};
	void *state = ops->create(&options);
	cr_assert_not_null(state);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(ops->event(state, events[i]), 0);
	struct lull_summary summary = {0};
	cr_assert_eq(ops->finish(state, &summary), 0);
	ops->destroy(state);
	fclose(options.out);
	return text;
}

// Every line (or the whole, when lines is false) must be valid by the schema. Skips the test where
// it cannot be checked.
static inline void exported_is_valid(const char *schema, const char *text, bool lines)
{
	const char *source = getenv("LULL_SOURCE");
	if (source == NULL || system("/usr/bin/python3 -c 'import jsonschema' 2>/dev/null") != 0)
		cr_skip_test("python3-jsonschema is not installed");
	char path[] = "/tmp/lull-exported-XXXXXX", command[1024];
	int fd = mkstemp(path);
	cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
	snprintf(command, sizeof(command),
		"/usr/bin/python3 -c '\n"
		"import json, sys, jsonschema\n"
		"def no(word): raise ValueError(word)\n"
		"schema = json.load(open(sys.argv[1]))\n"
		"text = open(sys.argv[2], encoding=\"utf-8\").read()\n"
		"jsonschema.Draft202012Validator.check_schema(schema)\n"
		"for one in (text.splitlines() if sys.argv[3] == \"1\" else [text]):\n"
		"    jsonschema.Draft202012Validator(schema).validate(json.loads(one, "
		"parse_constant=no))\n"
		"' '%s/docs/%s' '%s' %d",
		source, schema, path, lines);
	int rc = system(command);
	unlink(path);
	cr_expect_eq(rc, 0, "not valid by %s:\n%s", schema, text);
}
