// SPDX-License-Identifier: BSD-3-Clause
// The metrics of a live run: one row per family. A new metric is one row, and a line in
// docs/metrics.md (tests/golden/prometheus compares them).
//
// Naming (prometheus.io/docs/practices/naming): base units, the unit ends the name, one label
// vocabulary: target, direction, state; port, device, class, kind; queue; stage; result.

#include "emit.h"

#include <errno.h>
#include <lull/upstream.h>
#include <math.h>
#include <stdlib.h>

#define RUN(field) offsetof(struct lull_metrics_view, field)
#define TARGET(field) offsetof(struct lull_metric_target, field)
#define PORT(field) offsetof(struct lull_metric_port, field)
#define QUEUE(field) offsetof(struct lull_metric_queue, field)
#define PROCESS(field) offsetof(struct lull_process, field)
#define TALLY(field) offsetof(struct lull_tally, field)

#define COUNTER LULL_METRIC_COUNTER
#define GAUGE LULL_METRIC_GAUGE
#define HISTOGRAM LULL_METRIC_HISTOGRAM
#define INFO LULL_METRIC_INFO

// clang-format off
static const struct lull_family families[] = {
	{"lull_build", INFO, NULL, "Version of lull, its compiler and DPDK (empty: built without).", lull_emit_build, 0},
	{"lull_config", INFO, NULL, "Site and digest of the configuration in force.", lull_emit_config, 0},
	{"lull_start_time_seconds", GAUGE, "seconds", "When this run began, since the epoch, by the live clock.", lull_emit_run_ns, RUN(started_ns)},
	{"lull_time_seconds", GAUGE, "seconds", "When this page was made, since the epoch, by the live clock.", lull_emit_run_ns, RUN(now_ns)},
	{"lull_bin_seconds", GAUGE, "seconds", "Length of a bin.", lull_emit_run_ns, RUN(bin_ns)},
	{"lull_bin_end_timestamp_seconds", GAUGE, "seconds", "End of the last closed bin, since the epoch.", lull_emit_run_ns, RUN(bin_end_ns)},
	{"lull_bins", COUNTER, NULL, "Bins closed and judged.", lull_emit_run_u64, RUN(bins)},
	{"lull_gaps", COUNTER, NULL, "Gaps: times without bins: overwritten ones, and the time before a restart.", lull_emit_run_u64, RUN(gaps)},
	{"lull_bins_overwritten", COUNTER, NULL, "Bins a worker reused before the analyzer had read them: counts lost.", lull_emit_run_u64, RUN(bins_overwritten)},
	{"lull_clock_offset_seconds", GAUGE, "seconds", "Wall clock minus live clock: how far the wall clock was moved since the start.", lull_emit_run_double, RUN(clock_offset_s)},
	{"lull_reloads", COUNTER, NULL, "Reloads of the configuration; refused: the old one stays in force.", lull_emit_reloads, 0},
	{"lull_state_saves", COUNTER, NULL, "Attempts to write the state file.", lull_emit_state_saves, 0},
	{"lull_event_revisions", COUNTER, NULL, "Revisions of events told.", lull_emit_run_u64, RUN(revisions)},
	{"lull_events_untold", GAUGE, NULL, "Revisions found that wait for the log of events: 0, but while its disk is full or broken.", lull_emit_run_u64, RUN(events_untold)},
	{"lull_events_dropped", COUNTER, NULL, "Revisions the log of events will never have: too many waited.", lull_emit_run_u64, RUN(events_dropped)},
	{"lull_output_waiting", GAUGE, NULL, "Revisions that standard output has no room for yet: 0, but while its reader is behind.", lull_emit_run_u64, RUN(output_waiting)},
	{"lull_output_dropped", COUNTER, NULL, "Revisions standard output will never have: too many waited, or its reader is gone.", lull_emit_run_u64, RUN(output_dropped)},
	{"lull_log_dropped", COUNTER, NULL, "Messages that standard error had no room for.", lull_emit_run_u64, RUN(log_dropped)},
	{"lull_open_events", GAUGE, NULL, "Events that have not ended.", lull_emit_run_u64, RUN(open_events)},
	{"lull_upstreams", GAUGE, NULL, "Upstreams told apart.", lull_emit_run_u64, RUN(upstreams)},
	{"lull_upstreams_refused_packets", COUNTER, NULL, "Packets of learnt upstreams beyond upstreams_max, counted as other.", lull_emit_run_u64, RUN(upstreams_refused_packets)},
	{"lull_stage_duration_seconds", HISTOGRAM, "seconds", "Time a stage of the analyzer took for a bin; close: from the end of a bin to its last listener.", lull_emit_stages, 0},

	{"lull_targets", GAUGE, NULL, "Targets watched, groups and services included.", lull_emit_targets, 0},
	{"lull_targets_omitted", GAUGE, NULL, "Targets without samples of lull_target_*: the first targets of the configuration fill http.series_max series, the rest is left out.", lull_emit_targets_omitted, 0},
	{"lull_target_packets", COUNTER, NULL, "Packets from (out) and to (in) addresses of a target.", lull_emit_target_directions, TARGET(packets)},
	{"lull_target_bytes", COUNTER, "bytes", "IP bytes from (out) and to (in) addresses of a target.", lull_emit_target_directions, TARGET(bytes)},
	{"lull_target_distinct_addresses", GAUGE, NULL, "Addresses in the last bin, estimated: in the target (out), talking to it (in).", lull_emit_target_directions, TARGET(distinct)},
	{"lull_target_sampled_flows", GAUGE, NULL, "TCP flows with data toward a target in its sample, at most 64, in the last bin.", lull_emit_target_u64, TARGET(flows)},
	{"lull_target_stuck_flows", GAUGE, NULL, "Flows of the sample that sent again what they had sent and nothing else, in the last bin.", lull_emit_target_u64, TARGET(stuck)},
	{"lull_target_expected_packets_per_second", GAUGE, NULL, "Baseline: packets per second expected from a target; NaN: not known yet.", lull_emit_target_double, TARGET(expected_pps)},
	{"lull_target_detectable_delay_seconds", GAUGE, "seconds", "Silence of a target is found after this long; +Inf: never.", lull_emit_target_double, TARGET(detectable_delay_s)},
	{"lull_target_state", GAUGE, NULL, "1 for the state a target is in, 0 for the others.", lull_emit_target_states, 0},
	{"lull_target_outages", COUNTER, NULL, "Outages of a target so far.", lull_emit_target_u64, TARGET(events)},

	{"lull_port", INFO, NULL, "Device and driver of a port.", lull_emit_port_info, 0},
	{"lull_port_link_up", GAUGE, NULL, "1 while the link of a port is up.", lull_emit_port_bool, PORT(link_up)},
	{"lull_port_received_packets", COUNTER, NULL, "Packets taken from a port.", lull_emit_port_u64, PORT(law.received.packets)},
	{"lull_port_received_bytes", COUNTER, "bytes", "Bytes on the wire of packets taken from a port.", lull_emit_port_u64, PORT(law.received.bytes)},
	{"lull_port_class_packets", COUNTER, NULL, "Packets by the class they landed in.", lull_emit_port_classes, TALLY(packets)},
	{"lull_port_class_bytes", COUNTER, "bytes", "Bytes on the wire by the class their packet landed in.", lull_emit_port_classes, TALLY(bytes)},
	{"lull_law_residual_packets", GAUGE, NULL, "Packets received less the sum of all classes: 0, or a bug in lull.", lull_emit_port_residual, TALLY(packets)},
	{"lull_law_residual_bytes", GAUGE, "bytes", "Bytes received less the sum of all classes: 0, or a bug in lull.", lull_emit_port_residual, TALLY(bytes)},
	{"lull_port_nic_received_packets", COUNTER, NULL, "Packets a port handed out, as its driver counts them; 0: not told.", lull_emit_port_u64, PORT(nic_received)},
	{"lull_port_lost_packets", COUNTER, NULL, "Packets lost before lull could take them: missed (queues full), nombuf (no buffers), errors, other. A lower bound while lull_port_loss_known is 0.", lull_emit_port_lost, 0},
	{"lull_port_loss_known", GAUGE, NULL, "1 where the driver of a port tells what was lost.", lull_emit_port_loss_known, 0},
	{"lull_port_sent_packets", COUNTER, NULL, "Packets sent by a port: 0, always.", lull_emit_port_u64, PORT(sent)},
	{"lull_port_silence_seconds", GAUGE, "seconds", "Time since the last packet of a port; NaN: none yet.", lull_emit_port_double, PORT(silence_s)},
	{"lull_port_control_ratio", GAUGE, "ratio", "Unmatched traffic of the last bin over its usual: how well the tap sees; NaN: not known.", lull_emit_port_double, PORT(control_ratio)},
	{"lull_port_duplicate_ratio", GAUGE, "ratio", "Share of sampled packets that were seen twice lately; NaN: none sampled.", lull_emit_port_double, PORT(duplicate_ratio)},
	{"lull_port_timestamp_lag_seconds", GAUGE, "seconds", "How far packet times lay behind the clock in the last bin, at most.", lull_emit_port_double, PORT(timestamp_lag_s)},

	{"lull_queue", INFO, NULL, "Core the worker of a queue is pinned to; any: not pinned.", lull_emit_queue_info, 0},
	{"lull_queue_packets", COUNTER, NULL, "Packets a worker took from its queue.", lull_emit_queue_u64, QUEUE(packets)},
	{"lull_queue_bytes", COUNTER, "bytes", "Bytes on the wire of packets a worker took from its queue.", lull_emit_queue_u64, QUEUE(bytes)},
	{"lull_queue_polls", COUNTER, NULL, "Times a worker asked its queue for packets.", lull_emit_queue_u64, QUEUE(polls)},
	{"lull_queue_burst_packets", HISTOGRAM, NULL, "Packets a poll gave.", lull_emit_queue_fill, 0},
	{"lull_queue_busy_seconds", COUNTER, "seconds", "Time a worker spent on polls that gave packets.", lull_emit_queue_double, QUEUE(busy_s)},
	{"lull_queue_stalled", GAUGE, NULL, "1 while a worker makes no progress.", lull_emit_queue_bool, QUEUE(stalled)},

	{"process_cpu_seconds", COUNTER, "seconds", "User and system time of the process.", lull_emit_process, PROCESS(cpu_s)},
	{"process_resident_memory_bytes", GAUGE, "bytes", "Resident memory of the process.", lull_emit_process, PROCESS(resident)},
	{"process_virtual_memory_bytes", GAUGE, "bytes", "Virtual memory of the process.", lull_emit_process, PROCESS(virtual)},
	{"process_open_fds", GAUGE, NULL, "Open file descriptors of the process.", lull_emit_process, PROCESS(open_fds)},
	{"process_max_fds", GAUGE, NULL, "File descriptors the process may open.", lull_emit_process, PROCESS(max_fds)},
	{"process_threads", GAUGE, NULL, "Threads of the process.", lull_emit_process, PROCESS(threads)},
	{"process_start_time_seconds", GAUGE, "seconds", "When the process was started, since the epoch.", lull_emit_process, PROCESS(start_s)},
	{"lull_allocator_allocated_bytes", GAUGE, "bytes", "jemalloc: bytes in use by the program.", lull_emit_process, PROCESS(allocated)},
	{"lull_allocator_active_bytes", GAUGE, "bytes", "jemalloc: bytes in pages with some in use.", lull_emit_process, PROCESS(active)},
	{"lull_allocator_mapped_bytes", GAUGE, "bytes", "jemalloc: bytes mapped.", lull_emit_process, PROCESS(mapped)},
	{"lull_allocator_resident_bytes", GAUGE, "bytes", "jemalloc: bytes of its pages that are in memory.", lull_emit_process, PROCESS(allocator_resident)},
};
// clang-format on

