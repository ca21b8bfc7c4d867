// SPDX-License-Identifier: BSD-3-Clause
// DPDK devices that need no hardware, through lull_ports_*. EAL starts once in a process, and
// Criterion runs each test in one of its own. What interfaces of the kernel carry is the lab's.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <lull/dpdk.h>
#include <lull/ports.h>
#include <lull/time.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define JUNE_PACKETS 27140 // capinfos -c pcaps/june-2025.pcap

// A configuration of up to four devices, written as in YAML.
struct bench {
	struct lull_config config;
	struct lull_port_spec specs[4];
	char devices[4][1024];
};

static void add_device(struct bench *b, unsigned queues, const char *format, const char *value)
{
	size_t i = b->config.capture.n_ports++;
	snprintf(b->devices[i], sizeof(b->devices[i]), format, value, value);
	b->specs[i] = (struct lull_port_spec){.device = b->devices[i], .queues = queues};
	b->config.capture.kind = LULL_CAPTURE_DPDK;
	b->config.capture.ports = b->specs;
}

static const char *june(void)
{
	static char path[256];
	const char *source = getenv("LULL_SOURCE");
	snprintf(path, sizeof(path), "%s/pcaps/june-2025.pcap", source != NULL ? source : ".");
	return path;
}

// EAL needs memory and a directory for itself, which a sandbox may not give.
static struct lull_ports *open_or_skip(struct bench *b)
{
	if (lull_dpdk_version() == NULL)
		cr_skip_test("built without DPDK");
	struct lull_ports *p = lull_ports_open(&b->config);
	if (p == NULL && (errno == EACCES || errno == EPERM || errno == ENOMEM))
		cr_skip_test("DPDK does not start here: %s", strerror(errno));
	cr_assert(ne(ptr, p, NULL));
	return p;
}

struct tally {
	uint64_t packets, bytes, first_ns, last_clock_ns;
	unsigned fills;
	bool over;
};

// Fill until the source is over, or so many packets or fills were seen.
static void drain(struct lull_ports *p, size_t queue, uint64_t packets, unsigned fills,
	unsigned port, struct tally *t)
{
	static struct lull_burst burst;
	struct lull_source *s = lull_ports_queue(p, queue);
	cr_assert(eq(int, lull_ports_attach(p, queue), 0));
	while (!t->over && t->packets < packets && t->fills < fills) {
		t->over = lull_source_fill(s, &burst) == 0;
		t->fills++;
		cr_assert(ge(u64, burst.clock_ns, t->last_clock_ns), "clock went back");
		t->last_clock_ns = burst.clock_ns;
		for (uint32_t i = 0; i < burst.n; i++) {
			const struct lull_packet *k = &burst.packets[i];
			cr_assert(eq(uint, k->port, port));
			cr_assert(eq(uint, k->linktype, 1));
			cr_assert(le(uint, k->caplen, k->wirelen));
			t->bytes += k->wirelen;
			if (t->packets == 0 && i == 0)
				t->first_ns = burst.at_once ? burst.clock_ns : k->ts_ns;
		}
		t->packets += burst.n;
		lull_source_release(s, &burst);
		lull_source_release(s, &burst); // idempotent
	}
	lull_ports_detach(p, queue);
}

Test(dpdk, a_capture_through_a_port_is_counted_whole_and_ends)
{
	struct bench b = {0};
	add_device(&b, 1, "net_pcap0,rx_pcap=%s", june());
	struct lull_ports *p = open_or_skip(&b);
	uint64_t before = lull_ports_now();
	cr_assert(eq(sz, lull_ports_count(p), 1));
	cr_assert(eq(sz, lull_ports_queues(p), 1));
	cr_expect(eq(str, (char *)lull_ports_device(p, 0), b.devices[0]));
	cr_expect(eq(str, (char *)lull_ports_driver(p, 0), (char *)"net_pcap"));
	struct tally t = {0};
	drain(p, 0, UINT64_MAX, UINT32_MAX, 0, &t);
	cr_expect(eq(u64, t.packets, JUNE_PACKETS));
	cr_expect(t.over);
	cr_expect(ge(u64, t.first_ns, before), "times are of now, not of the file");
	cr_expect(lt(u64, t.first_ns - before, 10 * LULL_NS_PER_SECOND));
	struct lull_port_stats s;
	cr_assert(eq(int, lull_ports_stats(p, 0, &s), 0));
	cr_expect(eq(u64, s.received, JUNE_PACKETS));
	cr_expect(eq(u64, s.sent, 0));
	cr_expect(eq(u64, s.lost, 0));
	cr_expect(eq(int, s.loss, LULL_LOSS_NONE));
	cr_expect(s.link_up);
	lull_ports_close(p);
}

