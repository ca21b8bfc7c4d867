// SPDX-License-Identifier: BSD-3-Clause
// What a run leaves in files: the series as CSV, the statistics as JSON.

#pragma once

#include <lull/bin.h>
#include <lull/summary.h>
#include <lull/targets.h>
#include <stdio.h>

struct lull_series; // opaque

// Start a series file on out (not closed by lull_series_finish()): writes the header line
// time_ns,target,upstream,direction,packets,bytes,syn,synack,rst,unreach_noroute,unreach_admin,
// unreach_ttl,distinct,first_ns,last_ns,flows,stuck
// zeros: also write rows for series seen before and silent in this bin, and for every target's
// `all` from the first bin on. Names are quoted per RFC 4180 when needed.
// NULL and errno on failure. targets must outlive it.
struct lull_series *lull_series_create(FILE *out, const struct lull_targets *targets, bool zeros);
int lull_series_bin(struct lull_series *s, const struct lull_bin *bin); // 0 or -errno
// From the next bin on, numbers of targets are those of another set.
void lull_series_switch(struct lull_series *s, const struct lull_targets *targets);
int lull_series_flush(struct lull_series *s);  // hand all to the system; 0 or -errno
int lull_series_finish(struct lull_series *s); // flush and free; 0 or -errno

// Statistics of a run as one JSON object, lull.stats/1 (docs/stats.schema.json). targets gives the
// names of summary->targets. Flushes; 0 or -errno.
int lull_stats_write(
	FILE *out, const struct lull_targets *targets, const struct lull_summary *summary);
