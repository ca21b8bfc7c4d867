// SPDX-License-Identifier: BSD-3-Clause
// The keys of `lull run`.

#include "config_text.h"
#include <lull/text.h>

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

Test(config_run, interfaces_and_both_forms_of_dpdk_are_read)
{
	struct lull_config *c = load("capture: {kind: interface, names: [eth0, tap0.5]}\n");
	cr_assert(c != NULL && c->capture.kind == LULL_CAPTURE_INTERFACE);
	cr_assert(eq(sz, c->capture.n_ports, 2));
	cr_expect_str_eq(c->capture.ports[1].device, "tap0.5");
	cr_expect(eq(u32, c->capture.ports[1].queues, 1));
	cr_expect(eq(u64, c->capture.ring_bytes, UINT64_C(64) << 20));
	lull_config_destroy(c);
	c = load("capture: {kind: interface, queues: 3, name: eth0, ring: 4GiB}\nworkers: 3\n");
	cr_assert(c != NULL && c->capture.n_ports == 1 && lull_config_check(c) == 0);
	cr_expect(eq(u32, c->capture.ports[0].queues, 3));
	cr_expect(eq(u64, c->capture.ring_bytes, UINT64_C(4) << 30));
	lull_config_destroy(c);
	struct lull_config *a = load("capture: {dpdk: {ports: [net_null0], eal: [--no-huge]}}\n");
	struct lull_config *b =
		load("capture: {kind: dpdk, ports: [{device: net_null0}], eal: --no-huge}\n");
	cr_assert(a != NULL && b != NULL);
	cr_expect(eq(ptr, (void *)lull_config_fixed(a, b), NULL));
	cr_expect(b->capture.kind == LULL_CAPTURE_DPDK && b->capture.n_eal == 1);
	lull_config_destroy(a);
	lull_config_destroy(b);
}

Test(config_run, by_default_nothing_is_captured_and_loopback_is_listened_on)
{
	struct lull_config *c = lull_config_create();
	cr_expect(eq(int, c->capture.kind, LULL_CAPTURE_NONE));
	cr_expect(eq(sz, c->capture.n_ports, 0));
	cr_expect(eq(sz, c->n_cores, 0));
	cr_assert(eq(sz, c->http.n_listen, 2));
	cr_expect_str_eq(c->http.listen[0], "127.0.0.1:11753");
	cr_expect_str_eq(c->http.listen[1], "[::1]:11753");
	cr_expect(eq(u32, c->http.series_max, 10000));
	cr_expect(c->state == NULL && c->user == NULL);
	lull_config_destroy(c);
	static const char *const off[] = {
		"http: off\n", "http: {listen: off}\n", "http: {listen: []}\n"};
	for (size_t i = 0; i < 3; i++) {
		c = load(off[i]);
		cr_assert(c != NULL, "%s", off[i]);
		cr_expect(eq(sz, c->http.n_listen, 0), "%s", off[i]);
		lull_config_destroy(c);
	}
}

static const char *const accepted[] = {"capture: none\nstate: ''\nuser: ''\nworkers: {}\n",
	("capture: {dpdk: {eal: [-m, \"64\", \"--file-prefix=a b\"], cores: [1023, 0],\n"
	 "  ports: [{device: \"0000:3b:00.0\"}, \"net_pcap0,rx_pcap=\\\"x\\\".pcap\"]}}\n"),
	"capture: {kind: interface, names: [\"1e5\", \"off\", \"a\\\"b\"], ring: 1025KiB, queues: "
	"64}\n",
	"capture: {kind: dpdk, ports: [{device: net_null0, queues: 64}]}\nworkers: 64\n",
	"workers: {cores: 5}\nstate: \"/a b\\n\"\nuser: a-b.c_9\n",
	"http: {listen: [\"[2001:DB8::0]:080\", 0.0.0.0:0, 0.0.0.0:0], hosts: [A, b.C.]}\n",
	"http: off\nworkers: 7\n"};

