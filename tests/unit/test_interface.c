// SPDX-License-Identifier: BSD-3-Clause
// Interfaces as live ports, over the loopback of a network namespace of the test's own, where
// nobody else speaks: every packet is known. Skipped where no namespace can be had.

#include "engine/guard.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <lull/ports.h>
#include <lull/time.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#define MIB (UINT64_C(1) << 20)
#define SKIP(why) cr_skip_test("no test of interfaces here: " why)

static struct lull_burst burst;
static struct lull_port_spec spec;
static struct lull_config config;
static int sender, sink;

static bool own_namespace(void)
{
	struct ifreq r = {.ifr_name = "lo"};
	if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0 &&
		unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS) != 0)
		return false;
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	r.ifr_flags = IFF_UP;
	bool up = ioctl(fd, SIOCSIFFLAGS, &r) == 0;
	close(fd);
	int packet = socket(AF_PACKET, SOCK_RAW, 0);
	close(packet);
	return up && packet >= 0;
}

// /sys of the namespace, as `ip netns exec` gives it.
static bool own_sys(void)
{
	return mount("", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("lull", "/sys", "sysfs", 0, NULL) == 0;
}

static struct lull_ports *open_device(const char *device, unsigned queues, uint64_t ring)
{
	spec = (struct lull_port_spec){.device = (char *)device, .queues = queues};
	config.capture = (struct lull_capture_config){
		.kind = LULL_CAPTURE_INTERFACE, .ports = &spec, .n_ports = 1, .ring_bytes = ring};
	return lull_ports_open(&config);
}

// A pair of sockets on the loopback: nothing is answered.
static void make_sockets(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t size = sizeof(to);
	sink = socket(AF_INET, SOCK_DGRAM, 0);
	sender = socket(AF_INET, SOCK_DGRAM, 0);
	cr_assert(zero(int, bind(sink, (struct sockaddr *)&to, size)));
	cr_assert(zero(int, getsockname(sink, (struct sockaddr *)&to, &size)));
	cr_assert(zero(int, connect(sender, (struct sockaddr *)&to, size)));
}

static void send_packets(int n, size_t bytes)
{
	static const char zeros[2000];
	for (int i = 0; i < n; i++)
		(void)send(sender, zeros, bytes, 0);
}

// Fill from queue i until it was silent for 20 waits of 4 ms; how many packets came.
static uint64_t drain(struct lull_ports *p, size_t i)
{
	struct lull_source *s = lull_ports_queue(p, i);
	uint64_t n = 0;
	for (int silent = 0; silent < 20; silent = burst.n == 0 ? silent + 1 : 0) {
		cr_assert(eq(int, lull_source_fill(s, &burst), 1));
		n += burst.n;
		lull_source_release(s, &burst);
	}
	return n;
}

Test(interface, every_packet_on_the_wire_is_handed_out_once_with_its_time_and_length)
{
	if (!own_namespace())
		SKIP("no network namespace");
	if (!own_sys())
		SKIP("no /sys of its own");
	struct lull_ports *p = open_device("lo", 1, 8 * MIB);
	cr_assert(p != NULL);
	cr_assert(zero(int, lull_ports_attach(p, 0)));
	make_sockets();
	struct lull_source *s = lull_ports_queue(p, 0);
	uint64_t begin = lull_ports_now(), clock = 0, n = 0;
	for (int round = 0; round < 300; round++) {
		if (round < 20)
			send_packets(50, 600);
		cr_assert(eq(int, lull_source_fill(s, &burst), 1));
		for (uint32_t i = 0; i < burst.n; i++) {
			struct lull_packet *k = &burst.packets[i];
			cr_assert(eq(uint, k->wirelen, 14 + 20 + 8 + 600));
			cr_assert(eq(uint, k->caplen, 320));
			cr_assert(eq(uint, k->linktype, 1));
			cr_assert(eq(uint, k->data[12] << 8 | k->data[13], 0x0800));
			cr_assert(ge(u64, k->ts_ns, clock)); // as the clock promised
			cr_assert(ge(u64, k->ts_ns, begin));
			cr_assert(le(u64, k->ts_ns, lull_ports_now()));
		}
		cr_assert(ge(u64, burst.clock_ns, clock));
		cr_assert(le(u64, burst.clock_ns, lull_ports_now()));
		clock = burst.clock_ns;
		n += burst.n;
	}
	cr_expect(eq(u64, n, 1000));
	cr_expect(gt(u64, clock, lull_ports_now() - LULL_NS_PER_SECOND)); // silence or not
	struct lull_port_stats stats;
	cr_assert(zero(int, lull_ports_stats(p, 0, &stats)));
	cr_expect(eq(u64, stats.received, 1000));
	cr_expect(eq(u64, stats.lost, 0));
	cr_expect(eq(int, stats.loss, (int)LULL_LOSS_NONE));
	cr_expect(stats.link_up);
	cr_expect(eq(u64, stats.sent, 0));
	cr_expect(zero(int, strcmp(lull_ports_driver(p, 0), "tpacket")));
	lull_ports_close(p);
}

Test(interface, what_a_full_ring_lost_is_counted_to_the_packet)
{
	if (!own_namespace())
		SKIP("no network namespace");
	if (!own_sys())
		SKIP("no /sys of its own");
	struct lull_ports *p = open_device("lo", 1, MIB);
	cr_assert(p != NULL);
	make_sockets();
	struct lull_port_stats stats;
	uint64_t got = 0;
	for (uint64_t sent = 10000; sent <= 30000; sent += 10000) {
		send_packets(10000, 600);
		got += drain(p, 0);
		cr_assert(zero(int, lull_ports_stats(p, 0, &stats)));
		cr_expect(eq(int, stats.loss, (int)LULL_LOSS_KNOWN));
		cr_expect(gt(u64, stats.lost, 0));
		cr_expect(eq(u64, stats.received, got));
		cr_expect(eq(u64, stats.received + stats.lost, sent));
	}
	lull_ports_close(p);
}

Test(interface, queues_of_one_interface_share_its_packets)
{
	if (!own_namespace())
		SKIP("no network namespace");
	struct lull_ports *p = open_device("lo", 2, 8 * MIB);
	cr_assert(p != NULL);
	cr_expect(eq(sz, lull_ports_queues(p), 2));
	cr_expect(eq(sz, lull_ports_count(p), 1));
	for (int flow = 0; flow < 64; flow++) {
		make_sockets();
		send_packets(10, 100);
		close(sender);
		close(sink);
	}
	uint64_t a = drain(p, 0), b = drain(p, 1);
	cr_expect(eq(u64, a + b, 640));
	cr_expect(gt(u64, a, 0));
	cr_expect(gt(u64, b, 0));
	lull_ports_close(p);
}

Test(interface, an_unknown_interface_is_refused)
{
	if (!own_namespace())
		SKIP("no network namespace");
	cr_expect(eq(ptr, open_device("lp", 1, MIB), NULL));
	cr_expect(eq(int, errno, ENODEV));
	cr_expect(eq(ptr, open_device("a-name-longer-than-any", 1, MIB), NULL));
	cr_expect(eq(int, errno, ENODEV));
}

// /sys of another namespace has an interface of that name and number, too: not ours.
Test(interface, without_its_own_sys_the_loss_of_an_interface_is_unknown)
{
	struct lull_port_stats stats;
	make_sockets();
	send_packets(10, 100); // over the loopback of all
	close(sender);
	close(sink);
	if (!own_namespace())
		SKIP("no network namespace");
	struct lull_ports *p = open_device("lo", 1, MIB);
	cr_assert(p != NULL);
	cr_assert(zero(int, lull_ports_stats(p, 0, &stats)));
	cr_expect(eq(int, stats.loss, (int)LULL_LOSS_UNKNOWN));
	cr_expect(stats.link_up);
	lull_ports_close(p);
}

Test(interface, netlink_is_not_asked)
{
	if (!own_namespace())
		SKIP("no network namespace");
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	cr_assert(zero(int, seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(socket), 1,
				    SCMP_A0(SCMP_CMP_EQ, AF_NETLINK, 0))));
	cr_assert(zero(int, seccomp_load(filter)));
	seccomp_release(filter);
	cr_expect(eq(ptr, open_device("lp", 1, MIB), NULL)); // names those there are
	struct lull_ports *p = open_device("lo", 1, MIB);
	cr_assert(p != NULL);
	struct lull_port_stats stats;
	cr_expect(zero(int, lull_ports_stats(p, 0, &stats)));
	lull_ports_close(p);
}

