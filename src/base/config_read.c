// SPDX-License-Identifier: BSD-3-Clause
// Reading a tree by tables, and the readers of plain values. Which keys there are is in
// config_keys.c.

#include "config_read.h"
#include "config_complain.h"
#include "config_value.h"
#include <errno.h>
#include <lull/address.h>
#include <lull/log.h>
#include <lull/text.h>
#include <lull/time.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lull_reader_complain(
	struct lull_reader *r, const struct lull_place *place, const char *format, ...)
{
	if (r->wrong++ >= LULL_COMPLAINTS)
		return;
	char what[1024];
	va_list args;
	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	lull_complain(place, "%s", what);
}

int lull_reader_end(struct lull_reader *r)
{
	if (r->wrong > LULL_COMPLAINTS)
		lull_log_error("%u more complaints are not shown", r->wrong - LULL_COMPLAINTS);
	if (r->wrong > 0)
		return -EINVAL;
	return r->no_memory ? -ENOMEM : 0;
}

static const char *kind_name(enum lull_yaml_kind kind)
{
	static const char *const names[] = {"nothing", "a single value", "a list", "a mapping"};
	return names[kind];
}

bool lull_read_is(struct lull_reader *r, const char *name, const struct lull_yaml *value,
	enum lull_yaml_kind kind)
{
	if (value->kind == kind)
		return true;
	if (value->kind == LULL_YAML_NOTHING)
		lull_reader_complain(r, &value->place,
			"'%s' has no value; give it %s or leave it out", name, kind_name(kind));
	else
		lull_reader_complain(r, &value->place, "'%s' is %s; it must be %s", name,
			kind_name(value->kind), kind_name(kind));
	return false;
}

const struct lull_key *lull_key_find(const struct lull_key *keys, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(keys[i].name, name) == 0)
			return &keys[i];
	}
	return NULL;
}

static void complain_unknown(struct lull_reader *r, const struct lull_key *keys, size_t n,
	const struct lull_yaml *key, const char *what)
{
	const char *names[32];
	struct lull_text list = {0};
	for (size_t i = 0; i < n && i < 32; i++) {
		names[i] = keys[i].name;
		lull_text_add(&list, "%s%s", i > 0 ? ", " : "", names[i]);
	}
	const char *near = lull_text_nearest(key->text, names, n < 32 ? n : 32);
	if (near != NULL)
		lull_reader_complain(r, &key->place, "%s has no key '%.64s'; did you mean '%s'?",
			what, key->text, near);
	else
		lull_reader_complain(r, &key->place, "%s has no key '%.64s'; it may have %s", what,
			key->text, list.data != NULL ? list.data : "");
	lull_text_finish(&list);
}

void lull_read_map(struct lull_reader *r, const struct lull_key *keys, size_t n,
	const struct lull_yaml *map, const char *what, void *into, bool *seen)
{
	bool own[32] = {false};
	seen = seen != NULL ? seen : own;
	for (const struct lull_yaml_item *i = map->first; i != NULL; i = i->next) {
		const struct lull_key *key = lull_key_find(keys, n, i->key->text);
		if (key == NULL) {
			complain_unknown(r, keys, n, i->key, what);
			continue;
		}
		if (seen[key - keys]) {
			lull_reader_complain(r, &i->key->place,
				"%s has '%s' twice; keep one of them", what, key->name);
			continue;
		}
		seen[key - keys] = true;
		key->read(r, key, i->value, (char *)into + key->offset);
	}
}

int lull_read_word(struct lull_reader *r, const char *name, const struct lull_yaml *value,
	const char *const *words)
{
	struct lull_text list = {0};
	int found = -1, n = 0;
	for (; words[n] != NULL; n++) {
		lull_text_add(&list, "%s%s", n > 0 ? ", " : "", words[n]);
		if (strcmp(words[n], value->text) == 0)
			found = n;
	}
	const char *near = lull_text_nearest(value->text, words, (size_t)n);
	if (found < 0 && near != NULL)
		lull_reader_complain(r, &value->place, "%s: no '%.64s'; did you mean '%s'?", name,
			value->text, near);
	else if (found < 0)
		lull_reader_complain(r, &value->place, "%s: no '%.64s'; there are %s", name,
			value->text, list.data != NULL ? list.data : "");
	lull_text_finish(&list);
	return found;
}

char *lull_read_copy(struct lull_reader *r, const char *text)
{
	char *copy = strdup(text);
	r->no_memory |= copy == NULL;
	return copy;
}

void *lull_read_array(struct lull_reader *r, size_t n, size_t size)
{
	if (n == 0)
		return NULL;
	void *p = calloc(n, size);
	r->no_memory |= p == NULL;
	return p;
}

size_t lull_read_length(const struct lull_yaml *value)
{
	return value->kind == LULL_YAML_LIST ? value->n : value->kind == LULL_YAML_TEXT;
}

const struct lull_yaml *lull_read_next(struct lull_reader *r, const char *name,
	const struct lull_yaml *value, const struct lull_yaml_item **item, bool *started)
{
	if (value->kind == LULL_YAML_TEXT) {
		bool first = !*started;
		*started = true;
		return first ? value : NULL;
	}
	if (!*started && !lull_read_is(r, name, value, LULL_YAML_LIST)) {
		*started = true;
		return NULL;
	}
	for (;;) {
		*item = *started ? (*item != NULL ? (*item)->next : NULL) : value->first;
		*started = true;
		if (*item == NULL)
			return NULL;
		if (lull_read_is(r, name, (*item)->value, LULL_YAML_TEXT))
			return (*item)->value;
	}
}