Test(dpdk, queues_are_numbered_by_port_then_queue)
{
	struct bench b = {0};
	add_device(&b, 1, "net_null0%.0s", "");
	add_device(&b, 2, "net_pcap0,rx_pcap=%s,rx_pcap=%s", june());
	add_device(&b, 1, "net_ring0%.0s", "");
	struct lull_ports *p = open_or_skip(&b);
	cr_assert(eq(sz, lull_ports_count(p), 3));
	cr_assert(eq(sz, lull_ports_queues(p), 4));
	static const unsigned ports[] = {0, 1, 1, 2};
	static const uint64_t packets[] = {1000, JUNE_PACKETS, JUNE_PACKETS, 0};
	struct tally t[4] = {0};
	for (size_t i = 0; i < 4; i++) {
		drain(p, i, packets[i] > 0 ? packets[i] : 1, 2000, ports[i], &t[i]);
		cr_expect(ge(u64, t[i].packets, packets[i]), "queue %zu", i);
	}
	cr_expect(eq(u64, t[3].packets, 0));
	cr_expect(ne(u64, t[3].last_clock_ns, 0), "silence has a clock, too");
	struct lull_port_stats s;
	cr_assert(eq(int, lull_ports_stats(p, 1, &s), 0));
	cr_expect(eq(u64, s.received, 2 * JUNE_PACKETS));
	lull_ports_close(p);
}

Test(dpdk, an_endless_file_does_not_end)
{
	struct bench b = {0};
	add_device(&b, 1, "net_pcap0,rx_pcap=%s,infinite_rx=1", june());
	struct lull_ports *p = open_or_skip(&b);
	struct tally t = {0};
	drain(p, 0, 3 * JUNE_PACKETS, UINT32_MAX, 0, &t);
	cr_expect(ge(u64, t.packets, 3 * JUNE_PACKETS));
	cr_expect(not(t.over));
	lull_ports_close(p);
}

Test(dpdk, a_driver_that_does_not_tell_is_unknown)
{
	struct bench b = {0};
	char directory[] = "/tmp/lull-memif-XXXXXX";
	cr_assert(ne(ptr, mkdtemp(directory), NULL));
	add_device(&b, 1, "net_memif0,role=server,socket=%s/s", directory);
	struct lull_ports *p = open_or_skip(&b);
	struct lull_port_stats s;
	cr_assert(eq(int, lull_ports_stats(p, 0, &s), 0));
	cr_expect(eq(int, s.loss, LULL_LOSS_UNKNOWN));
	cr_expect(not(s.link_up), "nobody is on the other side");
	lull_ports_close(p);
	rmdir(directory);
}

Test(dpdk, opening_leaves_the_caller_on_its_processors)
{
	struct bench b = {0};
	add_device(&b, 1, "net_null0%.0s", "");
	cpu_set_t before, after;
	cr_assert(eq(int, sched_getaffinity(0, sizeof(before), &before), 0));
	struct lull_ports *p = open_or_skip(&b);
	cr_assert(eq(int, sched_getaffinity(0, sizeof(after), &after), 0));
	cr_expect(ne(int, CPU_EQUAL(&before, &after), 0));
	lull_ports_close(p);
}

