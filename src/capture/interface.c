// SPDX-License-Identifier: BSD-3-Clause
// Interfaces of this host as live ports: what arrives and what leaves, so a host sees its own
// traffic both ways. Two ends of one cable (a veth pair) show every packet twice. Packets are as
// the kernel has them: merged ones (GRO, TSO) count once, with the length of all.
//
// Packets come stamped by the wall clock, which may be stepped. Each fill() reads both clocks and
// moves stamps over to the steady one, no earlier than what was promised before and no later than
// the reading.

#include "interface.h"
#include "iflink.h"
#include "netdev.h"
#include "ports.h"
#include "tpacket.h"

#include <errno.h>
#include <lull/log.h>
#include <lull/time.h>
#include <net/if_arp.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct queue {
	struct lull_source source;
	struct lull_tpacket ring;
	uint16_t port;
	uint64_t clock_ns; // as last told; the worker's
};

// What the analyzer knows of a port.
struct port {
	const char *name;
	size_t first, n; // its queues
	int index;
	bool ethernet;
	bool gone, reported;  // no such interface now; a failure was told
	bool told;            // what its driver missed can be read
	uint64_t seen_missed; // by the driver, as last read
	struct lull_port_stats stats;
};

struct interfaces {
	struct lull_ports ports;
	const struct lull_config *config;
	int iflink;
	size_t n_ports, n_queues;
	struct port *port;
	struct queue *queue;
};

static struct interfaces *of(const struct lull_ports *p)
{
	return (struct interfaces *)p;
}

// --- the source ---

// What to add to the kernel's stamps. The pair is read again when something came between.
static uint64_t read_shift(uint64_t *now)
{
	uint64_t before = 0, after = 0, wall = 0;
	for (int i = 0; i < 3 && (i == 0 || after - before > 20000); i++) {
		struct timespec t;
		before = lull_ports_now();
		clock_gettime(CLOCK_REALTIME, &t);
		after = lull_ports_now();
		wall = (uint64_t)t.tv_sec * LULL_NS_PER_SECOND + (uint64_t)t.tv_nsec;
	}
	*now = after;
	return before + (after - before) / 2 - wall;
}

static uint64_t clamp(uint64_t x, uint64_t lo, uint64_t hi)
{
	return x < lo ? lo : x > hi ? hi : x;
}

static int interface_fill(struct lull_source *source, struct lull_burst *burst)
{
	struct queue *q = (struct queue *)source;
	uint64_t now, shift = read_shift(&now);
	lull_tpacket_release(&q->ring);
	uint32_t n = lull_tpacket_read(&q->ring, burst->packets);
	for (uint32_t i = 0; i < n; i++) {
		struct lull_packet *p = &burst->packets[i];
		p->ts_ns = clamp(p->ts_ns + shift, q->clock_ns, now);
		p->port = q->port;
	}
	// All that came before was read, but for what lies in a block not handed over; after a
	// full burst there may be more of any age.
	uint64_t clock = n == LULL_BURST ? burst->packets[n - 1].ts_ns : now - LULL_TPACKET_LAG_NS;
	q->clock_ns = clock > q->clock_ns ? clock : q->clock_ns;
	burst->n = n;
	burst->clock_ns = q->clock_ns;
	burst->next_ns = LULL_TIME_NONE;
	burst->owner = NULL;
	if (n == 0)
		lull_tpacket_wait(&q->ring);
	return 1;
}

static void interface_release(struct lull_source *source, struct lull_burst *burst)
{
	(void)burst;
	lull_tpacket_release(&((struct queue *)source)->ring);
}

static void source_close(struct lull_source *source)
{
	(void)source; // the ports own it
}

static const struct lull_source_ops source_ops = {
	.name = "interface",
	.keeps = true,
	.fill = interface_fill,
	.release = interface_release,
	.close = source_close,
};

// --- opening ---

// Packets the device had no room for, as its driver counts. False: nobody tells.
static bool read_missed(const char *name, uint64_t *missed)
{
	uint64_t fifo = 0;
	if (lull_netdev_read(name, "statistics/rx_missed_errors", missed) != 0 ||
		lull_netdev_read(name, "statistics/rx_fifo_errors", &fifo) != 0)
		return false;
	*missed += fifo;
	return true;
}

