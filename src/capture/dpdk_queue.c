// SPDX-License-Identifier: BSD-3-Clause
// A queue as a source: what the driver has becomes a burst of views, and goes back after use.
//
// Polling: a thread with a core of its own polls without rest, as is usual with DPDK, so the ring
// is never left alone. A thread without one sleeps 50 us after 8 polls that gave nothing, and 500
// us once a tenth of a second was silent: a demonstration on a laptop does not burn a core, and a
// ring of 512 frames lasts 500 us at 1 Mpps.
//
// Time: one reading of the clock per burst, after the packets were taken; a card that stamps
// packets and lets its clock be read is believed as far as its times are of the last second.

#include "dpdk.h"

#include <lull/log.h>
#include <lull/time.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>
#include <rte_pause.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#define EMPTY_POLLS 8
#define NAP_NS 50000
#define QUIET_POLLS 1000 // a tenth of a second, with naps
#define SLEEP_NS 500000
#define FILE_POLLS 1000                   // a file at its end gave nothing so often
#define FILE_QUIET_NS UINT64_C(500000000) // and for so long
#define STAMP_AGE_NS LULL_NS_PER_SECOND   // times of a card older than this are not believed
#define AT_ONCE 32                        // packets asked of a driver
#define IN_FLIGHT_NS UINT64_C(1000000)    // from the card's stamp to our ring at most

static struct lull_dpdk_queue *queue_of(struct lull_source *s)
{
	return (struct lull_dpdk_queue *)s;
}

static struct lull_dpdk_lease *take_lease(struct lull_dpdk_queue *q)
{
	for (unsigned i = 0; i < LULL_DPDK_LEASES; i++) {
		struct lull_dpdk_lease *l = &q->leases[i];
		if (!atomic_load_explicit(&l->out, memory_order_acquire))
			return l;
	}
	return NULL;
}

// What a driver writes into a buffer side by side is read at once. No field of a buffer may move
// without a new version of DPDK's interface; drivers read and write them so.
static inline uint64_t eight_bytes(const void *at)
{
	uint64_t word;
	memcpy(&word, at, sizeof(word));
	return word;
}
_Static_assert(
	offsetof(struct rte_mbuf, refcnt) == offsetof(struct rte_mbuf, data_off) + 2 &&
		offsetof(struct rte_mbuf, nb_segs) == offsetof(struct rte_mbuf, data_off) + 4 &&
		offsetof(struct rte_mbuf, data_len) == offsetof(struct rte_mbuf, pkt_len) + 4,
	"as eight_bytes() has them, little-endian");

// Not 0 unless a buffer is one segment, ours alone, out of the port's own pool, with its tag in the
// frame: then it goes back as it is. All that is looked at lies in the line that was read anyway.
static inline uint64_t oddity(
	const struct rte_mbuf *m, uint64_t owners, const struct rte_mempool *pool)
{
	const uint64_t flags =
		RTE_MBUF_F_RX_VLAN_STRIPPED | RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL;
	const uint64_t one = UINT64_C(1) << 16 | UINT64_C(1) << 32; // owner, and segment
	return (uint64_t)((uintptr_t)m->pool ^ (uintptr_t)pool) | (m->ol_flags & flags) |
	       ((owners ^ one) & UINT64_C(0xffffffff0000));
}

// The packet in buffer m. The clock sets its time, bin and fate. Returns where in the buffer it
// begins, how many share the buffer, and of how many segments it is, of 16 bits each from the
// lowest.
static inline uint64_t view_one(
	const struct rte_mbuf *m, uint16_t port, uint16_t linktype, struct lull_packet *p)
{
	uint64_t owners = eight_bytes(&m->data_off), lengths = eight_bytes(&m->pkt_len);
	p->data = (const uint8_t *)m->buf_addr + (uint16_t)owners;
	rte_prefetch0(p->data);
	p->wirelen = (uint32_t)lengths;
	p->caplen = (uint16_t)(lengths >> 32); // the first segment holds every header
	p->port = port;
	p->linktype = linktype;
	return owners;
}