Test(dpdk, a_core_that_is_not_there_is_refused)
{
	struct bench b = {0};
	unsigned core = CPU_SETSIZE - 1;
	b.config.cores = &core;
	b.config.n_cores = 1;
	add_device(&b, 1, "net_null0%.0s", "");
	struct lull_ports *p = open_or_skip(&b);
	cr_expect(eq(int, lull_ports_attach(p, 0), -EINVAL));
	lull_ports_close(p);
}

static void refused(struct bench *b)
{
	if (lull_dpdk_version() == NULL)
		cr_skip_test("built without DPDK");
	errno = 0;
	cr_expect(eq(ptr, lull_ports_open(&b->config), NULL));
	cr_expect(ne(int, errno, 0));
}

Test(dpdk, a_device_that_is_not_there_is_refused)
{
	struct bench b = {0};
	add_device(&b, 1, "net_pcap0,rx_pcap=%s", "/no/such/file");
	refused(&b);
}

Test(dpdk, a_pci_device_that_is_not_there_is_refused)
{
	struct bench b = {0};
	add_device(&b, 1, "ffff:ff:1f.7%.0s", "");
	refused(&b);
}

Test(dpdk, an_argument_dpdk_does_not_know_is_refused)
{
	struct bench b = {0};
	char *eal[] = {(char *)"--no-such-thing"};
	add_device(&b, 1, "net_null0%.0s", "");
	b.config.capture.eal = eal;
	b.config.capture.n_eal = 1;
	refused(&b);
}

// Opened, it would hang.
Test(dpdk, a_virtio_user_that_serves_is_refused, .timeout = 20)
{
	struct bench b = {0};
	add_device(&b, 1, "virtio_user0,path=%s,server=1", "/tmp/lull-no-such-socket");
	refused(&b);
	cr_expect(eq(int, errno, ENOTSUP));
}

Test(dpdk, a_vhost_without_huge_pages_is_refused, .timeout = 20)
{
	struct bench b = {0};
	char *eal[] = {(char *)"--no-huge", (char *)"-m", (char *)"256"};
	add_device(&b, 1, "net_vhost0,iface=%s", "/tmp/lull-no-such-socket");
	b.config.capture.eal = eal;
	b.config.capture.n_eal = 3;
	refused(&b);
	cr_expect(eq(int, errno, ENOTSUP));
}

Test(dpdk, more_files_than_queues_are_refused)
{
	struct bench b = {0};
	add_device(&b, 1, "net_pcap0,rx_pcap=%s,rx_pcap=%s", june());
	refused(&b);
}

static _Atomic bool quiet;

// Traffic of the loopback, which is no port of ours.
static void *chatter(void *context)
{
	(void)context;
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	while (!atomic_load(&quiet))
		(void)sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
	close(fd);
	return NULL;
}

Test(dpdk, af_packet_hands_out_nothing_of_other_interfaces_from_before_it_was_bound)
{
	struct bench b = {0};
	struct tally t = {0};
	struct lull_port_stats s;
	pthread_t thread;
	if (unshare(CLONE_NEWNET) != 0 ||
		system("ip link set lo up && ip link add lulla type veth peer name lullb &&"
		       "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 && ip link set lulla up &&"
		       "ip link set lullb up") != 0)
		cr_skip_test("no network namespace with a cable in it");
	add_device(&b, 2, "net_af_packet0,iface=lulla%.0s", "");
	cr_assert(zero(int, pthread_create(&thread, NULL, chatter, NULL)));
	struct lull_ports *p = open_or_skip(&b);
	drain(p, 0, UINT64_MAX, 50, 0, &t);
	cr_expect(eq(u64, t.packets, 0));
	drain(p, 1, UINT64_MAX, 100, 0, &t);
	cr_expect(eq(u64, t.packets, 0));
	cr_assert(eq(int, lull_ports_stats(p, 0, &s), 0));
	cr_expect(eq(u64, s.received, 0));
	cr_expect(eq(u64, s.lost, 0));
	cr_expect(eq(int, s.loss, LULL_LOSS_UNKNOWN), "/sys is of another namespace");
	atomic_store(&quiet, true);
	pthread_join(thread, NULL);
	lull_ports_close(p);
}
