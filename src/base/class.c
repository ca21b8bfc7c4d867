// SPDX-License-Identifier: BSD-3-Clause
// Names and arithmetic of the count law.

#include <lull/class.h>

const char *lull_class_name(enum lull_class c)
{
	static const char *const names[LULL_CLASSES] = {
		[LULL_MATCHED_SRC] = "matched_src",
		[LULL_MATCHED_DST] = "matched_dst",
		[LULL_MATCHED_BOTH] = "matched_both",
		[LULL_UNMATCHED] = "unmatched",
		[LULL_NOT_IP] = "not_ip",
		[LULL_TRUNCATED] = "truncated",
		[LULL_MALFORMED] = "malformed",
		[LULL_CLASS_LATE] = "late",
		[LULL_CLASS_JUMP] = "jump",
		[LULL_FILTERED] = "filtered",
	};
	return names[c];
}

struct lull_tally lull_law_residual(const struct lull_law *law)
{
	struct lull_tally rest = law->received;
	for (int c = 0; c < LULL_CLASSES; c++) {
		rest.packets -= law->classes[c].packets;
		rest.bytes -= law->classes[c].bytes;
	}
	return rest;
}

void lull_law_add(struct lull_law *sum, const struct lull_law *law)
{
	sum->received.packets += law->received.packets;
	sum->received.bytes += law->received.bytes;
	for (int c = 0; c < LULL_CLASSES; c++) {
		sum->classes[c].packets += law->classes[c].packets;
		sum->classes[c].bytes += law->classes[c].bytes;
	}
}
