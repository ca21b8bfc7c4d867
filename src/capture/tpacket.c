// SPDX-License-Identifier: BSD-3-Clause
// The packet socket and the walk over its blocks. A block belongs to the kernel or to us, as its
// status word says; ours go back once the burst that points into them is released.

#include "tpacket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <lull/time.h>
#include <net/if_arp.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	BLOCK_BYTES = 256 << 10, // stays in L2 between the kernel's writing and our reading
	BLOCKS_LEAST = 4,
	FRAME_BYTES = 2048, // of no meaning to version 3, but checked
	RETIRE_MS = 4,      // a tick of 250 Hz. At 1, waking was a quarter of all the CPU time
	AHEAD = 6,          // frames asked for before they are read,
	HEAD_LINES = 3,     // of each the kernel's record and the headers
	TAG_BYTES = 4,      // room before a frame, to put back the tag the kernel took off
};

enum { LINK_ETHERNET = 1, LINK_IPV4 = 228, LINK_IPV6 = 229, LINK_UNKNOWN = 0xffff };

bool lull_tpacket_ethernet(unsigned type)
{
	return type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK;
}

static int set(int fd, int option, const void *value, socklen_t size)
{
	return setsockopt(fd, SOL_PACKET, option, value, size) == 0 ? 0 : -errno;
}

static int set_number(int fd, int option, int value)
{
	return set(fd, option, &value, sizeof(value));
}

static int filter(int fd, const struct sock_filter *code, unsigned short n)
{
	struct sock_fprog program = {.len = n, .filter = (struct sock_filter *)code};
	int e = setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program));
	return e == 0 ? 0 : -errno;
}

