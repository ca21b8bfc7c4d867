// SPDX-License-Identifier: BSD-3-Clause
// Reads files of labels into memory.

#include "slurp.h"

#include <errno.h>
#include <lull/log.h>
#include <stdio.h>
#include <string.h>

int lull_slurp(const char *path, struct lull_text *text)
{
	char block[65536];
	size_t n = 0;
	FILE *in = fopen(path, "re");
	if (in == NULL) {
		lull_log_error("%s: %s", path, strerror(errno));
		return -EIO;
	}
	lull_text_add_bytes(text, "", 0);
	while (text->len <= LULL_LABELS_BYTES && (n = fread(block, 1, sizeof(block), in)) > 0)
		lull_text_add_bytes(text, block, n);
	int e = 0;
	if (ferror(in)) {
		lull_log_error("%s: %s", path, strerror(errno));
		e = -EIO;
	} else if (text->len > LULL_LABELS_BYTES) {
		lull_log_error("%s: longer than %zu MiB; is this a file of labels?", path,
			LULL_LABELS_BYTES >> 20);
		e = -EIO;
	}
	fclose(in);
	return e < 0 ? e : text->failed ? -ENOMEM : 0;
}