Test(config_run, what_is_printed_loads_and_prints_the_same)
{
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		struct lull_config *c = load(accepted[i]);
		cr_assert(c != NULL && lull_config_check(c) == 0, "%s", accepted[i]);
		char *once = lull_config_print(c);
		struct lull_config *again = load(once);
		cr_assert(again != NULL && lull_config_check(again) == 0, "%s", once);
		char *twice = lull_config_print(again);
		cr_expect_str_eq(once, twice);
		cr_expect(lull_config_fixed(c, again) == NULL, "%s: %s", accepted[i],
			lull_config_fixed(c, again));
		free(once);
		free(twice);
		lull_config_destroy(c);
		lull_config_destroy(again);
	}
}

// What an older lull, which had none of these keys, says of the same targets: events of captures
// already read keep their identity.
Test(config_run, the_digest_does_not_follow_from_them)
{
	char text[1024];
	static const char target[] = "targets: [{name: kp, prefixes: 175.45.176.0/22}]\n";
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		snprintf(text, sizeof(text), "%s%s", target, accepted[i]);
		struct lull_config *c = load(text);
		cr_assert(c != NULL && lull_config_check(c) == 0);
		cr_expect_str_eq(c->digest, "6f347ed8149ab2be");
		lull_config_destroy(c);
	}
}

