// SPDX-License-Identifier: BSD-3-Clause
// Readers of YAML values for the tables of scene_targets.c and scene_events.c.

#include "scene.h"

#include <errno.h>
#include <lull/log.h>
#include <lull/text.h>
#include <lull/time.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define TEXT 256 // longest scalar anyone needs

struct lull_scene_place lull_scene_place_of(const struct lull_yaml *node)
{
	if (node == NULL)
		return (struct lull_scene_place){0, 0};
	return (struct lull_scene_place){node->place.line, node->place.column};
}

const struct lull_yaml *lull_scene_next(
	const struct lull_yaml *list, const struct lull_yaml_item **at)
{
	*at = *at == NULL ? list->first : (*at)->next;
	return *at == NULL ? NULL : (*at)->value;
}

static void complain(
	struct lull_scene *r, struct lull_scene_place place, const char *format, va_list args)
{
	r->errors++;
	if (r->errors > LULL_SCENE_COMPLAINTS)
		return;
	char what[512];
	vsnprintf(what, sizeof(what), format, args);
	if (place.line == 0)
		lull_log_error("%s: %s", r->file, what);
	else
		lull_log_error("%s:%u:%u: %s", r->file, place.line, place.column, what);
}

void lull_scene_complain(
	struct lull_scene *r, const struct lull_yaml *node, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	complain(r, lull_scene_place_of(node), format, args);
	va_end(args);
}

void lull_scene_complain_at(
	struct lull_scene *r, struct lull_scene_place place, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	complain(r, place, format, args);
	va_end(args);
}

const char *lull_scene_text(struct lull_scene *r, const struct lull_yaml *node)
{
	if (node == NULL || node->kind != LULL_YAML_TEXT) {
		lull_scene_complain(r, node, "expected one value");
		return NULL;
	}
	if (strlen(node->text) > TEXT) {
		lull_scene_complain(r, node, "value too long: at most %d bytes", TEXT);
		return NULL;
	}
	return node->text;
}

void *lull_scene_push(struct lull_scene *r, void *items, size_t *n, size_t size)
{
	char *grown = realloc(items, (*n + 1) * size);
	if (grown == NULL) {
		r->no_memory = true;
		r->errors++;
		return NULL;
	}
	memset(grown + *n * size, 0, size);
	(*n)++;
	return grown;
}

// A hostile file is full of slips: look for what was meant only while anyone is told.
static const char *nearest(
	const struct lull_scene *r, const char *word, const char *const *words, size_t n)
{
	return r->errors < LULL_SCENE_COMPLAINTS ? lull_text_nearest(word, words, n) : NULL;
}

static void unknown_key(struct lull_scene *r, const struct lull_yaml *node, const char *name,
	const struct lull_scene_key *keys, size_t n)
{
	const char *names[64];
	size_t n_names = n < 64 ? n : 64;
	for (size_t i = 0; i < n_names; i++)
		names[i] = keys[i].name;
	const char *near = nearest(r, name, names, n_names);
	if (near != NULL)
		lull_scene_complain(
			r, node, "unknown key \"%s\": did you mean \"%s\"?", name, near);
	else
		lull_scene_complain(r, node, "unknown key \"%s\" here", name);
}

void lull_scene_map(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *keys, size_t n, void *base)
{
	if (node == NULL || node->kind != LULL_YAML_MAP) {
		lull_scene_complain(r, node, "expected a mapping: {key: value, ...}");
		return;
	}
	uint64_t seen = 0;
	for (const struct lull_yaml_item *i = node->first; i != NULL; i = i->next) {
		const char *name = lull_scene_text(r, i->key);
		if (name == NULL)
			continue;
		size_t k = 0;
		while (k < n && strcmp(keys[k].name, name) != 0)
			k++;
		if (k == n)
			unknown_key(r, i->key, name, keys, n);
		else if (seen >> k & 1)
			lull_scene_complain(r, i->key, "\"%s\" stands here twice", name);
		else
			keys[k].read(r, i->value, &keys[k], (char *)base + keys[k].offset);
		if (k < n)
			seen |= UINT64_C(1) << k;
	}
}

static bool number(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, bool whole, double *value)
{
	char *end;
	const char *text = lull_scene_text(r, node);
	if (text == NULL)
		return false;
	double v = strtod(text, &end);
	if (end == text || *end != '\0' || !isfinite(v) || (whole && v != floor(v))) {
		lull_scene_complain(r, node, "%s: \"%s\" is not a %s", key->name, text,
			whole ? "whole number" : "number");
		return false;
	}
	if ((key->lo != 0 || key->hi != 0) && (v < key->lo || v > key->hi)) {
		lull_scene_complain(r, node, "%s: %s is outside %.15g .. %.15g", key->name, text,
			key->lo, key->hi);
		return false;
	}
	*value = v;
	return true;
}

LULL_SCENE_READER(node)
{
	(void)r;
	(void)key;
	*(const struct lull_yaml **)dst = node;
}

LULL_SCENE_READER(double)
{
	double v;
	if (number(r, node, key, false, &v))
		*(double *)dst = v;
}

LULL_SCENE_READER(uint32)
{
	double v;
	if (number(r, node, key, true, &v))
		*(uint32_t *)dst = (uint32_t)v;
}

LULL_SCENE_READER(int)
{
	double v;
	if (number(r, node, key, true, &v))
		*(int *)dst = (int)v;
}

LULL_SCENE_READER(uint64)
{
	char *end;
	const char *text = lull_scene_text(r, node);
	if (text == NULL)
		return;
	errno = 0;
	uint64_t v = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0)
		lull_scene_complain(r, node, "%s: \"%s\" is not a whole number", key->name, text);
	else
		*(uint64_t *)dst = v;
}

