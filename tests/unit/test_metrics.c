// SPDX-License-Identifier: BSD-3-Clause
// The page of metrics: a fixed view against a golden page, and both formats against a small
// parser of its own.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/metrics.h>
#include <lull/time.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct lull_metric_target targets[] = {
	{"kp", {1000, 2000}, {64000, 1u << 31}, {3, 900}, 64, 48, 1234.5, 12, LULL_CONFIRMED, 2},
	{"a \"quoted\\name\"\nand a line", {0, UINT64_MAX}, {0, 1}, {0, 0}, 0, 0, NAN, INFINITY,
		LULL_LEARNING, 0},
	{"조선/\xff", {1, 2}, {3, 4}, {5, 6}, 7, 0, 0.1, 1e-7, LULL_UP, 1},
};

static struct lull_metric_port port(void)
{
	struct lull_metric_port p = {.device = "0000:3b:00.0,\"x\"",
		.driver = "net_ixgbe",
		.link_up = true,
		.loss = LULL_LOSS_KNOWN,
		.lost = 10,
		.nic_received = 5000,
		.missed = 4,
		.nombuf = 3,
		.errors = 2,
		.silence_s = 0.25,
		.control_ratio = NAN,
		.duplicate_ratio = 0.001,
		.timestamp_lag_s = 3e-5};
	for (int c = 0; c < LULL_CLASSES; c++)
		p.law.classes[c] = (struct lull_tally){(uint64_t)c * 7, (uint64_t)c * 700};
	p.law.received = (struct lull_tally){7 * 45 - 2, 700 * 45 + 9}; // residual -2, 9
	return p;
}

struct fixture {
	struct lull_metric_port ports[1];
	struct lull_metric_queue queues[2];
	struct lull_metrics_view view;
};

static struct lull_metrics_view *view(struct fixture *f)
{
	*f = (struct fixture){.ports = {port()},
		.queues = {{0, 0, 2, 100, 6400, 50, {20, 5, 5, 5, 5, 5, 5}, 0.125, false},
			{0, 1, -1, 3, 180, 9, {6, 3}, 1e-6, true}},
		.view = {.site = "ixp-1",
			.config_digest = "0123456789abcdef",
			.now_ns = 1750000061000000000,
			.started_ns = 1750000000500000000,
			.bin_ns = 100000000,
			.bin_end_ns = 1750000060000000000,
			.targets = targets,
			.n_targets = 3,
			.n_ports = 1,
			.n_queues = 2,
			.bins = 600,
			.gaps = 1,
			.bins_overwritten = 2,
			.reloads = {1, 4},
			.state_saves = {0, 61},
			.revisions = 7,
			.events_untold = 3,
			.output_waiting = 9,
			.output_dropped = 2,
			.log_dropped = 4,
			.events_dropped = 1,
			.open_events = 1,
			.upstreams = 5,
			.upstreams_refused_packets = 17,
			.clock_offset_s = -0.002,
			.series_max = 10000}};
	static const char *const names[] = {"merge", "detect", "export", "render", "close"};
	for (uint64_t i = 0; i < LULL_STAGES; i++)
		f->view.stages[i] = (struct lull_metric_stage){
			names[i], {i, 1, 2, 3, 4, 5, 6, 7}, 0.1 * (double)i};
	f->view.ports = f->ports;
	f->view.queues = f->queues;
	return &f->view;
}

// Pages are kept until the test's process ends.
static char *keep(char *page)
{
	static char *kept[16];
	static size_t n;
	cr_assert(lt(sz, n, 16));
	return kept[n++] = page;
}

static char *render(const struct lull_metrics_view *v, enum lull_metrics_format format)
{
	struct lull_text out = {0};
	cr_assert(eq(int, lull_metrics_render(v, format, &out), 0));
	return keep(out.data);
}

static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

// The page without what differs between machines: figures of the process become 1, those of the
// allocator go, the build is any.
static char *steady(const char *page)
{
	struct lull_text out = {0};
	for (const char *line = page; *line != '\0';) {
		size_t n = strcspn(line, "\n") + 1;
		if (begins(line, "process_"))
			lull_text_add(&out, "%.*s 1\n", (int)strcspn(line, " "), line);
		else if (begins(line, "lull_build_info"))
			lull_text_add(
				&out, "lull_build_info{version=\"\",compiler=\"\",dpdk=\"\"} 1\n");
		else if (!begins(line, "lull_allocator_"))
			lull_text_add_bytes(&out, line, n);
		line += n;
	}
	return keep(out.data);
}

