// SPDX-License-Identifier: BSD-3-Clause
// The keys of `lull run` as YAML. They shape no result, and so are no part of the digest.

#include "config_capture.h"
#include "config_print.h"
#include "config_value.h"

// "NAME: []", or an item a line; indent stands before the name.
static void print_texts(
	struct lull_text *t, const char *indent, const char *name, char *const *texts, size_t n)
{
	lull_text_add(t, "%s%s:%s\n", indent, name, n > 0 ? "" : " []");
	for (size_t i = 0; i < n; i++) {
		lull_text_add(t, "%s  - ", indent);
		lull_print_string(t, texts[i]);
		lull_text_add(t, "\n");
	}
}

static void print_dpdk(struct lull_text *t, const struct lull_capture_config *capture)
{
	lull_text_add(t, "capture:\n  dpdk:\n");
	print_texts(t, "    ", "eal", capture->eal, capture->n_eal);
	lull_text_add(t, "    ports:\n");
	for (size_t i = 0; i < capture->n_ports; i++) {
		lull_text_add(t, "      - {device: ");
		lull_print_string(t, capture->ports[i].device);
		lull_text_add(t, ", queues: %u}\n", capture->ports[i].queues);
	}
}

static void print_interfaces(struct lull_text *t, const struct lull_capture_config *capture)
{
	char out[LULL_VALUE_TEXT];
	lull_text_add(t, "capture:\n  kind: interface\n  names:\n");
	for (size_t i = 0; i < capture->n_ports; i++) {
		lull_text_add(t, "    - ");
		lull_print_string(t, capture->ports[i].device);
		lull_text_add(t, "\n");
	}
	lull_text_add(t, "  queues: %u\n", capture->queues);
	lull_text_add(t, "  ring: %s\n", lull_size_format(capture->ring_bytes, out));
}

static void print_workers(struct lull_text *t, const struct lull_config *c)
{
	if (c->n_cores == 0 && c->workers > 0) {
		lull_text_add(t, "workers: %u\n", c->workers);
		return;
	}
	lull_text_add(t, "workers: {cores: [");
	for (size_t i = 0; i < c->n_cores; i++)
		lull_text_add(t, "%s%u", i > 0 ? ", " : "", c->cores[i]);
	lull_text_add(t, "]}\n");
}

void lull_config_print_run(struct lull_text *t, const struct lull_config *c)
{
	if (c->capture.kind == LULL_CAPTURE_DPDK)
		print_dpdk(t, &c->capture);
	else if (c->capture.kind == LULL_CAPTURE_INTERFACE)
		print_interfaces(t, &c->capture);
	else
		lull_text_add(t, "capture: %s\n", lull_capture_names[LULL_CAPTURE_NONE]);
	print_workers(t, c);
	lull_text_add(t, "http:\n");
	print_texts(t, "  ", "listen", c->http.listen, c->http.n_listen);
	print_texts(t, "  ", "hosts", c->http.hosts, c->http.n_hosts);
	lull_text_add(t, "  series_max: %u\nstate: ", c->http.series_max);
	lull_print_string(t, c->state != NULL ? c->state : "");
	lull_text_add(t, "\nuser: ");
	lull_print_string(t, c->user != NULL ? c->user : "");
	lull_text_add(t, "\n");
}
