// SPDX-License-Identifier: BSD-3-Clause
// What a live run says of itself to Prometheus: a plain view, gathered once per bin by the
// analyzer, and its text form. Formats: Prometheus text 0.0.4 and OpenMetrics 1.0.0.
// Counters are cumulated over the life of the process, reloads included.

#pragma once

#include <lull/class.h>
#include <lull/event.h>
#include <lull/packet.h>
#include <lull/text.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lull_metric_target {
	const char *name;
	uint64_t packets[2], bytes[2]; // by enum lull_direction
	uint64_t distinct[2];          // of the last bin
	uint64_t flows, stuck;         // sampled TCP flows of the last bin, those stuck
	double expected_pps;           // out; NAN: not known yet
	double detectable_delay_s;     // INFINITY: never
	enum lull_state state;
	uint64_t events; // outages so far
};

struct lull_metric_port {
	const char *device, *driver;
	struct lull_law law; // over all bins
	bool link_up;
	enum lull_loss loss;
	uint64_t lost, nic_received, missed, nombuf, errors, sent;
	double silence_s;       // since its last packet; NAN: none yet
	double control_ratio;   // unmatched traffic of the last bin over its usual; NAN: not known
	double duplicate_ratio; // share of sampled packets seen twice lately; NAN: none sampled
	double timestamp_lag_s; // how far packet times lie behind the clock, at most, last bin
};

#define LULL_FILL_BUCKETS 10 // packets in a burst: 0, 1, 2, 4, ..., up to 256

// One worker. All cumulated.
struct lull_metric_queue {
	unsigned port, queue;
	int core; // -1: not pinned
	uint64_t packets, bytes, polls;
	uint64_t
		fill[LULL_FILL_BUCKETS]; // polls by packets: <= 0, 1, 2, 4, 8, 16, 32, 64, 128, 256
	double busy_s;                   // time spent on polls that gave packets
	bool stalled;
};

#define LULL_STAGES 5
#define LULL_LATENCY_BUCKETS 8 // 10 us, 100 us, 1 ms, 10 ms, 100 ms, 1 s, 10 s, +Inf

// Analyzer stages: "merge", "detect", "export", "render", and "close": from the end of a bin to
// its last listener.
struct lull_metric_stage {
	const char *name;
	uint64_t buckets[LULL_LATENCY_BUCKETS]; // not cumulated
	double sum_s;
};

struct lull_metrics_view {
	const char *site, *config_digest;
	uint64_t now_ns, started_ns; // by the live clock
	uint64_t bin_ns, bin_end_ns; // end of the last closed bin
	const struct lull_metric_target *targets;
	size_t n_targets;
	const struct lull_metric_port *ports;
	size_t n_ports;
	const struct lull_metric_queue *queues;
	size_t n_queues;
	struct lull_metric_stage stages[LULL_STAGES];
	uint64_t bins, gaps, bins_overwritten;
	uint64_t reloads[2];     // [0] refused, [1] taken
	uint64_t state_saves[2]; // [0] failed, [1] written
	uint64_t revisions;      // of events told
	uint64_t open_events;
	uint64_t events_untold;             // waiting for the log of events
	uint64_t output_waiting;            // revisions that standard output has no room for yet
	uint64_t output_dropped;            // given up: standard output will never have them
	uint64_t log_dropped;               // messages standard error had no room for
	uint64_t events_dropped;            // given up: the log will never have them
	uint64_t upstreams;                 // told apart
	uint64_t upstreams_refused_packets; // of learnt ones beyond upstreams_max
	double clock_offset_s;              // wall clock minus live clock
	unsigned series_max; // metrics per target are left out beyond this many series, and counted
};

enum lull_metrics_format {
	LULL_METRICS_TEXT,        // text/plain; version=0.0.4; charset=utf-8
	LULL_METRICS_OPENMETRICS, // application/openmetrics-text; version=1.0.0; charset=utf-8
};

// Append the whole page. Process figures (RSS, CPU, file descriptors, threads, jemalloc) are read
// here, from /proc. Same view, same bytes, but for those. 0 or -ENOMEM.
int lull_metrics_render(const struct lull_metrics_view *view, enum lull_metrics_format format,
	struct lull_text *out);