// LULL_UPDATE=1 writes the golden page anew.
static void same_as_golden(const char *page, const char *name)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/tests/golden/%s", getenv("LULL_SOURCE"), name);
	FILE *file = fopen(path, getenv("LULL_UPDATE") != NULL ? "w+" : "r");
	cr_assert(file != NULL, "%s", path);
	if (getenv("LULL_UPDATE") != NULL) {
		fputs(page, file);
		rewind(file);
	}
	char want[8192], got[8192];
	for (const char *line = page; fgets(want, sizeof(want), file) != NULL;) {
		size_t n = strcspn(line, "\n") + (strchr(line, '\n') != NULL);
		snprintf(got, sizeof(got), "%.*s", (int)n, line);
		cr_assert_str_eq(got, want);
		line += n;
		page = line;
	}
	cr_assert_str_empty(page);
	fclose(file);
}

// One parser for both formats, after their grammars, as strict as the stricter.
struct syntax {
	bool open;
	char family[128], type[16], unit[32];
	bool helped;
	char seen[256][128];
	size_t n_seen;
};

static size_t name_length(const char *p)
{
	return strspn(p, "abcdefghijklmnopqrstuvwxyz_0123456789");
}

// {name="value",...} with the escapes the formats know; where it ends, or NULL.
static const char *skip_labels(const char *p)
{
	if (*p != '{')
		return p;
	do {
		size_t n = name_length(++p);
		if (n == 0 || p[n] != '=' || p[n + 1] != '"')
			return NULL;
		for (p += n + 2; *p != '"'; p++)
			if (*p == '\0' || *p == '\n' ||
				(*p == '\\' && strchr("\\\"n", *++p) == NULL))
				return NULL;
		p++;
	} while (*p == ',');
	return *p == '}' ? p + 1 : NULL;
}

static void check_metadata(struct syntax *s, const char *line)
{
	char word[8], name[128], rest[512];
	cr_assert(eq(int, sscanf(line, "# %7s %127s %511[^\n]", word, name, rest), 3), "%s", line);
	if (strcmp(name, s->family) != 0) {
		for (size_t i = 0; i < s->n_seen; i++)
			cr_assert_str_neq(s->seen[i], name, "%s is not contiguous", name);
		strcpy(s->seen[s->n_seen++], name);
		strcpy(s->family, name);
		s->type[0] = s->unit[0] = '\0';
		s->helped = false;
	}
	if (strcmp(word, "HELP") == 0)
		s->helped = true;
	else if (strcmp(word, "TYPE") == 0)
		snprintf(s->type, sizeof(s->type), "%.15s", rest);
	else {
		cr_assert_str_eq(word, "UNIT");
		cr_assert(s->open);
		size_t n = strlen(name), u = strlen(rest);
		cr_assert(n > u + 1 && name[n - u - 1] == '_' && strcmp(name + n - u, rest) == 0,
			"%s does not end in its unit %s", name, rest);
	}
}

static bool suffix_fits(const struct syntax *s, const char *suffix)
{
	if (strcmp(s->type, "counter") == 0)
		return s->open ? strcmp(suffix, "_total") == 0 || strcmp(suffix, "_created") == 0
			       : strcmp(suffix, "") == 0;
	if (strcmp(s->type, "histogram") == 0)
		return strcmp(suffix, "_bucket") == 0 || strcmp(suffix, "_count") == 0 ||
		       strcmp(suffix, "_sum") == 0 || (s->open && strcmp(suffix, "_created") == 0);
	if (strcmp(s->type, "info") == 0)
		return s->open && strcmp(suffix, "_info") == 0;
	return strcmp(s->type, "gauge") == 0 && strcmp(suffix, "") == 0;
}

static void check_sample(const struct syntax *s, const char *line)
{
	size_t n = name_length(line);
	char name[128];
	snprintf(name, sizeof(name), "%.*s", (int)n, line);
	cr_assert(s->helped && s->type[0] != '\0', "%s before its metadata", name);
	cr_assert(begins(name, s->family), "%s among %s", name, s->family);
	cr_assert(suffix_fits(s, name + strlen(s->family)), "%s in a %s", name, s->type);
	if (!s->open && strcmp(s->type, "counter") == 0)
		cr_assert_str_eq(name + n - 6, "_total");
	const char *p = skip_labels(line + n);
	cr_assert(p != NULL && *p == ' ', "%s", line);
	char *end;
	double value = strtod(++p, &end);
	cr_assert(end > p && *end == '\n', "%s", line);
	if (strcmp(s->type, "counter") == 0)
		cr_assert(value >= 0, "%s", line);
}

