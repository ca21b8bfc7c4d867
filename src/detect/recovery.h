// SPDX-License-Identifier: BSD-3-Clause
// The way back of a series that fell; the rest of it is in watch.h.

#pragma once

#include "watch.h"

// It alarmed with the bin just judged.
void lull_recovery_start(struct lull_watch *s);
// Take a further bin, before the downward bank does. Sets recovered once it is back.
void lull_recovery_judge(struct lull_watch *s, const struct lull_recent_bin *b);