static int open_port(struct interfaces *f, size_t number)
{
	const struct lull_port_spec *spec = &f->config->capture.ports[number];
	struct port *p = &f->port[number];
	struct lull_iflink link;
	int group = -1;
	int e = lull_iflink_read(f->iflink, spec->device, &link);
	if (e != 0)
		return e;
	p->index = link.index;
	p->ethernet = lull_tpacket_ethernet(link.type);
	p->told = lull_netdev_here(p->name) && read_missed(p->name, &p->seen_missed);
	p->stats.link_up = link.up;
	const struct lull_tpacket_device device = {.index = link.index, .type = link.type};
	for (size_t i = p->first; i < p->first + p->n && e == 0; i++) {
		struct queue *q = &f->queue[i];
		q->source.ops = &source_ops;
		q->port = (uint16_t)number;
		e = lull_tpacket_open(&q->ring, &device, f->config->capture.ring_bytes / p->n);
		if (e == 0 && p->n > 1)
			e = lull_tpacket_share(&q->ring, &group);
	}
	for (size_t i = p->first; i < p->first + p->n && e == 0; i++) {
		e = lull_tpacket_start(&f->queue[i].ring, link.type == ARPHRD_LOOPBACK);
		f->queue[i].clock_ns = lull_ports_now();
	}
	if (e == 0 && !link.up)
		lull_log_warning("%s: no link; lull waits for it", spec->device);
	if (e == 0 && !p->told)
		lull_log_warning("%s: /sys is not of this network namespace, so what the driver "
				 "loses is unknown (`ip netns exec` mounts the right one)",
			spec->device);
	return e;
}

static void interface_close(struct lull_ports *ports)
{
	struct interfaces *f = of(ports);
	for (size_t i = 0; f->queue != NULL && i < f->n_queues; i++)
		lull_tpacket_close(&f->queue[i].ring);
	if (f->iflink >= 0)
		close(f->iflink);
	free(f->queue);
	free(f->port);
	free(f);
}

// Ports and queues, all closed. NULL: out of memory.
static struct interfaces *lay_out(const struct lull_config *config)
{
	struct interfaces *f = calloc(1, sizeof(*f));
	if (f == NULL)
		return NULL;
	f->ports.ops = &lull_ports_interface;
	f->config = config;
	f->n_ports = config->capture.n_ports;
	f->iflink = -1;
	f->port = calloc(f->n_ports, sizeof(*f->port));
	for (size_t i = 0; f->port != NULL && i < f->n_ports; i++) {
		const struct lull_port_spec *spec = &config->capture.ports[i];
		size_t n = spec->queues > 0 ? spec->queues : 1;
		f->port[i] = (struct port){.name = spec->device, .first = f->n_queues, .n = n};
		f->n_queues += n;
	}
	f->queue = calloc(f->n_queues, sizeof(*f->queue));
	if (f->port == NULL || f->queue == NULL) {
		interface_close(&f->ports);
		return NULL;
	}
	for (size_t i = 0; i < f->n_queues; i++)
		f->queue[i].ring.fd = -1;
	return f;
}

static struct lull_ports *interface_open(const struct lull_config *config)
{
	struct interfaces *f = lay_out(config);
	if (f == NULL) {
		lull_log_error("%s: out of memory", config->capture.ports[0].device);
		errno = ENOMEM;
		return NULL;
	}
	int e = f->iflink = lull_iflink_open();
	if (e >= 0)
		e = 0;
	else
		lull_interface_complain(config, &config->capture.ports[0], e);
	for (size_t i = 0; i < f->n_ports && e == 0; i++) {
		e = open_port(f, i);
		if (e != 0)
			lull_interface_complain(config, &config->capture.ports[i], e);
	}
	if (e == 0)
		return &f->ports;
	interface_close(&f->ports);
	errno = -e;
	return NULL;
}

// --- the rest ---

static size_t interface_queues(const struct lull_ports *ports)
{
	return of(ports)->n_queues;
}

static struct lull_source *interface_queue(struct lull_ports *ports, size_t i)
{
	return &of(ports)->queue[i].source;
}