Test(config_run, every_mistake_is_told_by_place_with_what_to_do)
{
	static const char *const cases[][2] = {
		{"capture: dpdk\n", "lull.yaml:1:10: 'capture' is a single value"},
		{"capture: {}\n", "lull.yaml:1:10: capture of what? write dpdk: {ports: [...]} or"},
		{"capture: {ports: [a]}\n", "capture of what?"},
		{"capture: {dpdk: {ports: [a]}, kind: interface}\n",
			"lull.yaml:1:31: 'kind' does not go with dpdk: {...}"},
		{"capture: {kind: interface, name: a, ports: [b]}\n",
			"lull.yaml:1:37: 'ports' does not go with kind: interface"},
		{"capture: {kind: dpdk, ports: [b], ring: 1MiB}\n",
			"lull.yaml:1:35: 'ring' does not go with kind: dpdk"},
		{"capture: {kind: dpkd, ports: [b]}\n", "kind: no 'dpkd'; did you mean 'dpdk'?"},
		{"capture: {kind: none}\n", "kind: no 'none'; there are dpdk, interface"},
		{"capture: {kind: dpdk, ports: [a], queues: 2}\n",
			"lull.yaml:1:35: 'queues' does not go with kind: dpdk"},
		{"capture: {kind: interface, name: a, queues: 65}\n",
			"queues: '65' must be a whole number from 1 to 64"},
		{"capture: {kind: interface, names: [a, b], queues: 2}\nworkers: {cores: [1, 2]}\n",
			"lull.yaml: workers: 2 cores for 4 queues"},
		{"capture: {kind: interface}\n", "no interface; add name: eth0"},
		{"capture: {kind: interface, name: a, names: [b]}\n", "both 'name' and 'names'"},
		{"capture: {kind: interface, name: [a]}\n", "'name' is a list"},
		{"capture: {kind: interface, names: []}\n", "names: an empty list; name one"},
		{"capture: {kind: interface, names: [a, b, a]}\n",
			"lull.yaml:1:42: the device a stands there twice"},
		{"capture: {kind: interface, name: abcdefghijklmnop}\n",
			"'abcdefghijklmnop' is longer than 15 bytes"},
		{"capture: {kind: interface, name: ../a}\n", "is no name of an interface"},
		{"capture: {kind: interface, name: ''}\n", "name: '' is empty"},
		{"capture: {kind: interface, name: a, ring: 64}\n",
			"lull.yaml:1:43: ring: '64' is not a size; write a whole number and its "
			"unit"},
		{"capture: {kind: interface, name: a, ring: 1.5MiB}\n", "is not a size"},
		{"capture: {kind: interface, name: a, ring: 64MB}\n", "is not a size"},
		{"capture: {kind: interface, name: a, ring: 1023KiB}\n",
			"ring: 1023KiB is out of range; it may be 1MiB to 4GiB"},
		{"capture: {kind: interface, name: a, ring: 4097MiB}\n", "is out of range"},
		{"capture: {kind: interface, name: a, ring: 17179869185GiB}\n", // 2^64 + 1 GiB
			"is out of range"},
		{"capture: {kind: interface, name: a, ring: 99999999999999999999KiB}\n",
			"is out of range"},
		{"capture: {dpdk: {}}\n", "lull.yaml:1:17: no ports; add ports: [{device:"},
		{"capture: {kind: dpdk}\n", "no ports; add ports:"},
		{"capture: {dpdk: {ports: []}}\n", "ports: an empty list"},
		{"capture: {dpdk: {ports: [a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q]}}\n",
			"lull.yaml:1:25: ports: 17 of them; 16 at most"},
		{"capture: {dpdk: {ports: [{queues: 2}]}}\n", "a port without a device"},
		{"capture: {dpdk: {ports: [{device: a, queue: 2}]}}\n",
			"a port has no key 'queue'; did you mean 'queues'?"},
		{"capture: {dpdk: {ports: [{device: a, queues: 65}]}}\n",
			"queues: '65' must be a whole number from 1 to 64"},
		{"capture: {dpdk: {ports: [{device: a, queues: 0}]}}\n", "from 1 to 64"},
		{"capture: {dpdk: {ports: [\"a,x=1\", \"a,x=2\"]}}\n",
			"lull.yaml:1:35: the device a stands there twice; give a port more"},
		{"capture: {dpdk: {ports: [-a]}}\n", "the device '-a' is an option"},
		{"capture: {dpdk: {ports: [a], cores: [1, 1]}}\n",
			"lull.yaml:1:41: cores: 1 stands there twice"},
		{"capture: {dpdk: {ports: [a], cores: [1024]}}\n",
			"cores: '1024' must be a whole number from 0 to 1023"},
		{"capture: {dpdk: {ports: [a], cores: [1]}}\nworkers: {cores: [1]}\n",
			"lull.yaml:2:10: the cores stand under 'capture' already (line 1)"},
		{"workers: {cores: [1]}\ncapture: {dpdk: {ports: [a], cores: [1]}}\n",
			"lull.yaml:1:10: the cores stand under 'capture' already (line 2)"},
		{"workers: 2\ncapture: {dpdk: {ports: [a], cores: [1]}}\n",
			"lull.yaml:1:10: workers: 2, but there are 1 cores"},
		{"capture: {dpdk: {ports: [{device: a, queues: 2}, b], cores: [1, 2]}}\n",
			"lull.yaml: workers: 2 cores for 3 queues; give each queue a core, or"},
		{"capture: {kind: interface, names: [a, b]}\nworkers: 3\n",
			"lull.yaml: workers: 3 for 2 queues"},
		{"workers: x\n", "workers: 'x' must be a whole number from 1 to 1024"},
		{"workers: {core: [1]}\n", "'workers' has no key 'core'; did you mean 'cores'?"},
		{"http: on\n", "'http' is a single value; it must be a mapping"},
		{"http: {listen: \"localhost:80\"}\n",
			"lull.yaml:1:16: listen: 'localhost:80' is not an address and a port"},
		{"http: {listen: 127.0.0.1}\n", "is not an address and a port"},
		{"http: {listen: \"[::1]\"}\n", "is not an address and a port"},
		{"http: {listen: \"::1:80\"}\n", "is not an address and a port"},
		{"http: {listen: \"[127.0.0.1]:80\"}\n", "is not an address and a port"},
		{"http: {listen: \"127.0.0.1:+80\"}\n", "is not an address and a port"},
		{"http: {listen: \"[::1:80\"}\n", "is not an address and a port"},
		{"http: {listen: \":80\"}\n", "is not an address and a port"},
		{"http: {listen: \"[:80\"}\n", "is not an address and a port"},
		{"http: {listen: \"127.0.0.1:65536\"}\n", "ports go up to 65535"},
		{"http: {listen: [\"[::1]:1\", \"[0::1]:01\"]}\n",
			"listen: [::1]:1 stands there twice"},
		{"http: {hosts: \"a:80\"}\n", "hosts: 'a:80' is not a name of a host"},
		{"http: {series_max: -1}\n", "must be a whole number from 0 to 10000000"},
		{"state: {}\n", "'state' is a mapping; it must be a single value"},
		{"user: a b\n", "user: 'a b' is not a name of a user"},
		{"user: -x\n", "is not a name of a user"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_refused(cases[i][0], cases[i][1]);
}

Test(config_run, arguments_that_would_break_a_promise_never_reach_dpdk)
{
	static const char *const cases[][2] = {{"-l 2", "cores stand under workers"},
		{"-c3", "cores stand under workers"}, {"--lcores=1", "cores stand under workers"},
		{"--lcor", "cores stand under workers"}, {"--main-lcore=3", "cores stand under"},
		{"-s1", "cores stand under"}, {"-S1", "cores stand under"},
		{"--proc-type=secondary", "lull owns its devices"}, {"--proc", "lull owns"},
		{"--telemetry", "it opens a socket"}, {"--vdev=net_null0", "name it there"},
		{"-a0000:01:00.0", "name it there"}, {"--allow", "name it there"},
		{"-b", "name it there"}, {"-h", "it prints on standard output"},
		{"--version", "it prints on standard output"}, {"--he", "it prints on standard"},
		{"--log-level=help", "it prints on standard output"}, {"--", "would end"},
		{"", "it is empty"}, {"in-memory", "it is no option and follows none"},
		{"--a\\nb", "control character"}};
	char text[256];
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "capture: {dpdk: {ports: [a], eal: [\"%s\"]}}\n",
			cases[i][0]);
		expect_refused(text, cases[i][1]);
		expect_refused(text, "lull.yaml:1:36: eal: '");
	}
	expect_refused(
		"capture: {dpdk: {ports: [a], eal: [\"-m=1\", \"64\"]}}\n", "'64': it is no");
	struct lull_config *c = load(
		"capture: {dpdk: {ports: [a], eal: [--in-memory, --no-huge, -m, 64, -n4,\n"
		"  --file-prefix=x, --no-telemetry, --log-level, \"lib.eal:8\", -d, x.so,\n"
		"  --log-level=pmd.net.mlx5:debug, --socket-mem, \"64,0\", --iova-mode=va]}}\n");
	cr_assert(c != NULL);
	cr_expect(eq(sz, c->capture.n_eal, 15));
	lull_config_destroy(c);
}

