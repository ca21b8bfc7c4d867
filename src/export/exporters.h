// SPDX-License-Identifier: BSD-3-Clause
// The exporters there are, one per file, and how they write.

#pragma once

#include <errno.h>
#include <lull/export.h>
#include <lull/text.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

extern const struct lull_exporter_ops lull_exporter_codf;
extern const struct lull_exporter_ops lull_exporter_csv;
extern const struct lull_exporter_ops lull_exporter_jsonl;
extern const struct lull_exporter_ops lull_exporter_lines;
extern const struct lull_exporter_ops lull_exporter_text;

// Values of somebody's series rather than packets?
static inline bool lull_export_is_series(const struct lull_export_options *options)
{
	return options->config != NULL && options->config->series;
}

// Hand what is buffered to the system. 0 or -errno; an earlier error of the stream counts too.
static inline int lull_export_flush(FILE *out)
{
	errno = 0;
	if (fflush(out) != 0 || ferror(out))
		return errno != 0 ? -errno : -EIO;
	return 0;
}

// Write all of a text and flush. 0, -ENOMEM when the text is incomplete, or -errno.
static inline int lull_export_write(FILE *out, const struct lull_text *text)
{
	if (text->failed)
		return -ENOMEM;
	errno = 0;
	if (text->len > 0 && fwrite(text->data, 1, text->len, out) != text->len)
		return errno != 0 ? -errno : -EIO;
	return lull_export_flush(out);
}
