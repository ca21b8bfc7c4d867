// SPDX-License-Identifier: BSD-3-Clause
// Live ports of either kind: the table of kinds, and the clock all of them stamp with.

#include "ports.h"

#include <errno.h>
#include <lull/log.h>
#include <lull/time.h>
#include <stdatomic.h>
#include <time.h>

static const struct lull_ports_ops *const kinds[] = {
	[LULL_CAPTURE_DPDK] = &lull_ports_dpdk,
	[LULL_CAPTURE_INTERFACE] = &lull_ports_interface,
};

static uint64_t read_clock(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * LULL_NS_PER_SECOND + (uint64_t)t.tv_nsec;
}

// The epoch by the monotonic clock. The one piece of state here that hangs off no handle: a
// process has one clock, queues of every kind and those who show their bins must read the same,
// and it is written once. The first to ask reads the wall clock; all others take that reading.
static uint64_t epoch(void)
{
	static _Atomic uint64_t taken; // 0: not yet
	uint64_t e = atomic_load_explicit(&taken, memory_order_relaxed);
	if (e != 0)
		return e;
	uint64_t mine = read_clock(CLOCK_REALTIME) - read_clock(CLOCK_MONOTONIC);
	return atomic_compare_exchange_strong(&taken, &e, mine) ? mine : e;
}

uint64_t lull_ports_now(void)
{
	return epoch() + read_clock(CLOCK_MONOTONIC);
}

int64_t lull_ports_offset(void)
{
	return (int64_t)(read_clock(CLOCK_REALTIME) - lull_ports_now());
}

struct lull_ports *lull_ports_open(const struct lull_config *config)
{
	const struct lull_capture_config *capture = &config->capture;
	size_t n = sizeof(kinds) / sizeof(kinds[0]);
	if (capture->kind < 0 || (size_t)capture->kind >= n || kinds[capture->kind] == NULL ||
		capture->n_ports == 0) {
		lull_log_error("%s: nothing to capture from; add "
			       "capture: {kind: interface, name: eth0} or capture: {dpdk: ...}",
			config->path != NULL ? config->path : "configuration");
		errno = EINVAL;
		return NULL;
	}
	epoch();
	return kinds[capture->kind]->open(config);
}

void lull_ports_close(struct lull_ports *p)
{
	if (p != NULL)
		p->ops->close(p);
}

size_t lull_ports_queues(const struct lull_ports *p)
{
	return p->ops->queues(p);
}

struct lull_source *lull_ports_queue(struct lull_ports *p, size_t i)
{
	return p->ops->queue(p, i);
}

int lull_ports_attach(struct lull_ports *p, size_t i)
{
	return p->ops->attach(p, i);
}

void lull_ports_detach(struct lull_ports *p, size_t i)
{
	p->ops->detach(p, i);
}

size_t lull_ports_count(const struct lull_ports *p)
{
	return p->ops->count(p);
}

const char *lull_ports_device(const struct lull_ports *p, size_t port)
{
	return p->ops->device(p, port);
}

const char *lull_ports_driver(const struct lull_ports *p, size_t port)
{
	return p->ops->driver(p, port);
}

int lull_ports_stats(struct lull_ports *p, size_t port, struct lull_port_stats *stats)
{
	return p->ops->stats(p, port, stats);
}