LULL_SCENE_READER(bool)
{
	const char *text = lull_scene_text(r, node);
	if (text == NULL)
		return;
	if (strcmp(text, "true") == 0 || strcmp(text, "yes") == 0)
		*(bool *)dst = true;
	else if (strcmp(text, "false") == 0 || strcmp(text, "no") == 0)
		*(bool *)dst = false;
	else
		lull_scene_complain(
			r, node, "%s: \"%s\" is neither true nor false", key->name, text);
}

static bool duration(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, const char *text, uint64_t *ns)
{
	uint64_t v;
	if (strcmp(text, "0") == 0) {
		v = 0; // nothing is nothing in every unit
	} else if (lull_duration_parse(text, &v) != 0 || v > (uint64_t)INT64_MAX) {
		lull_scene_complain(r, node, "%s: \"%s\" is not a duration such as 10s or 1h30m",
			key->name, text);
		return false;
	}
	double seconds = (double)v / 1e9;
	if ((key->lo != 0 || key->hi != 0) && (seconds < key->lo || seconds > key->hi)) {
		lull_scene_complain(r, node, "%s: %s is outside %.15g s .. %.15g s", key->name,
			text, key->lo, key->hi);
		return false;
	}
	*ns = v;
	return true;
}

LULL_SCENE_READER(duration)
{
	const char *text = lull_scene_text(r, node);
	uint64_t ns;
	if (text != NULL && duration(r, node, key, text, &ns))
		*(uint64_t *)dst = ns;
}

LULL_SCENE_READER(step)
{
	const char *text = lull_scene_text(r, node);
	uint64_t ns;
	if (text == NULL)
		return;
	bool back = *text == '-';
	if (duration(r, node, key, text + (*text == '-' || *text == '+'), &ns))
		*(int64_t *)dst = back ? -(int64_t)ns : (int64_t)ns;
}

LULL_SCENE_READER(time)
{
	const char *text = lull_scene_text(r, node);
	uint64_t ns;
	if (text == NULL)
		return;
	if (lull_time_parse(text, &ns) != 0)
		lull_scene_complain(r, node,
			"%s: \"%s\" is not a time such as 2025-06-07T03:14:07Z", key->name, text);
	else
		*(uint64_t *)dst = ns;
}

LULL_SCENE_READER(string)
{
	const char *text = lull_scene_text(r, node);
	if (text == NULL)
		return;
	if (*text == '\0') {
		lull_scene_complain(r, node, "%s is empty", key->name);
		return;
	}
	char *copy = strdup(text);
	if (copy == NULL)
		r->no_memory = true;
	free(*(char **)dst);
	*(char **)dst = copy;
}

LULL_SCENE_READER(mac)
{
	const char *text = lull_scene_text(r, node);
	if (text == NULL)
		return;
	unsigned o[6];
	int end = 0;
	if (strlen(text) != 17 ||
		sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &o[0], &o[1], &o[2], &o[3], &o[4], &o[5],
			&end) != 6 ||
		end != 17) {
		lull_scene_complain(r, node, "%s: \"%s\" is not a MAC such as 02:00:00:00:00:01",
			key->name, text);
		return;
	}
	uint64_t mac = 0;
	for (int i = 0; i < 6; i++)
		mac = mac << 8 | o[i];
	*(uint64_t *)dst = mac;
}

static void prefix(struct lull_scene *r, const struct lull_yaml *node,
	struct lull_prefix **prefixes, size_t *n)
{
	const char *text = lull_scene_text(r, node);
	if (text == NULL)
		return;
	struct lull_prefix p;
	int rc = lull_prefix_parse(text, &p);
	if (rc == -EDOM) {
		char meant[LULL_ADDR_TEXT];
		lull_scene_complain(r, node, "\"%s\" has bits beyond its length: did you mean %s?",
			text, lull_prefix_format(&p, meant));
		return;
	}
	if (rc != 0 || p.len == 0) {
		lull_scene_complain(r, node, "\"%s\" is not a prefix such as 192.0.2.0/24", text);
		return;
	}
	if (*n >= LULL_SCENE_PREFIXES) {
		lull_scene_complain(r, node, "more than %d prefixes", LULL_SCENE_PREFIXES);
		return;
	}
	struct lull_prefix *grown = lull_scene_push(r, *prefixes, n, sizeof(p));
	if (grown == NULL)
		return;
	grown[*n - 1] = p;
	*prefixes = grown;
}

void lull_scene_prefixes(struct lull_scene *r, const struct lull_yaml *node,
	struct lull_prefix **prefixes, size_t *n)
{
	if (node->kind != LULL_YAML_LIST) {
		prefix(r, node, prefixes, n);
		return;
	}
	const struct lull_yaml_item *iter = NULL;
	const struct lull_yaml *item;
	while ((item = lull_scene_next(node, &iter)) != NULL)
		prefix(r, item, prefixes, n);
}

int lull_scene_word(struct lull_scene *r, const struct lull_yaml *node, const char *what,
	const char *const *words, size_t n)
{
	const char *text = lull_scene_text(r, node);
	if (text == NULL)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i], text) == 0)
			return (int)i;
	}
	const char *near = nearest(r, text, words, n);
	if (near != NULL)
		lull_scene_complain(
			r, node, "unknown %s \"%s\": did you mean \"%s\"?", what, text, near);
	else
		lull_scene_complain(r, node, "unknown %s \"%s\"", what, text);
	return -1;
}
