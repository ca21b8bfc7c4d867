// SPDX-License-Identifier: BSD-3-Clause
// The table of exporters.

#include "export/exporters.h"

#include <string.h>

static const struct lull_exporter_ops *const exporters[] = {
	&lull_exporter_text,
	&lull_exporter_jsonl,
	&lull_exporter_csv,
	&lull_exporter_codf,
	&lull_exporter_lines,
};

const struct lull_exporter_ops *lull_exporter_find(const char *name)
{
	for (size_t i = 0; i < sizeof(exporters) / sizeof(exporters[0]); i++)
		if (strcmp(exporters[i]->name, name) == 0)
			return exporters[i];
	return NULL;
}

const char *const *lull_exporter_names(void)
{
	static const char *const names[] = {"text", "jsonl", "csv", "codf", "lines", NULL};
	return names;
}
