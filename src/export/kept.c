// SPDX-License-Identifier: BSD-3-Clause
// Copies of events. The names of upstreams belong to a registry that may go before the report is
// written, so they are copied too.

#include "export/kept.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static size_t length(const char *name)
{
	return name != NULL ? strlen(name) + 1 : 0;
}

static const char *move(const char *name, char **at)
{
	if (name == NULL)
		return NULL;
	size_t n = length(name);
	char *copy = memcpy(*at, name, n);
	*at += n;
	return copy;
}

// Replace events[i]; what was there stays when memory is out.
static int replace(struct lull_kept *k, size_t i, const struct lull_event *event)
{
	size_t bytes = length(event->upstream);
	for (size_t p = 0; p < event->n_parts; p++)
		bytes += length(event->parts[p].upstream);
	char *names = malloc(bytes + 1);
	if (names == NULL)
		return -ENOMEM;
	char *at = names;
	*k->events[i] = *event;
	k->events[i]->upstream = move(event->upstream, &at);
	for (size_t p = 0; p < event->n_parts; p++)
		k->events[i]->parts[p].upstream = move(event->parts[p].upstream, &at);
	free(k->names[i]);
	k->names[i] = names;
	return 0;
}

static int grow(struct lull_kept *k)
{
	size_t cap = k->cap == 0 ? 16 : k->cap * 2;
	struct lull_event **events = realloc(k->events, cap * sizeof(*events));
	if (events == NULL)
		return -ENOMEM;
	k->events = events;
	char **names = realloc(k->names, cap * sizeof(*names));
	if (names == NULL)
		return -ENOMEM;
	k->names = names;
	k->cap = cap;
	return 0;
}

int lull_kept_add(struct lull_kept *k, const struct lull_event *event)
{
	size_t number = lull_journal_number(&k->journal, event->id);
	if (number == SIZE_MAX)
		return -ENOMEM;
	if (number >= LULL_KEPT_MAX)
		return 0;
	if (number >= k->n) {
		if (k->n == k->cap && grow(k) < 0)
			return -ENOMEM;
		k->events[k->n] = calloc(1, sizeof(struct lull_event));
		k->names[k->n] = NULL;
		if (k->events[k->n] == NULL)
			return -ENOMEM;
		k->n++;
	}
	return replace(k, number, event);
}

size_t lull_kept_dropped(const struct lull_kept *k)
{
	return k->journal.n > LULL_KEPT_MAX ? k->journal.n - LULL_KEPT_MAX : 0;
}

void lull_kept_finish(struct lull_kept *k)
{
	for (size_t i = 0; i < k->n; i++) {
		free(k->events[i]);
		free(k->names[i]);
	}
	free(k->events);
	free(k->names);
	lull_journal_finish(&k->journal);
	*k = (struct lull_kept){0};
}
