// SPDX-License-Identifier: BSD-3-Clause
// The configuration as YAML, in one form only: equal configurations give equal text.

#include "config_print.h"
#include "config.h"
#include "config_value.h"
#include <ctype.h>
#include <lull/address.h>
#include <lull/text.h>
#include <stdbool.h>
#include <string.h>

void lull_print_string(struct lull_text *t, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./-";
	static const char *const words[] = {
		"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
	bool quoted =
		strspn(s, plain) != strlen(s) || !(isalnum((unsigned char)s[0]) || s[0] == '/');
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		quoted |= strcasecmp(s, words[i]) == 0;
	if (!quoted) {
		lull_text_add(t, "%s", s);
		return;
	}
	lull_text_add(t, "\"");
	for (const char *p = s, *end = s + strlen(s); p < end;) {
		const char *from = p;
		uint32_t c = lull_text_rune(&p, end);
		if (c == '"' || c == '\\')
			lull_text_add(t, "\\%c", (char)c);
		else if (c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 ||
			 c == 0xfeff)
			lull_text_add(t, "\\u%04x", (unsigned)c); // not printable, or a line break
		else
			lull_text_add_bytes(t, from, (size_t)(p - from));
	}
	lull_text_add(t, "\"");
}

// The canonical form of a prefix; what is none (in a configuration not yet checked) as it is.
static void print_prefix(struct lull_text *t, const char *text)
{
	struct lull_prefix prefix;
	char out[LULL_ADDR_TEXT];
	bool good = lull_prefix_parse(text, &prefix) == 0;
	lull_print_string(t, good ? lull_prefix_format(&prefix, out) : text);
}

static void print_target(struct lull_text *t, const struct lull_target_spec *s)
{
	if (s->name == NULL) {
		lull_text_add(t, "  - table: ");
		lull_print_string(t, s->table != NULL ? s->table : "");
		lull_text_add(t, "\n");
		return;
	}
	lull_text_add(t, "  - name: ");
	lull_print_string(t, s->name);
	lull_text_add(t, "\n");
	if (s->n_prefixes > 0)
		lull_text_add(t, "    prefixes:\n");
	for (size_t i = 0; i < s->n_prefixes; i++) {
		lull_text_add(t, "      - ");
		print_prefix(t, s->prefixes[i].text);
		lull_text_add(t, "\n");
	}
	if (s->n_services > 0)
		lull_text_add(t, "    services:\n");
	for (size_t i = 0; i < s->n_services; i++) {
		lull_text_add(t, "      ");
		lull_print_string(t, s->services[i].name);
		lull_text_add(t, ": ");
		print_prefix(t, s->services[i].prefix.text);
		lull_text_add(t, "\n");
	}
}

static void print_groups(struct lull_text *t, const struct lull_config *c)
{
	lull_text_add(t, c->n_groups > 0 ? "groups:\n" : "groups: []\n");
	for (size_t i = 0; i < c->n_groups; i++) {
		lull_text_add(t, "  - name: ");
		lull_print_string(t, c->groups[i].name);
		lull_text_add(t, "\n    members:\n");
		for (size_t j = 0; j < c->groups[i].n_members; j++) {
			lull_text_add(t, "      - ");
			lull_print_string(t, c->groups[i].members[j]);
			lull_text_add(t, "\n");
		}
	}
}

static void print_upstream(struct lull_text *t, const struct lull_upstream_spec *u)
{
	if (u->name == NULL) {
		lull_text_add(
			t, "  - {learn: %s}\n", lull_learn_names[u->learn - LULL_LEARN_FIRST + 1]);
		return;
	}
	lull_text_add(t, "  - {name: ");
	lull_print_string(t, u->name);
	if (u->port >= 0)
		lull_text_add(t, ", port: %lld", (long long)u->port);
	if (u->vlan >= 0)
		lull_text_add(t, ", vlan: %lld", (long long)u->vlan);
	if (u->mpls >= 0)
		lull_text_add(t, ", mpls: %lld", (long long)u->mpls);
	char mac[LULL_VALUE_TEXT];
	if (u->has_mac)
		lull_text_add(t, ", mac: \"%s\"", lull_mac_format(u->mac, mac));
	lull_text_add(t, "}\n");
}

static void print_duration(struct lull_text *t, const char *name, uint64_t ns)
{
	char out[LULL_VALUE_TEXT];
	lull_text_add(t, "%s: %s\n", name, lull_duration_exact(ns, out));
}

static void print_number(struct lull_text *t, const char *name, double number)
{
	char out[LULL_VALUE_TEXT];
	lull_text_add(t, "%s: %s\n", name, lull_number_format(number, out));
}

static void print_detector(struct lull_text *t, const struct lull_detector_config *d)
{
	char out[LULL_VALUE_TEXT];
	lull_text_add(t, "detector:\n  budget: %s\n", lull_budget_format(d->budget_per_day, out));
	print_duration(t, "  warmup", d->warmup_ns);
	print_duration(t, "  level", d->level_ns);
	print_number(t, "  clip", d->clip);
	print_number(t, "  min_rate", d->min_rate);
	print_duration(t, "  shift", d->shift_ns);
	print_number(t, "  onset_delta", d->onset_delta);
	lull_text_add(t, "  direction: %s\n", lull_direction_names[d->both]);
}

static void print_decap(struct lull_text *t, unsigned mask)
{
	const char *separator = "";
	lull_text_add(t, "decap: [");
	for (int i = 0; lull_decap_names[i] != NULL; i++) {
		if ((mask >> i & 1) == 0)
			continue;
		lull_text_add(t, "%s%s", separator, lull_decap_names[i]);
		separator = ", ";
	}
	lull_text_add(t, "]\n");
}

void lull_config_print_shape(struct lull_text *t, const struct lull_config *c)
{
	lull_text_add(t, c->n_targets > 0 ? "targets:\n" : "targets: []\n");
	for (size_t i = 0; i < c->n_targets; i++)
		print_target(t, &c->targets[i]);
	print_groups(t, c);
	lull_text_add(t, c->n_allow > 0 ? "allow:\n" : "allow: []\n");
	for (size_t i = 0; i < c->n_allow; i++) {
		lull_text_add(t, "  - ");
		print_prefix(t, c->allow[i]);
		lull_text_add(t, "\n");
	}
	lull_text_add(t, c->n_upstreams > 0 ? "upstreams:\n" : "upstreams: []\n");
	for (size_t i = 0; i < c->n_upstreams; i++)
		print_upstream(t, &c->upstreams[i]);
	lull_text_add(t, "upstreams_max: %u\n", c->upstreams_max);
	print_duration(t, "bin", c->bin_ns);
	lull_text_add(t, "reorder: %u\n", c->reorder_bins);
	print_duration(t, "jump", c->jump_ns);
	print_decap(t, c->decap);
	print_detector(t, &c->detector);
}

char *lull_config_print(const struct lull_config *c)
{
	struct lull_text t = {0};
	lull_text_add(&t, "site: ");
	lull_print_string(&t, c->site);
	lull_text_add(&t, "\n");
	lull_config_print_shape(&t, c);
	lull_config_print_run(&t, c);
	if (!t.failed)
		return t.data;
	lull_text_finish(&t);
	return NULL;
}