static int interface_attach(struct lull_ports *ports, size_t i)
{
	const struct lull_config *config = of(ports)->config;
	cpu_set_t set;
	if (i >= config->n_cores)
		return 0;
	if (config->cores[i] >= CPU_SETSIZE)
		return -EINVAL;
	CPU_ZERO(&set);
	CPU_SET(config->cores[i], &set);
	return -pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static void interface_detach(struct lull_ports *ports, size_t i)
{
	(void)ports;
	(void)i;
}

static size_t interface_count(const struct lull_ports *ports)
{
	return of(ports)->n_ports;
}

static const char *interface_device(const struct lull_ports *ports, size_t port)
{
	return of(ports)->port[port].name;
}

static const char *interface_driver(const struct lull_ports *ports, size_t port)
{
	(void)ports;
	(void)port;
	return "tpacket";
}

// An interface that is taken away and comes back has another number. The sockets stay, with what
// is in their rings: a new one could not be made any more, without privileges. Nor does the kernel
// let sockets go elsewhere that share an interface's packets.
static int follow(struct interfaces *f, struct port *p, const struct lull_iflink *link)
{
	int e = p->ethernet == lull_tpacket_ethernet(link->type) ? 0 : -EMEDIUMTYPE;
	for (size_t i = p->first; i < p->first + p->n && e == 0; i++)
		e = lull_tpacket_bind(&f->queue[i].ring, link->index);
	if (e == 0) {
		lull_log_info("%s: the interface is back", p->name);
		p->index = link->index;
		p->seen_missed = 0;
		p->told = lull_netdev_here(p->name);
		p->gone = p->reported = false;
	} else if (!p->reported) {
		lull_log_error("%s: the interface is back, and cannot be captured: %s; "
			       "start lull anew",
			p->name, p->n > 1 ? "with more queues than one" : strerror(-e));
		p->reported = true;
	}
	return e;
}

// Where the interface is now. False: nothing can be had from it.
static bool look(struct interfaces *f, struct port *p, struct lull_iflink *link)
{
	int e = lull_iflink_read(f->iflink, p->name, link);
	if (e != 0) {
		if (!p->gone)
			lull_log_error("%s: %s; lull goes on as if its cable were out", p->name,
				e == -ENODEV ? "the interface is gone" : strerror(-e));
		p->gone = true;
		return false;
	}
	if ((p->gone || link->index != p->index) && follow(f, p, link) != 0)
		return false;
	if (link->up != p->stats.link_up)
		lull_log_info("%s: link %s", p->name, link->up ? "up" : "down");
	return true;
}

static int interface_stats(struct lull_ports *ports, size_t port, struct lull_port_stats *stats)
{
	struct interfaces *f = of(ports);
	struct port *p = &f->port[port];
	struct lull_iflink link = {0};
	bool there = look(f, p, &link);
	p->stats.link_up = there && link.up;
	p->stats.downs_told = there && p->told &&
			      lull_netdev_read(p->name, "carrier_down_count", &p->stats.downs) == 0;
	uint64_t missed;
	if (there && p->told && read_missed(p->name, &missed)) {
		// a driver that was loaded anew counts from 0
		p->stats.missed += missed >= p->seen_missed ? missed - p->seen_missed : missed;
		p->seen_missed = missed;
	}
	int e = 0;
	for (size_t i = p->first; i < p->first + p->n && e == 0; i++) {
		uint64_t taken = 0, dropped = 0;
		e = lull_tpacket_counts(&f->queue[i].ring, &taken, &dropped);
		p->stats.received += taken;
		p->stats.nombuf += dropped;
	}
	if (e != 0 && !p->reported) {
		lull_log_error("%s: no counts from the kernel: %s", p->name, strerror(-e));
		p->reported = true;
	}
	p->stats.lost = p->stats.missed + p->stats.nombuf;
	p->stats.loss = e != 0 || !p->told  ? LULL_LOSS_UNKNOWN
			: p->stats.lost > 0 ? LULL_LOSS_KNOWN
					    : LULL_LOSS_NONE;
	*stats = p->stats;
	return e;
}

const struct lull_ports_ops lull_ports_interface = {
	.name = "interface",
	.open = interface_open,
	.close = interface_close,
	.queues = interface_queues,
	.queue = interface_queue,
	.attach = interface_attach,
	.detach = interface_detach,
	.count = interface_count,
	.device = interface_device,
	.driver = interface_driver,
	.stats = interface_stats,
};
