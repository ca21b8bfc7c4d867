// SPDX-License-Identifier: BSD-3-Clause
// An event as one plain English sentence, for operators and journalists alike: who, how much,
// since when and how exactly that is known, until when, over which routes, and whether the tap
// can be trusted.

#pragma once

#include <lull/event.h>
#include <lull/text.h>
#include <stdbool.h>

struct lull_sentence_style {
	bool ascii;  // "+-" for the sign, '?' in names
	bool series; // values of somebody's series, not packets seen by a tap
	bool over;   // no more bins will come: "at the end of the capture"
	int width;   // columns to which lines under the sentence are broken; 0: never
};

// Append the sentence, without a full stop or newline.
void lull_sentence(struct lull_text *t, const struct lull_event *e, struct lull_sentence_style s);

// True when the event is about one upstream of its target, not the whole of it.
bool lull_sentence_is_about_one(const struct lull_event *e);

// Append the event's names of upstreams that lost (lost > 0: at least half) or won traffic, as
// "a, b and c"; more than three as "5 upstreams". Returns how many there are.
size_t lull_sentence_upstreams(
	struct lull_text *t, const struct lull_event *e, bool won, struct lull_sentence_style s);
