// SPDX-License-Identifier: BSD-3-Clause
// Labels and series from JSON.

#include "labels.h"

#include "store/timeseries_time.h"

#include <errno.h>
#include <jansson.h>
#include <lull/log.h>
#include <lull/time.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A name from the file is shown and opened: it stays within the folder.
static bool name_fits(const char *name, bool folders)
{
	if (name[0] == '\0' || name[0] == '/' || strlen(name) > 255)
		return false;
	for (const char *c = name; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f || (*c == '/' && !folders))
			return false;
	return strstr(name, "..") == NULL;
}

static json_t *load(const char *text, size_t n, const char *file)
{
	json_error_t error;
	json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
	if (root == NULL)
		lull_log_error(
			"%s:%d:%d: not JSON: %s", file, error.line, error.column, error.text);
	return root;
}

static int complain(const char *file, const char *where, const char *what)
{
	lull_log_error("%s: %s: %s", file, where, what);
	return -EINVAL;
}

static int sooner(const void *a, const void *b)
{
	const struct lull_window *x = a, *y = b;
	if (x->start_ns != y->start_ns)
		return x->start_ns < y->start_ns ? -1 : 1;
	return (x->end_ns > y->end_ns) - (x->end_ns < y->end_ns);
}

// Sorted; those that touch become one.
static void tidy(struct lull_windows_file *f)
{
	size_t n = 0;
	qsort(f->items, f->n, sizeof(*f->items), sooner);
	for (size_t i = 0; i < f->n; i++) {
		if (n == 0 || f->items[i].start_ns > f->items[n - 1].end_ns)
			f->items[n++] = f->items[i];
		else if (f->items[i].end_ns > f->items[n - 1].end_ns)
			f->items[n - 1].end_ns = f->items[i].end_ns;
	}
	f->n = n;
}

// A text or a number, read as in the files that the windows are about.
static int take_time(const json_t *v, uint64_t *ns)
{
	char number[400];
	const char *text = json_string_value(v);
	if (json_is_integer(v))
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(v));
	else if (json_is_real(v))
		snprintf(number, sizeof(number), "%.9f", json_real_value(v));
	else if (text == NULL)
		return -EINVAL;
	return lull_timeseries_time(text != NULL ? text : number, ns) == NULL ? 0 : -EINVAL;
}

static int take_window(json_t *pair, struct lull_window *w)
{
	if (json_array_size(pair) != 2 || take_time(json_array_get(pair, 0), &w->start_ns) < 0 ||
		take_time(json_array_get(pair, 1), &w->end_ns) < 0)
		return -EINVAL;
	return w->end_ns >= w->start_ns ? 0 : -EINVAL;
}

static int take_windows(const char *file, const char *key, json_t *list, struct lull_windows *w)
{
	size_t n = json_array_size(list);
	if (!json_is_array(list))
		return complain(file, key, "expected a list of windows [start, end]");
	if (!name_fits(key, true))
		return complain(file, "a name", "expected FILE or FOLDER/FILE");
	struct lull_windows_file *f = &w->files[w->n++];
	f->file = strdup(key);
	f->items = calloc(n + 1, sizeof(*f->items));
	if (f->file == NULL || f->items == NULL)
		return -ENOMEM;
	for (; f->n < n; f->n++)
		if (take_window(json_array_get(list, f->n), &f->items[f->n]) < 0)
			return complain(file, key,
				"expected windows as two times, [\"2014-04-10 16:15:00\", "
				"\"2014-04-12 01:45:00\"]");
	tidy(f);
	return 0;
}

int lull_windows_parse(const char *text, size_t n, const char *file, struct lull_windows *w)
{
	json_t *root = load(text, n, file), *list;
	const char *key;
	int e = 0;
	*w = (struct lull_windows){0};
	if (root == NULL)
		return -EINVAL;
	if (!json_is_object(root))
		e = complain(file, "top", "expected {\"file.csv\": [[start, end], ...], ...}");
	else if ((w->files = calloc(json_object_size(root) + 1, sizeof(*w->files))) == NULL)
		e = -ENOMEM;
	else
		json_object_foreach(root, key, list) if (e == 0) e =
			take_windows(file, key, list, w);
	json_decref(root);
	return e;
}

void lull_windows_free(struct lull_windows *w)
{
	for (size_t i = 0; i < w->n; i++) {
		free(w->files[i].file);
		free(w->files[i].items);
	}
	free(w->files);
	*w = (struct lull_windows){0};
}

static int by_value(const void *a, const void *b)
{
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	return (x > y) - (x < y);
}

