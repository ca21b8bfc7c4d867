// SPDX-License-Identifier: BSD-3-Clause
// What a running lull cannot change without a new start: bins already counted, devices already
// open, privileges already gone.

#include <lull/config.h>
#include <stdbool.h>
#include <string.h>

static bool same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool same_texts(char *const *a, size_t n, char *const *b, size_t m)
{
	bool same = n == m;
	for (size_t i = 0; i < n && same; i++)
		same = same_text(a[i], b[i]);
	return same;
}

static bool same_capture(const struct lull_capture_config *a, const struct lull_capture_config *b)
{
	bool same = a->kind == b->kind && a->n_ports == b->n_ports &&
		    a->ring_bytes == b->ring_bytes &&
		    same_texts(a->eal, a->n_eal, b->eal, b->n_eal);
	for (size_t i = 0; i < a->n_ports && same; i++)
		same = same_text(a->ports[i].device, b->ports[i].device) &&
		       a->ports[i].queues == b->ports[i].queues;
	return same;
}

// workers: N says what the queues say, and changes nothing.
static bool same_cores(const struct lull_config *a, const struct lull_config *b)
{
	bool same = a->n_cores == b->n_cores;
	for (size_t i = 0; i < a->n_cores && same; i++)
		same = a->cores[i] == b->cores[i];
	return same;
}

static bool same_http(const struct lull_http_config *a, const struct lull_http_config *b)
{
	return same_texts(a->listen, a->n_listen, b->listen, b->n_listen) &&
	       same_texts(a->hosts, a->n_hosts, b->hosts, b->n_hosts) &&
	       a->series_max == b->series_max;
}

const char *lull_config_fixed(const struct lull_config *old, const struct lull_config *new)
{
	const struct {
		const char *key;
		bool same;
	} keys[] = {
		{"bin", old->bin_ns == new->bin_ns},
		{"reorder", old->reorder_bins == new->reorder_bins},
		{"jump", old->jump_ns == new->jump_ns},
		{"capture", same_capture(&old->capture, &new->capture)},
		{"workers", same_cores(old, new)},
		{"http", same_http(&old->http, &new->http)},
		{"state", same_text(old->state, new->state)},
		{"user", same_text(old->user, new->user)},
		{"site", same_text(old->site, new->site)},
	};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!keys[i].same)
			return keys[i].key;
	}
	return NULL;
}
