// SPDX-License-Identifier: BSD-3-Clause
// Names of targets: one text, an index by number and an open-addressing index by hash.

#include "names.h"
#include <errno.h>
#include <lull/targets.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

// A name file may come from anyone, so the hash is keyed; without the system's random bytes the
// key stays 0, which costs safety against aimed collisions and nothing else.
static void draw_key(struct lull_sipkey *key)
{
	if (getrandom(key, sizeof(*key), GRND_NONBLOCK) != sizeof(*key))
		*key = (struct lull_sipkey){0, 0};
}

static uint32_t hash_of(const struct lull_names *names, const char *name, size_t len)
{
	return (uint32_t)(lull_siphash(&names->key, name, len) >> 32);
}

// The slot that holds the name, or the free one where it belongs. n_slots > n.
static size_t slot_of(const struct lull_names *names, const char *name, size_t len, uint32_t hash)
{
	size_t mask = names->n_slots - 1;
	size_t at = hash & mask;
	for (; names->slots[at] != 0; at = (at + 1) & mask) {
		if ((uint32_t)(names->slots[at] >> 32) != hash)
			continue;
		const char *known = lull_names_text(names, (uint32_t)names->slots[at]);
		if (strncmp(known, name, len) == 0 && known[len] == '\0')
			break;
	}
	return at;
}

static int grow_slots(struct lull_names *names)
{
	if ((size_t)names->n * 2 < names->n_slots)
		return 0;
	size_t n = names->n_slots == 0 ? 64 : names->n_slots * 2;
	uint64_t *slots = calloc(n, sizeof(*slots));
	if (slots == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < names->n_slots; i++) {
		if (names->slots[i] == 0)
			continue;
		size_t at = (names->slots[i] >> 32) & (n - 1);
		while (slots[at] != 0)
			at = (at + 1) & (n - 1);
		slots[at] = names->slots[i];
	}
	if (names->n_slots == 0)
		draw_key(&names->key);
	free(names->slots);
	names->slots = slots;
	names->n_slots = n;
	return 0;
}

static int grow_text(struct lull_names *names, size_t len)
{
	if (names->n == names->starts_cap) {
		size_t cap = names->starts_cap == 0 ? 64 : names->starts_cap * 2;
		size_t *starts = realloc(names->starts, cap * sizeof(*starts));
		if (starts == NULL)
			return -ENOMEM;
		names->starts = starts;
		names->starts_cap = cap;
	}
	if (names->cap - names->len < len + 1) {
		size_t cap = names->cap * 2 + len + 1024;
		char *text = realloc(names->text, cap);
		if (text == NULL)
			return -ENOMEM;
		names->text = text;
		names->cap = cap;
	}
	return 0;
}

uint32_t lull_names_intern(struct lull_names *names, const char *name, size_t len)
{
	if (grow_slots(names) < 0 || grow_text(names, len) < 0) {
		errno = ENOMEM;
		return 0;
	}
	uint32_t hash = hash_of(names, name, len);
	size_t at = slot_of(names, name, len, hash);
	if (names->slots[at] != 0)
		return (uint32_t)names->slots[at];
	if (names->n == LULL_TARGETS_MAX) {
		errno = E2BIG;
		return 0;
	}
	names->starts[names->n++] = names->len;
	memcpy(names->text + names->len, name, len);
	names->text[names->len + len] = '\0';
	names->len += len + 1;
	names->slots[at] = (uint64_t)hash << 32 | names->n;
	return names->n;
}

uint32_t lull_names_find(const struct lull_names *names, const char *name, size_t len)
{
	if (names->n_slots == 0)
		return 0;
	return (uint32_t)names->slots[slot_of(names, name, len, hash_of(names, name, len))];
}

const char *lull_names_text(const struct lull_names *names, uint32_t id)
{
	return names->text + names->starts[id - 1];
}

void lull_names_finish(struct lull_names *names)
{
	free(names->text);
	free(names->starts);
	free(names->slots);
	*names = (struct lull_names){0};
}