static void check_page(const char *page, bool open)
{
	struct syntax *s = calloc(1, sizeof(*s));
	s->open = open;
	bool over = false;
	for (const char *line = page; *line != '\0'; line = strchr(line, '\n') + 1) {
		cr_assert(over == false && strchr(line, '\n') != NULL);
		char one[4096];
		snprintf(one, sizeof(one), "%.*s\n", (int)strcspn(line, "\n"), line);
		if (strcmp(one, "# EOF\n") == 0)
			over = true;
		else if (one[0] == '#')
			check_metadata(s, one);
		else
			check_sample(s, one);
	}
	cr_assert(eq(int, over, open));
	cr_assert(gt(sz, s->n_seen, 50));
	free(s);
}

Test(metrics, every_line_of_both_formats_is_well_formed_and_families_are_contiguous)
{
	struct fixture f;
	check_page(render(view(&f), LULL_METRICS_TEXT), false);
	check_page(render(view(&f), LULL_METRICS_OPENMETRICS), true);
}

Test(metrics, a_fixed_view_gives_the_golden_pages)
{
	struct fixture f;
	same_as_golden(steady(render(view(&f), LULL_METRICS_TEXT)), "metrics.txt");
	same_as_golden(steady(render(view(&f), LULL_METRICS_OPENMETRICS)), "metrics.openmetrics");
}

Test(metrics, an_empty_view_is_a_page_too)
{
	struct lull_metrics_view empty = {.bin_end_ns = LULL_TIME_NONE};
	char *page = render(&empty, LULL_METRICS_OPENMETRICS);
	check_page(page, true);
	cr_assert(strstr(page, "\nlull_bin_end_timestamp_seconds NaN\n") != NULL);
}

Test(metrics, numbers_and_hostile_names_are_written_as_the_formats_want)
{
	struct fixture f;
	char *page = render(view(&f), LULL_METRICS_TEXT);
	static const char *const lines[] = {
		"\nlull_start_time_seconds 1750000000.5\n",
		"\nlull_bin_seconds 0.1\n",
		"\nlull_clock_offset_seconds -0.002\n",
		"{target=\"a \\\"quoted\\\\name\\\"\\nand a line\",direction=\"in\"} "
		"18446744073709551615\n",
		"lull_target_expected_packets_per_second{target=\"a "
		"\\\"quoted\\\\name\\\"\\nand a line\"} NaN\n",
		"\\nand a line\"} +Inf\n",
		"{target=\"조선/\xef\xbf\xbd\"} 0.1\n",
		"{target=\"조선/\xef\xbf\xbd\"} 1e-07\n",
		"lull_target_state{target=\"kp\",state=\"confirmed\"} 1\n",
		"lull_target_state{target=\"kp\",state=\"up\"} 0\n",
		"lull_law_residual_packets{port=\"0\",device=\"0000:3b:00.0,\\\"x\\\"\"} -2\n",
		"kind=\"other\"} 1\n",
		"lull_queue_burst_packets_bucket{port=\"0\",queue=\"1\",le=\"1.0\"} 9\n",
		"lull_queue_burst_packets_count{port=\"0\",queue=\"0\"} 50\n",
		"lull_stage_duration_seconds_bucket{stage=\"close\",le=\"+Inf\"} 32\n",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		cr_expect(strstr(page, lines[i]) != NULL, "%s", lines[i]);
}

static size_t lines_with(const char *page, const char *text)
{
	size_t n = 0;
	for (const char *line = page; *line != '\0'; line = strchr(line, '\n') + 1) {
		char one[4096];
		snprintf(one, sizeof(one), "%.*s", (int)strcspn(line, "\n"), line);
		n += one[0] != '#' && strstr(one, text) != NULL;
	}
	return n;
}

Test(metrics, targets_beyond_series_max_are_left_out_in_order_and_counted)
{
	struct fixture f;
	struct lull_metrics_view *v = view(&f);
	size_t each = lines_with(render(v, LULL_METRICS_OPENMETRICS), "target=\"kp\"");
	v->series_max = (unsigned)(2 * each + each - 1);
	char *page = render(v, LULL_METRICS_OPENMETRICS);
	cr_assert(eq(sz, lines_with(page, "target=\"kp\""), each));
	cr_assert(eq(sz, lines_with(page, "quoted"), each));
	cr_assert(eq(sz, lines_with(page, "조선"), 0));
	cr_assert(strstr(page, "\nlull_targets 3\n") != NULL);
	cr_assert(strstr(page, "\nlull_targets_omitted 1\n") != NULL);
	v->series_max = 0;
	cr_assert(strstr(render(v, LULL_METRICS_TEXT), "\nlull_targets_omitted 3\n") != NULL);
}