Test(config_run, command_line_sets_over_the_file)
{
	struct lull_config *c =
		load("capture: {dpdk: {ports: [a, b], cores: [1, 2]}}\nstate: /x\nuser: u\n");
	cr_expect(eq(int, lull_config_set(c, "http.listen", "[::1]:0"), 0));
	cr_assert(eq(sz, c->http.n_listen, 1));
	cr_expect_str_eq(c->http.listen[0], "[::1]:0");
	cr_expect(eq(int, lull_config_set(c, "http.listen", "[\"[::2]:1\", 127.0.0.1:2]"), 0));
	cr_assert(eq(sz, c->http.n_listen, 2));
	cr_expect_str_eq(c->http.listen[1], "127.0.0.1:2");
	cr_expect(eq(int, lull_config_set(c, "http", "off"), 0));
	cr_expect(eq(sz, c->http.n_listen, 0));
	cr_expect(eq(int, lull_config_set(c, "state", ""), 0));
	cr_expect(eq(int, lull_config_set(c, "user", "v"), 0));
	cr_expect(c->state == NULL && strcmp(c->user, "v") == 0);
	cr_expect(eq(int, lull_config_set(c, "workers", "2"), 0));
	cr_expect(c->n_cores == 0 && c->workers == 2 && lull_config_check(c) == 0);
	cr_expect(eq(int, lull_config_set(c, "capture", "{kind: interface, names: [x, y]}"), 0));
	cr_expect_str_eq(c->capture.ports[1].device, "y");
	cr_expect(c->capture.kind == LULL_CAPTURE_INTERFACE && lull_config_check(c) == 0);
	cr_expect(eq(int, lull_config_set(c, "capture", "none"), 0));
	cr_expect(c->capture.kind == LULL_CAPTURE_NONE && c->capture.n_ports == 0);
	struct ear f = listen_to_stderr();
	cr_expect(eq(int, lull_config_set(c, "http.listne", "[::1]:0"), -EINVAL));
	cr_expect(eq(int, lull_config_set(c, "http.listen", "[::1]"), -EINVAL));
	char *said = heard(f);
	cr_expect(strstr(said, "'http' has no key 'listne'; did you mean 'listen'?") != NULL);
	cr_expect(strstr(said, "'::1' is not an address and a port") != NULL, "%s", said);
	free(said);
	lull_config_destroy(c);
}

