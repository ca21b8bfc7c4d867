// SPDX-License-Identifier: BSD-3-Clause
// When a worker did not look at its queue: it was not given a core, it hung, the process was
// stopped. Only the worker itself can tell afterwards: its source's clock leaps from one poll to
// the next. What happened on the wire meanwhile was dropped, or stamped when it was found, so the
// silence in between is nobody's (unless packets wait: lull_source_ops.keeps).

#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define LULL_ABSENCES 64 // the last ones are kept

struct lull_absence {
	_Atomic uint64_t from_ns, to_ns;
};

// Written by the worker; a bin's absences are there before the bin is closed.
struct lull_absences {
	uint64_t least_ns; // shorter ones change little of a bin, and are passed over
	_Atomic uint64_t n;
	struct lull_absence kept[LULL_ABSENCES];
};

// Before the first poll. A quarter of a bin, but no less than what any scheduler may take.
void lull_absences_init(struct lull_absences *a, uint64_t bin_ns);
// Worker. It looked at from_ns, and then not before to_ns, later than any time before.
void lull_absences_note(struct lull_absences *a, uint64_t from_ns, uint64_t to_ns);
// Analyzer, of a closed bin. True when the worker was away in a part of it, or may have been: it
// was away so often since that nobody remembers.
bool lull_absences_touch(const struct lull_absences *a, uint64_t start_ns, uint64_t end_ns);