struct reader {
	struct lull_ports *ports;
	_Atomic bool stop;
	_Atomic uint64_t packets, tagged, clock_ns;
};

// As a worker of `lull run` is: with few system calls allowed, any other kills the process.
static void *read_confined(void *context)
{
	static struct lull_burst b;
	struct reader *r = context;
	struct lull_source *s = lull_ports_queue(r->ports, 0);
	int e = lull_guard_worker();
	e = e == -ENOSYS ? 0 : e;
	while (e == 0 && !atomic_load(&r->stop)) {
		if (lull_source_fill(s, &b) != 1)
			return r;
		for (uint32_t i = 0; i < b.n; i++) {
			const uint8_t *d = b.packets[i].data;
			if (d[12] == 0x81 && d[13] == 0 && d[14] == 0 && d[15] == 7)
				r->tagged++;
		}
		r->packets += b.n;
		r->clock_ns = b.clock_ns;
		lull_source_release(s, &b);
	}
	return e == 0 ? NULL : r;
}

// A frame out of the other end of the cable.
static void send_frame(const char *device, bool tag)
{
	uint8_t frame[64] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xb5};
	if (tag)
		memcpy(frame + 12, (const uint8_t[]){0x81, 0, 0, 7, 0x88, 0xb5}, 6);
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	struct sockaddr_ll {
		unsigned short family, protocol;
		int index;
		unsigned short type;
		unsigned char packet, length, address[8];
	} to = {.family = AF_PACKET, .index = (int)if_nametoindex(device)};
	cr_expect(eq(int, (int)sendto(fd, frame, 64, 0, (struct sockaddr *)&to, sizeof(to)), 64));
	close(fd);
}

