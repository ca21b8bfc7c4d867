// SPDX-License-Identifier: BSD-3-Clause
// What goes with a capture: the configuration that fits it, the events that happened, and how
// much to expect.

#include "scenario.h"

#include <errno.h>
#include <lull/text.h>
#include <lull/time.h>
#include <stdlib.h>
#include <string.h>

static void describe_target(struct lull_text *out, const struct lull_scenario *s, size_t i)
{
	const struct lull_scene_node *n = &s->nodes[i];
	char text[LULL_ADDR_TEXT];
	lull_text_add(out, "  - name: %s\n    prefixes: [", n->name);
	for (size_t k = 0; k < n->n_prefixes; k++)
		lull_text_add(out, "%s\"%s\"", k > 0 ? ", " : "",
			lull_prefix_format(&n->prefixes[k], text));
	lull_text_add(out, "]\n");
	for (size_t k = i + 1; k < s->n_nodes && s->nodes[k].parent == (int)i; k++) {
		const struct lull_scene_node *service = &s->nodes[k];
		if (k == i + 1)
			lull_text_add(out, "    services:\n");
		lull_text_add(out, "      %s: \"%s\"\n", strchr(service->name, '/') + 1,
			lull_addr_format(&service->prefixes[0].addr, text));
	}
}

static void describe_groups(struct lull_text *out, const struct lull_scenario *s)
{
	bool any = false;
	for (size_t i = 0; i < s->n_nodes; i++) {
		if (!s->nodes[i].group)
			continue;
		lull_text_add(out, "%s  - name: %s\n    members: [", any ? "" : "groups:\n",
			s->nodes[i].name);
		any = true;
		const char *comma = "";
		for (size_t k = 0; k < s->n_nodes; k++) {
			if (s->nodes[k].parent != (int)i)
				continue;
			lull_text_add(out, "%s%s", comma, s->nodes[k].name);
			comma = ", ";
		}
		lull_text_add(out, "]\n");
	}
}

static void describe_upstreams(struct lull_text *out, const struct lull_scenario *s)
{
	if (!s->named_upstreams) { // none, rather than the default that learns MACs
		lull_text_add(out, "upstreams: []\n");
		return;
	}
	lull_text_add(out, "upstreams:\n");
	for (size_t i = 0; i < s->n_upstreams; i++) {
		const struct lull_scene_upstream *u = &s->upstreams[i];
		lull_text_add(out, "  - {name: %s", u->name);
		if (u->vlan >= 0)
			lull_text_add(out, ", vlan: %d", u->vlan);
		if (u->n_labels > 0)
			lull_text_add(out, ", mpls: %u", u->labels[0]);
		if (u->by_mac)
			lull_text_add(out, ", mac: \"%02x:%02x:%02x:%02x:%02x:%02x\"",
				(unsigned)(u->mac >> 40 & 255), (unsigned)(u->mac >> 32 & 255),
				(unsigned)(u->mac >> 24 & 255), (unsigned)(u->mac >> 16 & 255),
				(unsigned)(u->mac >> 8 & 255), (unsigned)(u->mac & 255));
		lull_text_add(out, "}\n");
	}
}

char *lull_scenario_config(const struct lull_scenario *s)
{
	struct lull_text out = {0};
	const char *file = strrchr(s->file, '/');
	lull_text_add(&out, "# Fits the capture made from %s by `lull synth --config`.\ntargets:\n",
		file != NULL ? file + 1 : s->file);
	for (size_t i = 0; i < s->n_nodes; i++) {
		if (!s->nodes[i].group && strchr(s->nodes[i].name, '/') == NULL)
			describe_target(&out, s, i);
	}
	describe_groups(&out, s);
	describe_upstreams(&out, s);
	if (s->bin_ns % LULL_NS_PER_SECOND == 0)
		lull_text_add(
			&out, "bin: %llus\n", (unsigned long long)(s->bin_ns / LULL_NS_PER_SECOND));
	else
		lull_text_add(&out, "bin: %lluus\n", (unsigned long long)(s->bin_ns / 1000));
	if (out.failed) {
		lull_text_finish(&out);
		return NULL;
	}
	return out.data;
}

static void put_event(FILE *out, const struct lull_scenario *s, const struct lull_scene_event *e,
	const char *target)
{
	static const char *const kinds[LULL_SCENE_KINDS] = {"outage", "moved", "flood",
		"unreachables", "loss", "gap", "duplicate", "clock", "reorder"};
	fprintf(out, "%s,%s,%llu,%llu,", target, kinds[e->kind], (unsigned long long)e->from_ns,
		(unsigned long long)e->to_ns);
	if (e->kind == LULL_SCENE_OUTAGE)
		fprintf(out, "%.6g", e->remaining);
	fputc(',', out);
	if (e->upstreams == UINT64_MAX) {
		fputs("all\n", out);
		return;
	}
	const char *bar = "";
	for (size_t i = 0; i < s->n_upstreams; i++) {
		if (e->upstreams >> i & 1) {
			fprintf(out, "%s%s", bar, s->upstreams[i].name);
			bar = "|";
		}
	}
	fputc('\n', out);
}

int lull_scenario_events(const struct lull_scenario *s, FILE *out)
{
	fputs("target,kind,from_ns,to_ns,remaining,upstreams\n", out);
	for (size_t i = 0; i < s->n_events; i++) {
		const struct lull_scene_event *e = &s->events[i];
		if (e->n_targets == 0)
			put_event(out, s, e, "");
		for (size_t k = 0; k < e->n_targets; k++)
			put_event(out, s, e, s->nodes[e->targets[k]].name);
	}
	errno = 0;
	if (fflush(out) != 0 || ferror(out))
		return errno != 0 ? -errno : -EIO;
	return 0;
}

static double mean_size(const struct lull_scene_sizes *sizes)
{
	double sum = 0, weights = 0;
	for (uint32_t i = 0; i < sizes->n; i++) {
		sum += sizes->weight[i] * sizes->bytes[i];
		weights += sizes->weight[i];
	}
	return weights > 0 ? sum / weights : 0;
}

static double record_size(const struct lull_scenario *s, double wire)
{
	double most = s->snaplen > 0 ? s->snaplen : 60;
	return 16 + (wire + 14 < most ? wire + 14 : most);
}

void lull_scenario_estimate(
	const struct lull_scenario *s, uint64_t packets, double *n, double *bytes)
{
	double rate = s->background.rate + s->background.chatter, total = 0, size = 0;
	double seconds = (double)s->duration_ns / 1e9;
	size = s->background.rate * record_size(s, mean_size(&s->background.sizes)) +
	       s->background.chatter * record_size(s, 46);
	for (size_t i = 0; i < s->n_nodes; i++) {
		double own = s->nodes[i].group ? 0 : s->nodes[i].out + s->nodes[i].in;
		rate += own;
		// about half of a conversation is handshakes, acknowledgements and ends
		size += own * record_size(s, mean_size(&s->nodes[i].sizes) / 2 + 22);
	}
	total = rate * seconds;
	size *= seconds;
	for (size_t i = 0; i < s->n_events; i++) {
		const struct lull_scene_event *e = &s->events[i];
		double floods = e->rate * (double)(e->to_ns - e->from_ns) / 1e9;
		total += floods * (1 + e->backscatter);
		size += floods * (1 + e->backscatter) * record_size(s, e->udp ? 512 : 44);
	}
	double limit = packets > 0 ? (double)packets : total;
	*n = limit;
	*bytes = 24 + (total > 0 ? size / total * limit : 0);
}
