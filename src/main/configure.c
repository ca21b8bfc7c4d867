// SPDX-License-Identifier: BSD-3-Clause
// What is watched: the configuration file and what the command line adds.

#include "configure.h"

#include <errno.h>
#include <lull/log.h>
#include <stdlib.h>

bool lull_went(int e)
{
	if (e == -ENOMEM)
		lull_log_error("out of memory");
	return e == 0;
}

int lull_watched_init(struct lull_watched *w, int argc)
{
	*w = (struct lull_watched){0};
	w->targets = calloc((size_t)argc + 1, sizeof(*w->targets));
	w->tables = calloc((size_t)argc + 1, sizeof(*w->tables));
	return lull_went(w->targets != NULL && w->tables != NULL ? 0 : -ENOMEM) ? 0 : -ENOMEM;
}

void lull_watched_finish(struct lull_watched *w)
{
	free(w->targets);
	free(w->tables);
}

bool lull_watched_take(struct lull_watched *w, int key, const char *value)
{
	if (key == 't')
		w->targets[w->n_targets++] = value;
	else if (key == 'T')
		w->tables[w->n_tables++] = value;
	else if (key == 'c')
		w->config = value;
	else
		return false;
	return true;
}

struct lull_config *lull_watched_config(const struct lull_watched *w)
{
	struct lull_config *c =
		w->config != NULL ? lull_config_load(w->config) : lull_config_create();
	if (c == NULL) {
		lull_went(-errno);
		return NULL;
	}
	int e = 0;
	for (size_t i = 0; i < w->n_targets; i++)
		e |= lull_config_add_target(c, w->targets[i]);
	for (size_t i = 0; i < w->n_tables; i++)
		e |= lull_config_add_table(c, w->tables[i]);
	if (lull_went(e))
		return c;
	lull_config_destroy(c);
	return NULL;
}