#define FAMILIES (sizeof(families) / sizeof(families[0]))

// Series one target makes, `_created` included, which an OpenMetrics scraper may keep.
static size_t series_of_target(void)
{
	size_t n = 0;
	for (size_t i = 0; i < FAMILIES; i++) {
		const struct lull_family *f = &families[i];
		size_t lines = f->type == COUNTER ? 2 : 1;
		if (f->emit == lull_emit_target_directions)
			n += LULL_DIRECTIONS * lines;
		else if (f->emit == lull_emit_target_states)
			n += LULL_STATES;
		else if (f->emit == lull_emit_target_u64 || f->emit == lull_emit_target_double)
			n += lines;
	}
	return n;
}

// The labels of every target that is shown, written once for all its samples.
static int label_targets(struct lull_page *p)
{
	const struct lull_metrics_view *view = p->view;
	size_t room = view->series_max / series_of_target();
	p->n_targets = view->n_targets < room ? view->n_targets : room;
	p->label_at = calloc(p->n_targets + 1, sizeof(*p->label_at));
	if (p->label_at == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < p->n_targets; i++) {
		lull_text_add_bytes(&p->labels, "target=\"", 8);
		lull_page_escape(&p->labels, view->targets[i].name);
		lull_text_add_bytes(&p->labels, "\"", 1);
		p->label_at[i + 1] = p->labels.len;
	}
	return p->labels.failed ? -ENOMEM : 0;
}

int lull_metrics_render(const struct lull_metrics_view *view, enum lull_metrics_format format,
	struct lull_text *out)
{
	struct lull_process process;
	struct lull_page p = {.out = out, .format = format, .view = view, .process = &process};
	int e = label_targets(&p);
	if (e == 0) {
		lull_process_read(&process);
		for (size_t i = 0; i < FAMILIES; i++)
			lull_page_family(&p, &families[i]);
		if (format == LULL_METRICS_OPENMETRICS)
			lull_text_add_bytes(out, "# EOF\n", 6);
		e = out->failed ? -ENOMEM : 0;
	}
	lull_text_finish(&p.labels);
	free(p.label_at);
	return e;
}
