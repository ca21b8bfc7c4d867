// SPDX-License-Identifier: BSD-3-Clause
// The history of a series, in full or its tail; how it is read is in watch.h.

#pragma once

#include "watch.h"

// Append the bin just closed; s->last is the one before it. 0 or -ENOMEM.
int lull_past_add(struct lull_watch *s, const struct lull_recent_bin *b);
// From now on keep it in full, for some bins at least. 0 or -ENOMEM.
int lull_past_widen(struct lull_watch *s);
