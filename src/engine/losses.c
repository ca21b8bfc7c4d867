// SPDX-License-Identifier: BSD-3-Clause
// Sampling drivers, and charging bins with what was lost around them.

#include "engine/losses.h"

#include <string.h>

#define SAMPLES_PER_BIN 2
#define EVERY_MIN_NS (20 * UINT64_C(1000000))
#define EVERY_MAX_NS UINT64_C(1000000000)

static void sample(struct lull_losses *h, uint64_t now_ns)
{
	struct lull_losses_sample *s = &h->samples[h->n % LULL_LOSSES_SAMPLES];
	const struct lull_losses_sample *before =
		h->n == 0 ? NULL : &h->samples[(h->n - 1) % LULL_LOSSES_SAMPLES];
	s->time_ns = now_ns;
	for (size_t p = 0; p < h->n_ports; p++) {
		memset(&s->stats[p], 0, sizeof(s->stats[p]));
		if (lull_ports_stats(h->ports, p, &s->stats[p]) == 0)
			continue;
		if (before != NULL)
			s->stats[p] = before->stats[p];
		s->stats[p].loss = LULL_LOSS_UNKNOWN; // a driver that does not answer
	}
	h->n++;
}

void lull_losses_init(struct lull_losses *h, struct lull_ports *ports, uint64_t bin_ns)
{
	memset(h, 0, sizeof(*h));
	h->ports = ports;
	h->n_ports = lull_ports_count(ports);
	h->every_ns = bin_ns / SAMPLES_PER_BIN;
	if (h->every_ns < EVERY_MIN_NS)
		h->every_ns = EVERY_MIN_NS;
	if (h->every_ns > EVERY_MAX_NS)
		h->every_ns = EVERY_MAX_NS;
	sample(h, lull_ports_now());
}

static const struct lull_losses_sample *newest(const struct lull_losses *h)
{
	return &h->samples[(h->n - 1) % LULL_LOSSES_SAMPLES];
}

void lull_losses_look(struct lull_losses *h, uint64_t now_ns)
{
	if (now_ns - newest(h)->time_ns >= h->every_ns)
		sample(h, now_ns);
}

void lull_losses_stall(struct lull_losses *h, size_t port, uint64_t from_ns, uint64_t to_ns)
{
	h->stalls[port].from_ns = from_ns;
	h->stalls[port].to_ns = to_ns;
}

// Number of the last sample taken at or before a time, or of the oldest one kept.
static uint64_t last_before(const struct lull_losses *h, uint64_t time_ns)
{
	uint64_t oldest = h->n > LULL_LOSSES_SAMPLES ? h->n - LULL_LOSSES_SAMPLES : 0;
	uint64_t i = h->n - 1;
	while (i > oldest && h->samples[i % LULL_LOSSES_SAMPLES].time_ns > time_ns)
		i--;
	return i;
}

static struct lull_port_health judge_port(const struct lull_losses *h, size_t p,
	const struct lull_bin *bin, uint64_t first, uint64_t last)
{
	uint64_t end_ns = bin->start_ns + bin->len_ns;
	const struct lull_port_stats *from = &h->samples[first % LULL_LOSSES_SAMPLES].stats[p];
	const struct lull_port_stats *to = &h->samples[last % LULL_LOSSES_SAMPLES].stats[p];
	struct lull_port_health port = {.lost = to->lost - from->lost, .link_up = true};
	bool unknown = false;
	for (uint64_t i = first; i <= last; i++) {
		const struct lull_port_stats *s = &h->samples[i % LULL_LOSSES_SAMPLES].stats[p];
		port.link_up &= s->link_up;
		unknown |= s->loss == LULL_LOSS_UNKNOWN;
	}
	port.loss = unknown ? LULL_LOSS_UNKNOWN : port.lost > 0 ? LULL_LOSS_KNOWN : LULL_LOSS_NONE;
	port.stalled = h->stalls[p].to_ns > bin->start_ns && h->stalls[p].from_ns < end_ns &&
		       h->stalls[p].to_ns > h->stalls[p].from_ns;
	return port;
}

void lull_losses_judge(struct lull_losses *h, struct lull_bin *bin, uint64_t now_ns)
{
	uint64_t end_ns = bin->start_ns + bin->len_ns;
	if (newest(h)->time_ns < end_ns)
		sample(h, now_ns);
	uint64_t first = last_before(h, bin->start_ns);
	uint64_t last = last_before(h, end_ns);
	while (last + 1 < h->n && h->samples[last % LULL_LOSSES_SAMPLES].time_ns < end_ns)
		last++;
	for (size_t p = 0; p < h->n_ports; p++)
		h->bin[p] = judge_port(h, p, bin, first, last);
	bin->health = h->bin;
	bin->n_health = h->n_ports;
}

const struct lull_port_stats *lull_losses_stats(const struct lull_losses *h, size_t port)
{
	return &newest(h)->stats[port];
}