Test(config_run, fixed_names_the_first_key_a_reload_may_not_change)
{
	static const char base[] =
		"capture: {dpdk: {ports: [{device: a, queues: 2}, b], eal: [--no-huge]}}\n";
	static const char *const cases[][2] = {
		{"targets: [{name: a, prefixes: 192.0.2.1}]\ngroups: [{name: g, members: a}]\n",
			NULL},
		{"upstreams: []\nupstreams_max: 1\nallow: 0.0.0.0/0\ndecap: [gre]\n", NULL},
		{"detector: {budget: 1/day, warmup: 1h}\n", NULL}, {"workers: 3\n", NULL},
		{"http: {listen: [\"127.0.0.1:11753\", \"[0::1]:11753\"]}\n", NULL},
		{"site: x\nuser: x\nbin: 2s\n", "bin"}, {"reorder: 2\njump: 2d\n", "reorder"},
		{"jump: 2d\n", "jump"}, {"site: x\nworkers: {cores: [1, 2, 3]}\n", "workers"},
		{"http: {listen: \"127.0.0.1:11753\"}\nstate: x\n", "http"},
		{"http: off\n", "http"}, {"http: {hosts: a}\n", "http"},
		{"http: {series_max: 1}\n", "http"}, {"state: x\nuser: x\n", "state"},
		{"user: x\nsite: x\n", "user"}, {"site: x\n", "site"}};
	static const char *const captures[] = {"capture: none\n",
		"capture: {dpdk: {ports: [{device: a, queues: 2}, b]}}\n",
		"capture: {dpdk: {ports: [{device: a, queues: 2}], eal: [--no-huge]}}\n",
		"capture: {dpdk: {ports: [{device: a, queues: 2}, c], eal: [--no-huge]}}\n",
		"capture: {dpdk: {ports: [{device: a, queues: 3}, b], eal: [--no-huge]}}\n",
		"capture: {dpdk: {ports: [b, {device: a, queues: 2}], eal: [--no-huge]}}\n",
		"capture: {dpdk: {ports: [{device: a, queues: 2}, b], eal: [--no-pci]}}\n"};
	char text[512];
	struct lull_config *old = load(base);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(text, sizeof(text), "%s%s", base, cases[i][0]);
		struct lull_config *new = load(text);
		cr_assert(new != NULL &&lull_config_check(new) == 0, "%s", text);
		const char *key = lull_config_fixed(old, new), *wanted = cases[i][1];
		cr_expect(wanted == NULL ? key == NULL : key != NULL && strcmp(key, wanted) == 0,
			"%s: %s", cases[i][0], key);
		lull_config_destroy(new);
	}
	for (size_t i = 0; i < sizeof(captures) / sizeof(captures[0]); i++) {
		struct lull_config *new = load(captures[i]);
		const char *key = lull_config_fixed(old, new);
		cr_expect(key != NULL && strcmp(key, "capture") == 0, "%s", captures[i]);
		lull_config_destroy(new);
	}
	lull_config_destroy(old);
	struct lull_config *a = load("capture: {kind: interface, name: x}\n");
	struct lull_config *b = load("capture: {kind: interface, name: x, ring: 1MiB}\n");
	cr_expect_str_eq(lull_config_fixed(a, b), "capture");
	lull_config_destroy(a);
	lull_config_destroy(b);
}