void lull_read_texts(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, lull_read_one_fn *one, char ***list, size_t *n)
{
	const struct lull_yaml_item *item = NULL;
	bool started = false;
	lull_texts_free(list, n);
	*list = lull_read_array(r, lull_read_length(value), sizeof(**list));
	for (const struct lull_yaml *v;
		(v = lull_read_next(r, key->name, value, &item, &started)) != NULL;) {
		char *text = one(r, key, v);
		if (text != NULL && *list != NULL)
			(*list)[(*n)++] = text;
		else
			free(text);
	}
}

void lull_texts_free(char ***list, size_t *n)
{
	for (size_t i = 0; i < *n; i++)
		free((*list)[i]);
	free(*list);
	*list = NULL;
	*n = 0;
}

void lull_read_text(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	char **field = into;
	if (!lull_read_is(r, key->name, value, LULL_YAML_TEXT))
		return;
	free(*field);
	*field = lull_read_copy(r, value->text);
}

void lull_read_name(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	if (!lull_read_is(r, key->name, value, LULL_YAML_TEXT))
		return;
	const char *problem = lull_config_name_problem(value->text);
	if (problem != NULL)
		lull_reader_complain(r, &value->place, "'%s' %s", key->name, problem);
	else
		lull_read_text(r, key, value, into);
}

void lull_read_duration(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	uint64_t ns;
	if (!lull_read_is(r, key->name, value, LULL_YAML_TEXT))
		return;
	int rc = lull_duration_parse(value->text, &ns);
	if (rc == -EINVAL) {
		lull_reader_complain(r, &value->place,
			"%s: '%.64s' is not a duration; write a number and its unit, such as "
			"500ms, 10s, "
			"1h30m or 7d",
			key->name, value->text);
		return;
	}
	if (rc < 0 || (double)ns < key->lo || (double)ns > key->hi) {
		char lo[LULL_VALUE_TEXT], hi[LULL_VALUE_TEXT];
		lull_reader_complain(r, &value->place,
			"%s: %.64s is out of range; it may be %s to %s", key->name, value->text,
			lull_duration_exact((uint64_t)key->lo, lo),
			lull_duration_exact((uint64_t)key->hi, hi));
		return;
	}
	*(uint64_t *)into = ns;
}

void lull_read_size(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	uint64_t bytes;
	char lo[LULL_VALUE_TEXT], hi[LULL_VALUE_TEXT];
	if (!lull_read_is(r, key->name, value, LULL_YAML_TEXT))
		return;
	int rc = lull_size_parse(value->text, &bytes);
	if (rc == -EINVAL)
		lull_reader_complain(r, &value->place,
			"%s: '%.64s' is not a size; write a whole number and its unit, such as "
			"64MiB (or KiB, GiB)",
			key->name, value->text);
	else if (rc < 0 || (double)bytes < key->lo || (double)bytes > key->hi)
		lull_reader_complain(r, &value->place,
			"%s: %.64s is out of range; it may be %s to %s", key->name, value->text,
			lull_size_format((uint64_t)key->lo, lo),
			lull_size_format((uint64_t)key->hi, hi));
	else
		*(uint64_t *)into = bytes;
}

static bool read_number(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, bool whole, double *number)
{
	char lo[LULL_VALUE_TEXT], hi[LULL_VALUE_TEXT];
	if (!lull_read_is(r, key->name, value, LULL_YAML_TEXT))
		return false;
	int rc = lull_number_parse(value->text, number);
	bool digits = strspn(value->text, "0123456789") == strlen(value->text);
	if (rc == 0 && (digits || !whole) && *number >= key->lo && *number <= key->hi)
		return true;
	lull_reader_complain(r, &value->place, "%s: '%.64s' must be a %snumber from %s to %s",
		key->name, value->text, whole ? "whole " : "", lull_number_format(key->lo, lo),
		lull_number_format(key->hi, hi));
	return false;
}

void lull_read_number(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	double v;
	if (read_number(r, key, value, false, &v))
		*(double *)into = v + 0.0; // no negative zero
}

void lull_read_unsigned(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	double v;
	if (read_number(r, key, value, true, &v))
		*(unsigned *)into = (unsigned)v;
}

void lull_read_int64(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	double v;
	if (read_number(r, key, value, true, &v))
		*(int64_t *)into = (int64_t)v;
}

void lull_read_budget(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	double per_day;
	if (!lull_read_is(r, key->name, value, LULL_YAML_TEXT))
		return;
	if (lull_budget_parse(value->text, &per_day) < 0)
		lull_reader_complain(r, &value->place,
			"%s: '%.64s' is not a rate of false alarms; write one such as 1/month (or "
			"/day, "
			"/week, /year)",
			key->name, value->text);
	else if (per_day < key->lo || per_day > key->hi)
		lull_reader_complain(r, &value->place,
			"%s: %.64s is out of range; it may be %g to %g a day", key->name,
			value->text, key->lo, key->hi);
	else
		*(double *)into = per_day;
}

bool lull_read_prefix(struct lull_reader *r, const struct lull_place *place, const char *text)
{
	struct lull_prefix prefix;
	char meant[LULL_ADDR_TEXT];
	int rc = lull_prefix_parse(text, &prefix);
	if (rc == -EDOM)
		lull_reader_complain(r, place,
			"%s has bits set beyond its length; did you mean %s?", text,
			lull_prefix_format(&prefix, meant));
	else if (rc == -ERANGE)
		lull_reader_complain(r, place, "'%.64s' is longer than an address; %s", text,
			strchr(text, ':') != NULL ? "IPv6 prefixes go up to /128"
						  : "IPv4 prefixes go up to /32");
	else if (rc < 0)
		lull_reader_complain(r, place,
			"'%.64s' is not a prefix; write one such as 192.0.2.0/24, 2001:db8::/32, "
			"or an "
			"address",
			text);
	return rc == 0;
}