static void link_becomes(struct lull_ports *p, bool up)
{
	struct lull_port_stats stats = {.link_up = !up};
	for (int i = 0; i < 300 && stats.link_up != up; i++) {
		usleep(10000);
		cr_assert(zero(int, lull_ports_stats(p, 0, &stats)));
	}
	cr_assert(eq(int, stats.link_up, up));
}

static bool make_cable(void)
{
	return system("ip link add lulla type veth peer name lullb 2>/dev/null && "
		      "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 && "
		      "ip link set lulla addrgenmode none up && "
		      "ip link set lullb addrgenmode none up") == 0;
}

static uint64_t wait_for(_Atomic uint64_t *n, uint64_t wanted)
{
	for (int i = 0; i < 200 && atomic_load(n) < wanted; i++)
		usleep(10000);
	return atomic_load(n);
}

Test(interface, a_confined_worker_outlives_an_interface_that_goes_down_or_away_and_comes_back)
{
	struct reader r = {0};
	pthread_t thread;
	void *result;
	if (!own_namespace())
		SKIP("no network namespace");
	if (!make_cable())
		SKIP("no cables (ip link add type veth)");
	r.ports = open_device("lulla", 1, MIB);
	cr_assert(r.ports != NULL);
	cr_assert(zero(int, pthread_create(&thread, NULL, read_confined, &r)));
	link_becomes(r.ports, true);
	send_frame("lullb", false);
	cr_expect(eq(u64, wait_for(&r.packets, 1), 1));
	send_frame("lullb", true);
	cr_expect(eq(u64, wait_for(&r.tagged, 1), 1)); // the kernel had taken the tag off
	cr_assert(zero(int, system("ip link set lulla down")));
	link_becomes(r.ports, false);
	uint64_t before = r.clock_ns;
	usleep(200000);
	cr_expect(gt(u64, r.clock_ns, before)); // time goes on without packets
	cr_assert(zero(int, system("ip link set lulla up")));
	link_becomes(r.ports, true);
	send_frame("lullb", false);
	cr_expect(eq(u64, wait_for(&r.packets, 3), 3));
	cr_assert(zero(int, system("ip link del lulla")));
	link_becomes(r.ports, false);
	usleep(50000);
	cr_assert(make_cable());
	link_becomes(r.ports, true);
	send_frame("lullb", false);
	cr_expect(eq(u64, wait_for(&r.packets, 4), 4));
	atomic_store(&r.stop, true);
	pthread_join(thread, &result);
	cr_expect(eq(ptr, result, NULL));
	lull_ports_close(r.ports);
}

// PACKET_FANOUT_FLAG_DEFRAG would make one packet of the three.
Test(interface, queues_outlive_a_link_that_goes_down_and_hand_out_fragments_as_they_came)
{
	if (!own_namespace())
		SKIP("no network namespace");
	if (!make_cable())
		SKIP("no cables (ip link add type veth)");
	struct lull_ports *p = open_device("lulla", 2, MIB);
	cr_assert(p != NULL);
	cr_assert(zero(int, system("ip link set lulla down")));
	link_becomes(p, false);
	cr_assert(zero(int, system("ip link set lulla up && ip addr add 192.0.2.1/30 dev lullb &&"
				   "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:01 dev lullb")));
	link_becomes(p, true);
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(0xc0000202)}};
	static const char zeros[4000]; // three fragments: 1480, 1480 and 1048 bytes
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	for (int i = 0; i < 100; i++)
		(void)sendto(fd, zeros, sizeof(zeros), 0, (struct sockaddr *)&to, sizeof(to));
	cr_expect(eq(u64, drain(p, 0) + drain(p, 1), 300));
	close(fd);
	lull_ports_close(p);
}

// Nobody asks while it happens: a stalled analyzer, or between two samples.
Test(interface, a_link_that_came_and_went_unseen_is_counted)
{
	struct lull_port_stats before = {0}, after = {0};
	if (!own_namespace() || !own_sys())
		SKIP("no network namespace");
	if (!make_cable())
		SKIP("no cables (ip link add type veth)");
	struct lull_ports *p = open_device("lulla", 1, MIB);
	cr_assert(p != NULL);
	link_becomes(p, true);
	cr_assert(zero(int, lull_ports_stats(p, 0, &before)));
	cr_assert(before.downs_told);
	cr_assert(zero(int, system("ip link set lullb down && ip link set lullb up")));
	link_becomes(p, true);
	cr_assert(zero(int, lull_ports_stats(p, 0, &after)));
	cr_expect(after.link_up);
	cr_expect(gt(u64, after.downs, before.downs));
	lull_ports_close(p);
}
