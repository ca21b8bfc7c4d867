// SPDX-License-Identifier: BSD-3-Clause
// Small files of labels, whole.

#pragma once

#include <lull/text.h>

#define LULL_LABELS_BYTES ((size_t)256 << 20)

// Read path into *text (the caller's, to be finished). 0; -EIO after a message (also when it is
// longer than LULL_LABELS_BYTES); -ENOMEM.
int lull_slurp(const char *path, struct lull_text *text);