static int make_ring(struct lull_tpacket *t, uint64_t ring_bytes)
{
	uint64_t blocks = ring_bytes / BLOCK_BYTES;
	blocks = blocks < BLOCKS_LEAST ? BLOCKS_LEAST : blocks > 65536 ? 65536 : blocks;
	struct tpacket_req3 ring = {
		.tp_block_size = BLOCK_BYTES,
		.tp_block_nr = (unsigned)blocks,
		.tp_frame_size = FRAME_BYTES,
		.tp_frame_nr = (unsigned)blocks * (BLOCK_BYTES / FRAME_BYTES),
		.tp_retire_blk_tov = RETIRE_MS,
	};
	int e = set_number(t->fd, PACKET_VERSION, TPACKET_V3);
	if (e == 0)
		e = set_number(t->fd, PACKET_RESERVE, TAG_BYTES);
	if (e == 0)
		e = set(t->fd, PACKET_RX_RING, &ring, sizeof(ring));
	if (e != 0)
		return e;
	void *map = mmap(NULL, blocks * BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, t->fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	t->map = map;
	t->n_blocks = (unsigned)blocks;
	return 0;
}

int lull_tpacket_bind(struct lull_tpacket *t, int index)
{
	// With protocol 0 the socket had none until now; ETH_P_ALL sees both directions.
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index};
	struct packet_mreq all = {.mr_ifindex = index, .mr_type = PACKET_MR_PROMISC};
	if (bind(t->fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		return -errno;
	int e = set(t->fd, PACKET_ADD_MEMBERSHIP, &all, sizeof(all));
	return t->ethernet ? e : 0; // tunnels may know no promiscuous mode, and need none
}

int lull_tpacket_open(
	struct lull_tpacket *t, const struct lull_tpacket_device *device, uint64_t ring_bytes)
{
	static const struct sock_filter nothing[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
	*t = (struct lull_tpacket){.ethernet = lull_tpacket_ethernet(device->type)};
	t->fd = socket(AF_PACKET, (t->ethernet ? SOCK_RAW : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	int e = t->fd >= 0 ? 0 : -errno;
	if (e == 0)
		e = filter(t->fd, nothing, 1);
	if (e == 0)
		e = make_ring(t, ring_bytes);
	if (e == 0)
		e = lull_tpacket_bind(t, device->index);
	if (e != 0)
		lull_tpacket_close(t);
	return e;
}

void lull_tpacket_close(struct lull_tpacket *t)
{
	if (t->map != NULL)
		munmap(t->map, (size_t)t->n_blocks * BLOCK_BYTES);
	if (t->fd >= 0)
		close(t->fd);
	*t = (struct lull_tpacket){.fd = -1};
}

int lull_tpacket_share(struct lull_tpacket *t, int *group)
{
	bool first = *group < 0; // the kernel finds a number, and 0 is one
	int how = PACKET_FANOUT_HASH | (first ? PACKET_FANOUT_FLAG_UNIQUEID : 0);
	int e = set_number(t->fd, PACKET_FANOUT, how << 16 | (first ? 0 : *group));
	socklen_t size = sizeof(*group);
	if (e == 0 && first) {
		e = getsockopt(t->fd, SOL_PACKET, PACKET_FANOUT, group, &size) == 0 ? 0 : -errno;
		*group &= 0xffff;
	}
	return e;
}

// What the filter returns is what the kernel copies. The loopback interface shows every packet
// twice, leaving and arriving: one is enough.
int lull_tpacket_start(struct lull_tpacket *t, bool loopback)
{
	static const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, LULL_TPACKET_SNAP),
	};
	uint64_t taken, dropped; // counted while nothing was to be
	int e = loopback ? filter(t->fd, code, 4) : filter(t->fd, code + 3, 1);
	return e != 0 ? e : lull_tpacket_counts(t, &taken, &dropped);
}

// The kernel takes the outermost VLAN tag off a frame and keeps it beside; put it back.
static void restore_tag(const struct tpacket3_hdr *h, struct lull_packet *p)
{
	bool known = (h->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
	uint16_t tag[2] = {htons(known ? h->hv1.tp_vlan_tpid : ETH_P_8021Q),
		htons((uint16_t)h->hv1.tp_vlan_tci)};
	uint8_t *frame = (uint8_t *)p->data - TAG_BYTES;
	memmove(frame, p->data, 2 * ETH_ALEN);
	memcpy(frame + 2 * ETH_ALEN, tag, sizeof(tag));
	p->data = frame;
	p->caplen += TAG_BYTES;
	p->wirelen += TAG_BYTES;
}

static void take(const struct lull_tpacket *t, const struct tpacket3_hdr *h, struct lull_packet *p)
{
	p->data = (const uint8_t *)h + h->tp_mac;
	p->caplen = h->tp_snaplen;
	p->wirelen = h->tp_len > h->tp_snaplen ? h->tp_len : h->tp_snaplen;
	p->ts_ns = h->tp_sec * LULL_NS_PER_SECOND + h->tp_nsec;
	p->linktype = LINK_ETHERNET;
	if (!t->ethernet) {
		const struct sockaddr_ll *from =
			(const void *)((const uint8_t *)h + TPACKET_ALIGN(sizeof(*h)));
		p->linktype = from->sll_protocol == htons(ETH_P_IP)     ? LINK_IPV4
			      : from->sll_protocol == htons(ETH_P_IPV6) ? LINK_IPV6
									: LINK_UNKNOWN;
	} else if ((h->tp_status & TP_STATUS_VLAN_VALID) != 0 && p->caplen >= 2 * ETH_ALEN) {
		restore_tag(h, p);
	}
}

static struct tpacket_hdr_v1 *head_of(const struct lull_tpacket *t, unsigned block)
{
	return &((struct tpacket_block_desc *)(t->map + (size_t)block * BLOCK_BYTES))->hdr.bh1;
}

// Begin the next block if the kernel has handed it over.
static bool next_block(struct lull_tpacket *t)
{
	const struct tpacket_hdr_v1 *head = head_of(t, t->block);
	if (t->held == t->n_blocks) // all of the ring is in this burst
		return false;
	if ((__atomic_load_n(&head->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER) == 0)
		return false;
	t->left = head->num_pkts;
	t->at = (const uint8_t *)head - offsetof(struct tpacket_block_desc, hdr) +
		head->offset_to_first_pkt;
	return true;
}

// Another processor wrote the frames, and where one begins stands in the one before it: ask early,
// as if those to come were as long as this one. Where they are not, no harm is done.
static inline void prefetch_ahead(const uint8_t *at, uint32_t step)
{
	uintptr_t ahead = (uintptr_t)at + (uintptr_t)AHEAD * step;
	for (uintptr_t line = 0; line < HEAD_LINES; line++)
		__builtin_prefetch((const void *)(ahead + 64 * line));
}

uint32_t lull_tpacket_read(struct lull_tpacket *t, struct lull_packet *packets)
{
	uint32_t n = 0;
	while (n < LULL_BURST && (t->left > 0 || next_block(t))) {
		const uint8_t *at = t->at;
		uint32_t left = t->left;
		for (; n < LULL_BURST && left > 0; left--) {
			const struct tpacket3_hdr *h = (const void *)at;
			at += h->tp_next_offset;
			prefetch_ahead(at, h->tp_next_offset);
			take(t, h, &packets[n++]);
		}
		t->at = at;
		t->left = left;
		if (left == 0) {
			t->block = t->block + 1 == t->n_blocks ? 0 : t->block + 1;
			t->held++;
		}
	}
	return n;
}

void lull_tpacket_release(struct lull_tpacket *t)
{
	for (; t->held > 0; t->held--) {
		unsigned block = (t->block + t->n_blocks - t->held) % t->n_blocks;
		__atomic_store_n(
			&head_of(t, block)->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
	}
}

void lull_tpacket_wait(struct lull_tpacket *t)
{
	struct pollfd p = {.fd = t->fd, .events = POLLIN};
	if (poll(&p, 1, RETIRE_MS) <= 0 || (p.revents & POLLERR) == 0)
		return;
	// The interface went down. Reading the error clears it; if it does not, do not spin.
	int error;
	socklen_t size = sizeof(error);
	(void)getsockopt(t->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL);
}

int lull_tpacket_counts(struct lull_tpacket *t, uint64_t *taken, uint64_t *dropped)
{
	struct tpacket_stats_v3 s = {0};
	socklen_t size = sizeof(s);
	if (getsockopt(t->fd, SOL_PACKET, PACKET_STATISTICS, &s, &size) != 0)
		return -errno;
	*taken = s.tp_packets - s.tp_drops; // the kernel's tp_packets has both
	*dropped = s.tp_drops;
	return 0;
}
