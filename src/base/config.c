// SPDX-License-Identifier: BSD-3-Clause
// The life of a configuration: defaults, file, command line, end.

#include "config.h"
#include "config_complain.h"
#include "config_http.h"
#include "config_keys.h"
#include <errno.h>
#include <fcntl.h>
#include <lull/text.h>
#include <lull/time.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MINUTE (60 * LULL_NS_PER_SECOND)
#define DAY (24 * 60 * MINUTE)
#define NAME_BYTES 128

struct lull_config *lull_config_create(void)
{
	struct lull_config *c = calloc(1, sizeof(*c));
	if (c == NULL)
		return NULL;
	c->upstreams_max = 32;
	c->bin_ns = LULL_NS_PER_SECOND;
	c->reorder_bins = 1;
	c->jump_ns = DAY;
	c->detector = (struct lull_detector_config){
		.budget_per_day = 1.0 / 30,
		.warmup_ns = 5 * MINUTE,
		.level_ns = 20 * MINUTE,
		.clip = 3,
		.shift_ns = 7 * DAY,
		.onset_delta = 0.05,
	};
	lull_config_free_capture(c);
	c->http.series_max = 10000;
	c->site = strdup("lull");
	if (c->site == NULL || !lull_config_learn_auto(c) || !lull_config_listen_loopback(c)) {
		lull_config_destroy(c);
		errno = ENOMEM;
		return NULL;
	}
	return c;
}

void lull_config_free_targets(struct lull_config *c)
{
	for (size_t i = 0; i < c->n_targets; i++) {
		struct lull_target_spec *t = &c->targets[i];
		for (size_t j = 0; j < t->n_prefixes; j++)
			free(t->prefixes[j].text);
		for (size_t j = 0; j < t->n_services; j++) {
			free(t->services[j].name);
			free(t->services[j].prefix.text);
		}
		free(t->prefixes);
		free(t->services);
		free(t->name);
		free(t->table);
	}
	free(c->targets);
	c->targets = NULL;
	c->n_targets = 0;
}

void lull_config_free_groups(struct lull_config *c)
{
	for (size_t i = 0; i < c->n_groups; i++) {
		lull_texts_free(&c->groups[i].members, &c->groups[i].n_members);
		free(c->groups[i].name);
	}
	free(c->groups);
	c->groups = NULL;
	c->n_groups = 0;
}

void lull_config_free_upstreams(struct lull_config *c)
{
	for (size_t i = 0; i < c->n_upstreams; i++)
		free(c->upstreams[i].name);
	free(c->upstreams);
	c->upstreams = NULL;
	c->n_upstreams = 0;
}

void lull_config_destroy(struct lull_config *c)
{
	if (c == NULL)
		return;
	lull_config_free_targets(c);
	lull_config_free_groups(c);
	lull_texts_free(&c->allow, &c->n_allow);
	lull_config_free_upstreams(c);
	lull_config_free_capture(c);
	lull_config_free_http(c);
	free(c->cores);
	free(c->state);
	free(c->user);
	free(c->site);
	free(c->digest);
	free(c->path);
	free(c);
}

struct lull_config *lull_config_load_text(const char *name, const char *text, size_t n)
{
	struct lull_yaml_tree tree = {0};
	struct lull_config *c = lull_config_create();
	if (c == NULL)
		return NULL;
	int rc = -ENOMEM;
	c->path = strdup(name);
	if (c->path != NULL)
		rc = lull_yaml_parse(&tree, c->path, text, n);
	if (rc == 0) {
		struct lull_reader r = {.config = c};
		lull_config_read(&r, tree.root);
		rc = lull_reader_end(&r);
	}
	lull_yaml_finish(&tree);
	if (rc == 0)
		return c;
	lull_config_destroy(c);
	errno = -rc;
	return NULL;
}

