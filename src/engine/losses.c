// SPDX-License-Identifier: BSD-3-Clause
// Sampling drivers, and charging bins with what was lost around them.

#include "engine/losses.h"

#include <string.h>

#define SAMPLES_PER_BIN 2
#define SAMPLES_MOST (LULL_LOSSES_SAMPLES / 3) // of a long bin
#define EVERY_MIN_NS (20 * UINT64_C(1000000))
#define EVERY_MAX_NS UINT64_C(1000000000)
#define HOLE_NS (500 * UINT64_C(1000000)) // a busy machine, a slow page

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
	if (h->every_ns < bin_ns / SAMPLES_MOST) // those of two bins must be there
		h->every_ns = bin_ns / SAMPLES_MOST;
	h->hole_ns = 2 * h->every_ns + HOLE_NS;
	sample(h, lull_ports_now());
}

static const struct lull_losses_sample *at(const struct lull_losses *h, uint64_t i)
{
	return &h->samples[i % LULL_LOSSES_SAMPLES];
}

static const struct lull_losses_sample *newest(const struct lull_losses *h)
{
	return at(h, h->n - 1);
}

void lull_losses_look(struct lull_losses *h, uint64_t now_ns)
{
	if (now_ns - newest(h)->time_ns >= h->every_ns)
		sample(h, now_ns);
}

// Number of the last sample taken at or before a time, or of the oldest one kept.
static uint64_t last_before(const struct lull_losses *h, uint64_t time_ns)
{
	uint64_t oldest = h->n > LULL_LOSSES_SAMPLES ? h->n - LULL_LOSSES_SAMPLES : 0;
	uint64_t i = h->n - 1;
	while (i > oldest && at(h, i)->time_ns > time_ns)
		i--;
	return i;
}

// What the port may have lost from the first sample to the last. Drivers count from their start,
// so what was lost before the very first sample belongs to the first bin; when samples were
// forgotten meanwhile, nobody knows.
static void judge_loss(const struct lull_losses *h, size_t p, uint64_t first, uint64_t last,
	uint64_t start_ns, struct lull_port_health *port)
{
	bool early = at(h, first)->time_ns > start_ns;
	bool unknown = early && first > 0;
	for (uint64_t i = first; i <= last; i++)
		unknown |= at(h, i)->stats[p].loss == LULL_LOSS_UNKNOWN;
	uint64_t before = early && first == 0 ? 0 : at(h, first)->stats[p].lost;
	port->lost = at(h, last)->stats[p].lost - before;
	port->loss = unknown          ? LULL_LOSS_UNKNOWN
		     : port->lost > 0 ? LULL_LOSS_KNOWN
				      : LULL_LOSS_NONE;
}

// Was the link there in all samples, and between them?
static void judge_link(const struct lull_losses *h, size_t p, uint64_t first, uint64_t last,
	struct lull_port_health *port)
{
	port->link_up = at(h, first)->stats[p].link_up;
	for (uint64_t i = first; i < last; i++) {
		const struct lull_port_stats *a = &at(h, i)->stats[p], *b = &at(h, i + 1)->stats[p];
		bool counted = a->downs_told && b->downs_told;
		port->link_up &= b->link_up && !(counted && a->downs != b->downs);
		port->stalled |= !counted && at(h, i + 1)->time_ns - at(h, i)->time_ns > h->hole_ns;
	}
}

void lull_losses_judge(struct lull_losses *h, struct lull_bin *bin, uint64_t now_ns)
{
	uint64_t end_ns = bin->start_ns + bin->len_ns;
	if (newest(h)->time_ns < end_ns)
		sample(h, now_ns);
	uint64_t first = last_before(h, bin->start_ns);
	uint64_t last = last_before(h, end_ns);
	while (last + 1 < h->n && at(h, last)->time_ns < end_ns)
		last++;
	for (size_t p = 0; p < h->n_ports; p++) {
		h->bin[p] = (struct lull_port_health){0};
		judge_loss(h, p, first, last, bin->start_ns, &h->bin[p]);
		judge_link(h, p, first, last, &h->bin[p]);
	}
	bin->health = h->bin;
	bin->n_health = h->n_ports;
}

const struct lull_port_stats *lull_losses_stats(const struct lull_losses *h, size_t port)
{
	return &newest(h)->stats[port];
}