static int take_indices(json_t *list, struct lull_tcpd_set *into)
{
	size_t n = json_array_size(list);
	if (!json_is_array(list))
		return -EINVAL;
	size_t *all = calloc(n + 1, sizeof(*all));
	int e = all != NULL ? 0 : -ENOMEM;
	for (size_t i = 0; e == 0 && i < n; i++) {
		json_t *v = json_array_get(list, i);
		json_int_t index = json_integer_value(v);
		if (!json_is_integer(v) || index < 0 || index >= (json_int_t)LULL_TCPD_OBSERVATIONS)
			e = -EINVAL;
		else
			all[i] = (size_t)index;
	}
	if (e == 0)
		qsort(all, n, sizeof(*all), by_value);
	for (size_t i = 0; e == 0 && i < n; i++)
		e = lull_tcpd_put(into, all[i]);
	free(all);
	return e;
}

static int take_set(const char *file, const char *key, json_t *sets, struct lull_annotations *a)
{
	size_t n = json_object_size(sets);
	const char *annotator;
	json_t *list;
	if (!json_is_object(sets) || n == 0)
		return complain(file, key, "expected {\"annotator\": [index, ...], ...}");
	if (!name_fits(key, false))
		return complain(file, "a name", "expected the name of a data set");
	struct lull_annotated *set = &a->sets[a->n++];
	set->set = strdup(key);
	set->annotators = calloc(n, sizeof(*set->annotators));
	if (set->set == NULL || set->annotators == NULL)
		return -ENOMEM;
	json_object_foreach(sets, annotator, list)
	{
		int e = take_indices(list, &set->annotators[set->n++]);
		if (e == -EINVAL)
			return complain(file, key, "expected indices of observations, from 0");
		if (e < 0)
			return e;
	}
	return 0;
}

int lull_annotations_parse(const char *text, size_t n, const char *file, struct lull_annotations *a)
{
	json_t *root = load(text, n, file), *sets;
	const char *key;
	int e = 0;
	*a = (struct lull_annotations){0};
	if (root == NULL)
		return -EINVAL;
	if (!json_is_object(root))
		e = complain(file, "top", "expected {\"set\": {\"annotator\": [index, ...]}, ...}");
	else if ((a->sets = calloc(json_object_size(root) + 1, sizeof(*a->sets))) == NULL)
		e = -ENOMEM;
	else
		json_object_foreach(root, key, sets) if (e == 0) e = take_set(file, key, sets, a);
	json_decref(root);
	return e;
}

void lull_annotations_free(struct lull_annotations *a)
{
	for (size_t i = 0; i < a->n; i++) {
		for (size_t k = 0; k < a->sets[i].n; k++)
			lull_tcpd_free(&a->sets[i].annotators[k]);
		free(a->sets[i].annotators);
		free(a->sets[i].set);
	}
	free(a->sets);
	*a = (struct lull_annotations){0};
}

static int take_series(const char *file, json_t *one, size_t n_obs, struct lull_timeseries *s)
{
	const char *label = json_string_value(json_object_get(one, "label"));
	json_t *raw = json_object_get(one, "raw"), *v;
	size_t i;
	if (json_array_size(raw) != n_obs)
		return complain(file, "series", "expected n_obs values as 'raw'");
	s->name = strdup(label != NULL ? label : "");
	s->value = calloc(n_obs, sizeof(*s->value));
	if (s->name == NULL || s->value == NULL)
		return -ENOMEM;
	s->n = n_obs;
	json_array_foreach(raw, i, v)
	{
		if (!json_is_number(v) && !json_is_null(v))
			return complain(file, "raw", "expected numbers, or null where missing");
		s->value[i] = json_is_null(v) ? NAN : json_number_value(v);
	}
	return 0;
}

int lull_tcpd_parse(const char *text, size_t n, const char *file, uint64_t start_ns,
	uint64_t bin_ns, struct lull_timeseries_set *set)
{
	json_t *root = load(text, n, file);
	json_t *list = json_object_get(root, "series");
	json_int_t n_obs = json_integer_value(json_object_get(root, "n_obs"));
	int e = 0;
	*set = (struct lull_timeseries_set){0};
	if (root == NULL)
		return -EINVAL;
	if (n_obs < 1 || n_obs > (json_int_t)LULL_TCPD_OBSERVATIONS)
		e = complain(file, "n_obs", "expected the number of observations");
	else if (json_array_size(list) == 0)
		e = complain(file, "series", "expected a list of series");
	else if ((set->items = calloc(json_array_size(list), sizeof(*set->items))) == NULL)
		e = -ENOMEM;
	for (size_t i = 0; e == 0 && i < json_array_size(list); i++) {
		struct lull_timeseries *s = &set->items[set->n++];
		s->start_ns = start_ns;
		s->bin_ns = bin_ns;
		e = take_series(file, json_array_get(list, i), (size_t)n_obs, s);
	}
	json_decref(root);
	return e;
}
