// SPDX-License-Identifier: BSD-3-Clause
// The lines under the sentence of an event: how much, when, how sure, over what, why, and what
// lull cannot see.

#pragma once

#include "export/sentence.h"

// Append lines of the form "    how sure   ...\n".
void lull_details(struct lull_text *t, const struct lull_event *e, struct lull_sentence_style s);
