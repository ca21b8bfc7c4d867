// SPDX-License-Identifier: BSD-3-Clause
// Live ports of DPDK: the devices of a configuration as lull_ports_ops. Starting DPDK is
// dpdk_eal.c, a device dpdk_port.c, its packets dpdk_queue.c, its losses dpdk_stats.c.

#include "dpdk.h"

#include <errno.h>
#include <lull/dpdk.h>
#include <lull/log.h>
#include <pthread.h>
#include <rte_errno.h>
#include <rte_lcore.h>
#include <rte_version.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

const char *lull_dpdk_version(void)
{
	return rte_version();
}

static struct lull_dpdk *dpdk_of(const struct lull_ports *p)
{
	return (struct lull_dpdk *)p;
}

static void dpdk_close(struct lull_ports *ports)
{
	struct lull_dpdk *d = dpdk_of(ports);
	if (d == NULL)
		return;
	for (size_t i = 0; i < d->n_ports; i++)
		lull_dpdk_port_close(&d->list[i]);
	if (d->started)
		lull_dpdk_stop();
	free(d->queues);
	free(d->list);
	free(d);
}

// Queues numbered by port, then queue.
static bool lay_out(struct lull_dpdk *d)
{
	const struct lull_capture_config *c = &d->config->capture;
	size_t n = 0;
	for (size_t i = 0; i < c->n_ports; i++)
		n += c->ports[i].queues;
	d->list = calloc(c->n_ports, sizeof(*d->list));
	d->queues = calloc(n, sizeof(*d->queues));
	if (d->list == NULL || d->queues == NULL)
		return false;
	for (size_t i = 0; i < c->n_ports; i++) {
		struct lull_dpdk_port *p = &d->list[i];
		p->spec = &c->ports[i];
		p->number = (uint16_t)i;
		for (uint16_t k = 0; k < c->ports[i].queues; k++)
			d->queues[d->n_queues++] = (struct lull_dpdk_queue){
				.source = {.ops = &lull_dpdk_queue_ops},
				.port = p,
				.id = k,
			};
	}
	return true;
}

static struct lull_ports *dpdk_open(const struct lull_config *config)
{
	struct lull_dpdk *d = calloc(1, sizeof(*d));
	int r = -ENOMEM;
	if (d == NULL)
		goto fail;
	d->ports.ops = &lull_ports_dpdk;
	d->config = config;
	if (!lay_out(d))
		goto fail;
	r = lull_dpdk_start(config);
	if (r != 0)
		goto fail;
	d->started = true;
	while (d->n_ports < config->capture.n_ports) {
		r = lull_dpdk_port_open(&d->list[d->n_ports++]);
		if (r != 0)
			goto fail;
	}
	return &d->ports;
fail:
	if (r == -ENOMEM && (d == NULL || !d->started))
		lull_log_error("DPDK: out of memory");
	dpdk_close(d != NULL ? &d->ports : NULL);
	errno = -r;
	return NULL;
}

static size_t dpdk_queues(const struct lull_ports *p)
{
	return dpdk_of(p)->n_queues;
}

static struct lull_source *dpdk_queue(struct lull_ports *p, size_t i)
{
	return &dpdk_of(p)->queues[i].source;
}

static int pin(const struct lull_dpdk_queue *q, unsigned core)
{
	cpu_set_t one;
	CPU_ZERO(&one);
	int r = EINVAL;
	if (core < CPU_SETSIZE) {
		CPU_SET(core, &one);
		r = pthread_setaffinity_np(pthread_self(), sizeof(one), &one);
	}
	if (r != 0)
		lull_log_error("%s: queue %u cannot run on CPU %u: %s; change `cores:`",
			q->port->spec->device, q->id, core,
			r == EINVAL ? "there is no such CPU, or this process may not use it"
				    : strerror(r));
	return -r;
}

// A thread known to EAL has a cache of buffers of its own. One that is not (there are 128 at most)
// works, more slowly.
static int dpdk_attach(struct lull_ports *p, size_t i)
{
	const struct lull_config *config = dpdk_of(p)->config;
	struct lull_dpdk_queue *q = &dpdk_of(p)->queues[i];
	if (i < config->n_cores) {
		int r = pin(q, config->cores[i]);
		if (r != 0)
			return r;
		q->pinned = true;
	}
	q->attached = rte_thread_register() == 0;
	if (!q->attached)
		lull_log_warning(
			"%s: queue %u: DPDK takes no more threads (%s): this one is slower",
			q->port->spec->device, q->id, rte_strerror(rte_errno));
	return 0;
}

static void dpdk_detach(struct lull_ports *p, size_t i)
{
	struct lull_dpdk_queue *q = &dpdk_of(p)->queues[i];
	if (q->attached)
		rte_thread_unregister();
	q->attached = false;
}

static size_t dpdk_count(const struct lull_ports *p)
{
	return dpdk_of(p)->n_ports;
}

static const char *dpdk_device(const struct lull_ports *p, size_t port)
{
	return dpdk_of(p)->list[port].spec->device;
}

static const char *dpdk_driver(const struct lull_ports *p, size_t port)
{
	return dpdk_of(p)->list[port].driver_name;
}

static int dpdk_stats(struct lull_ports *p, size_t port, struct lull_port_stats *stats)
{
	return lull_dpdk_stats(&dpdk_of(p)->list[port], stats);
}

const struct lull_ports_ops lull_ports_dpdk = {
	.name = "dpdk",
	.open = dpdk_open,
	.close = dpdk_close,
	.queues = dpdk_queues,
	.queue = dpdk_queue,
	.attach = dpdk_attach,
	.detach = dpdk_detach,
	.count = dpdk_count,
	.device = dpdk_device,
	.driver = dpdk_driver,
	.stats = dpdk_stats,
};
