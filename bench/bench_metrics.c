// SPDX-License-Identifier: BSD-3-Clause
// Metrics: time for a page with 10,000 series of targets, in both formats. One operation is one
// page; the floor is reading as many bytes from memory.

#include "bench.h"

#include <lull/metrics.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERIES 10000
#define TARGETS 600 // more than fit

struct context {
	struct lull_metrics_view view;
	enum lull_metrics_format format;
	size_t bytes;
};

static uint64_t render(void *context, uint64_t ops)
{
	struct context *c = context;
	uint64_t sum = 0;
	for (uint64_t i = 0; i < ops; i++) {
		struct lull_text out = {0};
		if (lull_metrics_render(&c->view, c->format, &out) < 0)
			abort();
		sum += (unsigned char)out.data[out.len / 2];
		c->bytes = out.len;
		lull_text_finish(&out);
	}
	return sum;
}

int main(int argc, char **argv)
{
	static struct lull_metric_target targets[TARGETS];
	static char names[TARGETS][32];
	struct bench b;
	uint64_t state = 7;
	bench_init(&b, argc, argv);
	for (size_t i = 0; i < TARGETS; i++) {
		snprintf(names[i], sizeof(names[i]), "country-%zu/service", i);
		targets[i] = (struct lull_metric_target){.name = names[i],
			.packets = {bench_random(&state) >> 20, bench_random(&state) >> 30},
			.bytes = {bench_random(&state) >> 10, bench_random(&state) >> 20},
			.distinct = {i, 3 * i},
			.expected_pps = (double)(bench_random(&state) >> 11) / 1e12,
			.detectable_delay_s = (double)i / 7,
			.state = LULL_UP};
	}
	struct context c = {.view = {.site = "bench",
				    .config_digest = "0123456789abcdef",
				    .targets = targets,
				    .n_targets = TARGETS,
				    .series_max = SERIES}};
	struct bench_result memory = bench_memory_read(&b);
	static const char *const labels[] = {"metrics/text", "metrics/openmetrics"};
	for (int f = 0; f < 2; f++) {
		c.format = (enum lull_metrics_format)f;
		render(&c, 1);
		struct bench_result floor = {
			memory.median_ns * (double)c.bytes, memory.min_ns * (double)c.bytes};
		bench_run(&b, labels[f], render, &c, b.brief ? 3 : 30, "memory_read of the page",
			&floor);
	}
	return 0;
}