// The whole of a file, a pipe or a terminal; one byte more than allowed is read to tell.
static int read_file(const char *path, struct lull_text *text)
{
	char buffer[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return -errno;
	ssize_t n = 1;
	while (n != 0 && text->len <= LULL_CONFIG_BYTES && !text->failed) {
		n = read(fd, buffer, sizeof(buffer));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		lull_text_add_bytes(text, buffer, (size_t)n);
	}
	int rc = n < 0 ? -errno : text->failed ? -ENOMEM : 0;
	close(fd);
	return rc;
}

struct lull_config *lull_config_load(const char *path)
{
	struct lull_text text = {0};
	struct lull_config *c = NULL;
	struct lull_place whole = {.file = path};
	int rc = read_file(path, &text);
	if (rc == 0) {
		c = lull_config_load_text(path, text.data, text.len);
		rc = c == NULL ? -errno : 0;
	} else {
		lull_complain(&whole, "%s", strerror(-rc));
	}
	lull_text_finish(&text);
	errno = -rc;
	return c;
}

const char *lull_config_name_problem(const char *name)
{
	size_t n = strlen(name);
	const char *p = name, *end = name + n;
	if (n == 0)
		return "is empty";
	if (n > NAME_BYTES)
		return "is longer than 128 bytes";
	if (name[0] == ' ' || end[-1] == ' ')
		return "begins or ends with a blank";
	while (p < end) {
		uint32_t c = lull_text_rune(&p, end);
		if (c == LULL_NO_RUNE)
			return "is not UTF-8";
		if (c < 0x20 || (c >= 0x7f && c < 0xa0))
			return "contains a control character";
		// Marks that change how the rest of a line is shown, and separators of lines.
		if ((c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
			(c >= 0x2066 && c <= 0x2069) || c == 0xfeff)
			return "contains an invisible character";
	}
	return NULL;
}

static struct lull_target_spec *new_target(struct lull_config *c)
{
	struct lull_target_spec *more =
		reallocarray(c->targets, c->n_targets + 1, sizeof(*c->targets));
	if (more == NULL)
		return NULL;
	c->targets = more;
	more[c->n_targets] = (struct lull_target_spec){0};
	return &more[c->n_targets++];
}

// Split list at its commas (it is overwritten) into prefixes of t.
static void add_prefixes(struct lull_reader *r, struct lull_target_spec *t, char *list)
{
	size_t n = 1;
	for (const char *p = list; *p != '\0'; p++)
		n += *p == ',';
	t->prefixes = lull_read_array(r, n, sizeof(*t->prefixes));
	while (t->prefixes != NULL && list != NULL) {
		const char *text = strsep(&list, ",");
		if (!lull_read_prefix(r, &t->place, text))
			continue;
		t->prefixes[t->n_prefixes].place = t->place;
		t->prefixes[t->n_prefixes++].text = lull_read_copy(r, text);
	}
}

int lull_config_add_target(struct lull_config *c, const char *target)
{
	struct lull_reader r = {.config = c};
	struct lull_place place = {.file = "-t"};
	size_t n = strcspn(target, "=");
	if (target[n] == '\0' || target[n + 1] == '\0')
		return lull_complain(&place, "'%.64s': write NAME=PREFIX[,PREFIX...]", target);
	char *copy = strdup(target);
	struct lull_target_spec *t = copy != NULL ? new_target(c) : NULL;
	if (t == NULL) {
		free(copy);
		return -ENOMEM;
	}
	copy[n] = '\0';
	t->place = place;
	t->name = lull_read_copy(&r, copy);
	const char *problem = lull_config_name_problem(copy);
	if (problem != NULL)
		lull_reader_complain(&r, &place, "'%.64s': the name %s", copy, problem);
	add_prefixes(&r, t, copy + n + 1);
	free(copy);
	return lull_reader_end(&r);
}

int lull_config_add_table(struct lull_config *c, const char *table)
{
	struct lull_place place = {.file = "-T"};
	if (table[0] == '\0')
		return lull_complain(&place, "the name of a file is missing");
	char *copy = strdup(table);
	struct lull_target_spec *t = copy != NULL ? new_target(c) : NULL;
	if (t == NULL) {
		free(copy);
		return -ENOMEM;
	}
	t->place = place;
	t->table = copy;
	return 0;
}

// Lists and mappings, as YAML writes them; but not "[::1]:11753".
static bool is_collection(const char *value)
{
	if (value[0] == '{')
		return true;
	size_t n = 1 + (value[0] == '[' ? strspn(value + 1, "0123456789abcdefABCDEF:.") : 0);
	return value[0] == '[' && !(value[n] == ']' && value[n + 1] == ':');
}

int lull_config_set(struct lull_config *c, const char *path, const char *value)
{
	struct lull_reader r = {.config = c};
	const struct lull_yaml text = {.kind = LULL_YAML_TEXT, .text = value};
	struct lull_yaml_tree tree = {0};
	int rc = 0;
	if (is_collection(value))
		rc = lull_yaml_parse(&tree, NULL, value, strlen(value));
	if (rc == 0) {
		lull_config_read_path(&r, path, tree.root != NULL ? tree.root : &text);
		rc = lull_reader_end(&r);
	}
	lull_yaml_finish(&tree);
	return rc;
}
