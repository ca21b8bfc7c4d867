// SPDX-License-Identifier: BSD-3-Clause
// The keys of `lull run`.

#include "config_text.h"

Test(config_run, keys_reach_their_fields)
{
	struct lull_config *c = load(
		"capture:\n  dpdk: {eal: [\"--in-memory\", -m, 512], cores: [2, 3, 7],\n"
		"    ports: [{device: \"0000:3b:00.0\", queues: 2}, "
		"\"net_pcap0,rx_pcap=x.pcap\"]}\n"
		"workers: 3\nstate: /var/lib/lull\nuser: lull\n"
		"http: {listen: [\"127.0.0.1:00\", \"[0:0::2]:65535\"], hosts: Lull.Example.org,\n"
		"       series_max: 5}\n");
	cr_assert(c != NULL);
	cr_expect(eq(int, c->capture.kind, LULL_CAPTURE_DPDK));
	cr_assert(eq(sz, c->capture.n_eal, 3));
	cr_expect_str_eq(c->capture.eal[2], "512");
	cr_assert(eq(sz, c->capture.n_ports, 2));
	cr_expect_str_eq(c->capture.ports[0].device, "0000:3b:00.0");
	cr_expect(eq(u32, c->capture.ports[0].queues, 2));
	cr_expect(eq(u32, c->capture.ports[0].place.line, 3));
	cr_expect_str_eq(c->capture.ports[1].device, "net_pcap0,rx_pcap=x.pcap");
	cr_expect(eq(u32, c->capture.ports[1].queues, 1));
	cr_assert(eq(sz, c->n_cores, 3));
	cr_expect(c->cores[0] == 2 && c->cores[1] == 3 && c->cores[2] == 7);
	cr_assert(eq(sz, c->http.n_listen, 2));
	cr_expect_str_eq(c->http.listen[0], "127.0.0.1:0");
	cr_expect_str_eq(c->http.listen[1], "[::2]:65535");
	cr_assert(eq(sz, c->http.n_hosts, 1));
	cr_expect_str_eq(c->http.hosts[0], "lull.example.org");
	cr_expect(eq(u32, c->http.series_max, 5));
	cr_expect_str_eq(c->state, "/var/lib/lull");
	cr_expect_str_eq(c->user, "lull");
	cr_expect(eq(int, lull_config_check(c), 0));
	lull_config_destroy(c);
}