// A tag that was taken out of the frame tells the upstream: put it back.
static __attribute__((noinline)) void view_odd(const struct lull_dpdk_port *port,
	struct rte_mbuf **mbufs, struct lull_packet *packets, uint16_t n)
{
	for (uint16_t i = 0; i < n; i++) {
		if ((mbufs[i]->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0)
			rte_vlan_insert(&mbufs[i]);
		view_one(mbufs[i], port->number, port->driver->linktype, &packets[i]);
	}
}

// False: some buffers need care when they go back.
static bool view(const struct lull_dpdk_port *port, struct rte_mbuf **mbufs,
	struct lull_packet *packets, uint16_t n)
{
	const struct rte_mempool *pool = port->pool;
	uint16_t number = port->number, linktype = port->driver->linktype;
	uint64_t odd = 0;
	for (uint16_t i = 0; i < n; i++) {
		uint64_t owners = view_one(mbufs[i], number, linktype, &packets[i]);
		odd |= oddity(mbufs[i], owners, pool);
	}
	if (odd != 0)
		view_odd(port, mbufs, packets, n);
	return odd == 0;
}

// Drivers may give 32 at a time: ask on while there is room and they have some. Buffers are looked
// at while they are in L1, which those of a whole burst would not fit into.
static uint16_t receive(
	struct lull_dpdk_queue *q, struct lull_dpdk_lease *l, struct lull_packet *packets)
{
	uint16_t n = 0, got;
	l->simple = true;
	do {
		uint16_t room = (uint16_t)(LULL_BURST - n);
		got = rte_eth_rx_burst(
			q->port->id, q->id, l->mbufs + n, room < AT_ONCE ? room : AT_ONCE);
		l->simple &= view(q->port, l->mbufs + n, packets + n, got);
		n = (uint16_t)(n + got);
	} while (got > 0 && n < LULL_BURST);
	return n;
}

// The card's own times, where they can be believed. Returns the newest.
static uint64_t stamp(const struct lull_dpdk_queue *q, const struct lull_dpdk_lease *l,
	struct lull_burst *burst, uint64_t now)
{
	const struct lull_dpdk_port *p = q->port;
	uint64_t newest = 0;
	for (uint16_t i = 0; i < l->n; i++) {
		struct rte_mbuf *m = l->mbufs[i];
		burst->packets[i].ts_ns = now;
		if ((m->ol_flags & p->stamp_flag) == 0)
			continue;
		uint64_t ns = lull_tick_ns(
			&q->tick, *RTE_MBUF_DYNFIELD(m, p->stamp_offset, rte_mbuf_timestamp_t *));
		if (ns <= now && now - ns <= STAMP_AGE_NS)
			burst->packets[i].ts_ns = ns;
		newest = burst->packets[i].ts_ns > newest ? burst->packets[i].ts_ns : newest;
	}
	return newest;
}

// Compare the card's clock with ours, once a second (and often enough at first).
static void compare_clocks(struct lull_dpdk_queue *q, uint64_t now)
{
	uint64_t pause = q->tick.ns_per_tick == 0.0 ? LULL_TICK_SPAN_NS : LULL_NS_PER_SECOND;
	uint64_t ticks;
	if (q->tick.begun && now - q->tick.ns < pause)
		return;
	if (rte_eth_read_clock(q->port->id, &ticks) == 0)
		lull_tick_pair(&q->tick, ticks, lull_ports_now());
}

// No packet: is this the end, and if not, how to wait for the next.
static int idle(struct lull_dpdk_queue *q, uint64_t now)
{
	if (q->empty++ == 0)
		q->quiet_ns = now;
	if (q->port->is_file && q->empty > FILE_POLLS && now - q->quiet_ns > FILE_QUIET_NS) {
		lull_log_info("%s: the end of the file", q->port->spec->device);
		q->over = true;
		return 0;
	}
	if (q->pinned)
		rte_pause();
	else if (q->empty > EMPTY_POLLS)
		nanosleep(&(struct timespec){.tv_nsec = q->empty > QUIET_POLLS ? SLEEP_NS : NAP_NS},
			NULL);
	return 1;
}

static int queue_fill(struct lull_source *s, struct lull_burst *burst)
{
	struct lull_dpdk_queue *q = queue_of(s);
	struct lull_dpdk_port *p = q->port;
	burst->n = 0;
	burst->owner = NULL;
	burst->next_ns = LULL_TIME_NONE;
	burst->at_once = !p->clocked;
	if (!q->over && atomic_load_explicit(&p->removed, memory_order_relaxed)) {
		lull_log_error("%s: the device was removed", p->spec->device);
		q->over = true;
	}
	struct lull_dpdk_lease *l = q->over ? NULL : take_lease(q);
	if (l != NULL)
		l->n = receive(q, l, burst->packets);
	uint64_t now = lull_ports_now();
	burst->clock_ns = now;
	if (l == NULL || l->n == 0)
		return q->over ? 0 : idle(q, now);
	q->empty = 0;
	atomic_store_explicit(&l->out, true, memory_order_relaxed);
	burst->owner = l;
	burst->n = l->n;
	if (p->clocked) {
		compare_clocks(q, now);
		uint64_t newest = stamp(q, l, burst, now);
		// What waits in the ring may be as old as what was just taken.
		burst->clock_ns = l->n == LULL_BURST && newest > 0 ? newest : now - IN_FLIGHT_NS;
	}
	return 1;
}

static void queue_release(struct lull_source *s, struct lull_burst *burst)
{
	struct lull_dpdk_lease *l = burst->owner;
	if (l == NULL)
		return;
	if (l->simple)
		rte_mempool_put_bulk(
			queue_of(s)->port->pool, (void *const *)(void *)l->mbufs, l->n);
	else
		rte_pktmbuf_free_bulk(l->mbufs, l->n);
	l->n = 0;
	atomic_store_explicit(&l->out, false, memory_order_release);
	burst->owner = NULL;
}

// The ports own their queues.
static void queue_close(struct lull_source *s)
{
	(void)s;
}

const struct lull_source_ops lull_dpdk_queue_ops = {
	.name = "dpdk",
	.fill = queue_fill,
	.release = queue_release,
	.close = queue_close,
};
