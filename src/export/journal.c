// SPDX-License-Identifier: BSD-3-Clause
// Event identifiers to dense numbers. What is kept per event is up to the exporter.

#include "export/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// FNV-1a; identifiers are keyed hashes of our own already.
static uint64_t hash(const char *id)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (; *id != '\0'; id++)
		h = (h ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
	return h ^ h >> 32;
}

static void place(struct lull_journal *j, size_t number)
{
	size_t i = hash(j->ids[number]) & (j->n_slots - 1);
	while (j->slots[i] != 0)
		i = (i + 1) & (j->n_slots - 1);
	j->slots[i] = (uint32_t)number + 1;
}

static int grow(struct lull_journal *j)
{
	size_t cap = j->cap == 0 ? 64 : j->cap * 2;
	if (cap > UINT32_MAX / 4)
		return -1;
	char(*ids)[17] = realloc(j->ids, cap * sizeof(*ids));
	if (ids == NULL)
		return -1;
	j->ids = ids;
	uint32_t *slots = calloc(cap * 2, sizeof(*slots));
	if (slots == NULL)
		return -1;
	free(j->slots);
	j->slots = slots;
	j->n_slots = cap * 2;
	j->cap = cap;
	for (size_t i = 0; i < j->n; i++)
		place(j, i);
	return 0;
}

size_t lull_journal_number(struct lull_journal *j, const char *id)
{
	if (j->n_slots > 0) {
		size_t i = hash(id) & (j->n_slots - 1);
		for (; j->slots[i] != 0; i = (i + 1) & (j->n_slots - 1))
			if (strcmp(j->ids[j->slots[i] - 1], id) == 0)
				return j->slots[i] - 1;
	}
	if (j->n == j->cap && grow(j) < 0)
		return SIZE_MAX;
	snprintf(j->ids[j->n], sizeof(j->ids[j->n]), "%s", id);
	place(j, j->n);
	return j->n++;
}

void lull_journal_finish(struct lull_journal *j)
{
	free(j->ids);
	free(j->slots);
	*j = (struct lull_journal){0};
}
