// SPDX-License-Identifier: BSD-3-Clause

#include "base/config_value.h"
#include "config_text.h"
#include <lull/decode.h>
#include <lull/text.h>
#include <lull/time.h>
#include <lull/upstream.h>

static const char full[] =
	"site: ixp-1\n"
	"targets:\n"
	"  - {name: kp, prefixes: [175.45.176.0/22, 210.52.109.0/24, 77.94.35.0/24],\n"
	"     services: {kcna: 175.45.176.71}}\n"
	"  - name: \"Côte d'Ivoire, \\\"CI\\\"\"\n"
	"    prefixes: 2001:DB8::/32\n"
	"  - {table: /etc/lull/countries.tsv}\n"
	"groups:\n"
	"  - {name: asia, members: [kp]}\n"
	"allow: [0.0.0.0/0]\n"
	"upstreams:\n"
	"  - {name: unicom, vlan: 100}\n"
	"  - {name: ttk, port: 1, mpls: 16001, mac: 02:00:00:00:00:0A}\n"
	"  - {learn: mac}\n"
	"upstreams_max: 8\n"
	"bin: 10s\n"
	"reorder: 2\n"
	"jump: 12h\n"
	"decap: [gre, vxlan]\n"
	"detector: {budget: 2/week, warmup: 1h30m, level: 30m, clip: 2.5,\n"
	"           min_rate: 0.1, shift: 14d, onset_delta: 0.1}\n";

Test(config, every_key_of_the_example_reaches_its_field)
{
	struct lull_config *c = load(full);
	cr_assert(c != NULL);
	cr_expect_str_eq(c->site, "ixp-1");
	cr_assert(eq(sz, c->n_targets, 3));
	cr_expect_str_eq(c->targets[0].name, "kp");
	cr_assert(eq(sz, c->targets[0].n_prefixes, 3));
	cr_expect_str_eq(c->targets[0].prefixes[2].text, "77.94.35.0/24");
	cr_expect(eq(u32, c->targets[0].prefixes[1].place.line, 3));
	cr_expect(eq(u32, c->targets[0].prefixes[1].place.column, 44));
	cr_expect_str_eq(c->targets[0].services[0].name, "kcna");
	cr_expect_str_eq(c->targets[0].services[0].prefix.text, "175.45.176.71");
	cr_expect_str_eq(c->targets[1].name, "Côte d'Ivoire, \"CI\"");
	cr_expect(eq(sz, c->targets[1].n_prefixes, 1));
	cr_expect(eq(u32, c->targets[1].place.line, 5));
	cr_expect_str_eq(c->targets[2].table, "/etc/lull/countries.tsv");
	cr_expect(eq(ptr, c->targets[2].name, NULL));
	cr_expect_str_eq(c->groups[0].members[0], "kp");
	cr_expect_str_eq(c->allow[0], "0.0.0.0/0");
	cr_assert(eq(sz, c->n_upstreams, 3));
	cr_expect_str_eq(c->upstreams[0].name, "unicom");
	cr_expect(eq(i64, c->upstreams[0].vlan, 100));
	cr_expect(eq(i64, c->upstreams[0].port, -1));
	cr_expect(eq(i64, c->upstreams[1].port, 1));
	cr_expect(eq(i64, c->upstreams[1].mpls, 16001));
	cr_expect(eq(u64, c->upstreams[1].mac, UINT64_C(0x02000000000a)));
	cr_expect(eq(int, c->upstreams[2].learn, LULL_UPSTREAM_MAC));
	cr_expect(eq(ptr, c->upstreams[2].name, NULL));
	cr_expect(eq(u32, c->upstreams_max, 8));
	cr_expect(eq(u64, c->bin_ns, 10 * LULL_NS_PER_SECOND));
	cr_expect(eq(u32, c->reorder_bins, 2));
	cr_expect(eq(u64, c->jump_ns, 43200 * LULL_NS_PER_SECOND));
	cr_expect(eq(u32, c->decap, LULL_DECAP_GRE | LULL_DECAP_VXLAN));
	cr_expect(ieee_ulp_eq(dbl, c->detector.budget_per_day, 2.0 / 7, 0));
	cr_expect(eq(u64, c->detector.warmup_ns, 5400 * LULL_NS_PER_SECOND));
	cr_expect(eq(u64, c->detector.level_ns, 1800 * LULL_NS_PER_SECOND));
	cr_expect(ieee_ulp_eq(dbl, c->detector.clip, 2.5, 0));
	cr_expect(ieee_ulp_eq(dbl, c->detector.min_rate, 0.1, 0));
	cr_expect(eq(u64, c->detector.shift_ns, 14 * 86400 * LULL_NS_PER_SECOND));
	cr_expect(ieee_ulp_eq(dbl, c->detector.onset_delta, 0.1, 0));
	cr_expect(eq(int, lull_config_check(c), 0));
	lull_config_destroy(c);
}

Test(config, an_empty_file_gives_the_defaults_and_learns_vlan_mpls_mac)
{
	struct lull_config *made = lull_config_create(), *read = load("# nothing\n");
	char *a = lull_config_print(made), *b = lull_config_print(read);
	cr_assert_str_eq(a, b);
	cr_assert_str_eq(a,
		"site: lull\ntargets: []\ngroups: []\nallow: []\nupstreams:\n  - {learn: vlan}\n"
		"  - {learn: mpls}\n  - {learn: mac}\nupstreams_max: 32\nbin: 1s\nreorder: 1\n"
		"jump: 1d\ndecap: []\ndetector:\n  budget: 1/month\n  warmup: 5m\n  level: 20m\n"
		"  clip: 3\n  min_rate: 0\n  shift: 7d\n  onset_delta: 0.05\n  direction: down\n"
		"capture: none\nworkers: {cores: []}\nhttp:\n  listen:\n"
		"    - \"127.0.0.1:11753\"\n    - \"[::1]:11753\"\n  hosts: []\n"
		"  series_max: 10000\nstate: \"\"\nuser: \"\"\n");
	free(a);
	free(b);
	lull_config_destroy(made);
	lull_config_destroy(read);
}

Test(config, what_is_printed_loads_and_prints_the_same)
{
	static const char *const texts[] = {full, "", "site: 'null'\nupstreams: []\n",
		"targets: [{table: \"a\\tb\\u2028 \\\"c\\\\ü\"}]\ndetector: {budget: 0.3/year}\n",
		"bin: 100ms\ndetector: {budget: 1e-5/day, clip: 1.1, onset_delta: 1e-6}\n"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct lull_config *c = load(texts[i]);
		cr_assert(c != NULL, "%s", texts[i]);
		char *once = lull_config_print(c);
		struct lull_config *again = load(once);
		cr_assert(again != NULL, "%s", once);
		char *twice = lull_config_print(again);
		cr_expect_str_eq(once, twice);
		cr_expect(lull_config_check(c) == 0 && lull_config_check(again) == 0);
		cr_expect_str_eq(c->digest, again->digest);
		free(once);
		free(twice);
		lull_config_destroy(c);
		lull_config_destroy(again);
	}
}

Test(config, digest_follows_what_shapes_results_and_nothing_else)
{
	static const struct {
		const char *text;
		bool same;
	} cases[] = {{"site: elsewhere\ntargets: [{name: a, prefixes: 2001:DB8:0::/32}]\n", true},
		{"targets:\n  # a comment\n  - name: 'a'\n    prefixes: [\"2001:db8::/32\"]\n",
			true},
		{"targets: [{name: a, prefixes: 2001:db8::/33}]\n", false},
		{"targets: [{name: a, prefixes: 2001:db8::/32}]\nbin: 2s\n", false},
		{"targets: [{name: a, prefixes: 2001:db8::/32}]\ndetector: {clip: 4}\n", false}};
	struct lull_config *c = load("targets: [{name: a, prefixes: [2001:db8::/32]}]\n");
	cr_assert(eq(int, lull_config_check(c), 0));
	cr_expect(strlen(c->digest) == 16 && strspn(c->digest, "0123456789abcdef") == 16);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct lull_config *o = load(cases[i].text);
		cr_assert(eq(int, lull_config_check(o), 0));
		bool same = strcmp(o->digest, c->digest) == 0;
		cr_expect(same == cases[i].same, "%s", cases[i].text);
		lull_config_destroy(o);
	}
	struct lull_config *t = lull_config_create();
	cr_expect(lull_config_add_target(t, "a=2001:db8::/32") == 0 && lull_config_check(t) == 0);
	cr_expect_str_eq(t->digest, c->digest);
	lull_config_destroy(t);
	lull_config_destroy(c);
}

Test(config, every_mistake_is_told_by_place_with_what_to_do)
{
	static const char *const cases[][2] = {
		{"bim: 1s\n",
			"lull.yaml:1:1: the configuration has no key 'bim'; did you mean 'bin'?"},
		{"bin: 10\n",
			"lull.yaml:1:6: bin: '10' is not a duration; write a number and its unit"},
		{"bin: 1ms\n", "lull.yaml:1:6: bin: 1ms is out of range; it may be 100ms to 10m"},
		{"bin: 7s\n", "lull.yaml: bin: 7s does not divide a day; use 6s or 8s"},
		{"bin: 1.7s\n", "use 1s or 2s"},
		{"bin: 101ms\n", "use 100ms or 150ms"},
		{"bin: [1s]\n", "lull.yaml:1:6: 'bin' is a list; it must be a single value"},
		{"bin:\n", "'bin' has no value; give it a single value or leave it out"},
		{"bin: 1s\nbin: 2s\n", "lull.yaml:2:1: the configuration has 'bin' twice"},
		{"reorder: -1\n", "reorder: '-1' must be a whole number from 0 to 600"},
		{"reorder: 1.5\n", "must be a whole number"},
		{"jump: 1m\nbin: 10m\n", "jump: 1m is shorter than the bins kept open"},
		{"detector: {budget: 1}\n",
			"budget: '1' is not a rate of false alarms; write one such as"},
		{"detector: {budget: 0/day}\n", "not a rate of false alarms"},
		{"detector: {warmups: 1s}\n",
			"'detector' has no key 'warmups'; did you mean 'warmup'?"},
		{"detector: {shift: 1m}\nbin: 10m\n",
			"detector.shift: 1m is shorter than a bin (10m)"},
		{"decap: [gtp]\n", "lull.yaml:1:9: decap: no 'gtp'; did you mean 'gtpu'?"},
		{"site: \"a\\e[31m\"\n", "'site' contains a control character"},
		{"targets: [{name: a, prefixes: [192.0.2.77/24]}]\n",
			"lull.yaml:1:32: 192.0.2.77/24 has bits set beyond its length; did you "
			"mean "
			"192.0.2.0/24?"},
		{"targets: [{name: a, prefixes: [192.0.2.0/33]}]\n", "IPv4 prefixes go up to /32"},
		{"targets: [{name: a, prefixes: [localhost]}]\n", "'localhost' is not a prefix"},
		{"targets: [{name: a, prefixes: []}]\n", "an empty list of prefixes"},
		{"targets: [{name: a}]\n", "a target without prefixes"},
		{"targets: [{prefixes: [192.0.2.0/24]}]\n", "a target without a name"},
		{"targets: [{table: x, name: a}]\n", "a table brings its own names"},
		{"targets: [{name: '', prefixes: [192.0.2.0/24]}]\n", "'name' is empty"},
		{"targets: [{name: a, prefixes: 192.0.2.1}, {name: a, prefixes: 192.0.2.2}]\n",
			"lull.yaml:1:43: the name 'a' is taken (a target, lull.yaml:1:11)"},
		{"targets: [{name: a/b, prefixes: 192.0.2.1}, {name: a, services: {b: "
		 "192.0.2.2}}]\n",
			"the name 'a/b' is taken"},
		{"targets: [{name: a, services: {b/c: 192.0.2.2}}]\n", "contains '/'"},
		{"targets: [{name: a, services: {b: 192.0.2.2, b: 192.0.2.3}}]\n",
			"the name 'a/b' is taken"},
		{"groups: [{name: g, members: [x]}]\n", "group 'g': no target 'x'"},
		{"targets: [{name: korea, prefixes: 192.0.2.1}]\ngroups: [{name: g, members: "
		 "[koera]}]\n",
			"lull.yaml:2:10: group 'g': no target 'koera'; did you mean 'korea'?"},
		{"targets: [{name: a, prefixes: 192.0.2.1}]\n"
		 "groups: [{name: g, members: a}, {name: h, members: a}]\n",
			"'a' is a member of a group already"},
		{"targets: [{name: a, services: {b: 192.0.2.1}}]\ngroups: [{name: g, members: "
		 "a/b}]\n",
			"'a/b' belongs to its target already"},
		{"groups: [{name: g, members: h}, {name: h, members: g}]\n", "contains itself"},
		{"groups: [{name: g, members: g}]\n", "group 'g' contains itself"},
		{"upstreams: [{name: a}]\n", "nothing tells this upstream apart"},
		{"upstreams: [{vlan: 1}]\n", "an upstream without a name"},
		{"upstreams: [{learn: mac, vlan: 1}]\n", "a rule learns or names, not both"},
		{"upstreams: [{learn: macs}]\n", "learn: no 'macs'; did you mean 'mac'?"},
		{"upstreams: [{name: a, vlan: 4096}]\n",
			"'4096' must be a whole number from 0 to 4095"},
		{"upstreams: [{name: a, mac: 02:00:00:00:00}]\n", "is not a MAC address"},
		{"upstreams: [{name: all, vlan: 1}]\n", "'all' has a meaning of its own"},
		{"upstreams: [{name: a, vlan: 1}, {name: a, vlan: 2}]\n", "the name 'a' is taken"},
		{"allow: [all]\n", "'all' is not a prefix"},
		{"capture: dpdk\n", "'capture' is a single value; it must be a mapping"},
		{"state: {}\n", "'state' is a mapping; it must be a single value"},
		{"- a\n", "'the configuration' is a list; it must be a mapping"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		expect_refused(cases[i][0], cases[i][1]);
}

Test(config, all_mistakes_of_a_file_are_told_and_a_flood_is_counted)
{
	expect_refused("bin: x\njmup: 1d\nreorder: y\n", "lull.yaml:1:6: bin");
	expect_refused(
		"bin: x\njmup: 1d\nreorder: y\n", "lull.yaml:2:1: the configuration has no key");
	expect_refused("bin: x\njmup: 1d\nreorder: y\n", "lull.yaml:3:10: reorder");
	struct lull_text t = {0};
	lull_text_add(&t, "allow: [");
	for (int i = 0; i < 50; i++)
		lull_text_add(&t, "x%d,", i);
	lull_text_add(&t, "]\n");
	expect_refused(t.data, "30 more complaints are not shown");
	lull_text_finish(&t);
}

Test(config, command_line_adds_and_sets_over_the_file)
{
	struct lull_config *c = load(full);
	cr_expect(eq(int, lull_config_add_target(c, "ru=5.0.0.0/16,2a00::/16,192.0.2.1"), 0));
	cr_expect(eq(int, lull_config_add_table(c, "x.tsv"), 0));
	cr_assert(eq(sz, c->n_targets, 5));
	cr_expect_str_eq(c->targets[3].name, "ru");
	cr_expect_str_eq(c->targets[3].prefixes[2].text, "192.0.2.1");
	cr_expect_str_eq(c->targets[3].place.file, "-t");
	cr_expect_str_eq(c->targets[4].table, "x.tsv");
	cr_expect(eq(int, lull_config_set(c, "bin", "1m"), 0));
	cr_expect(eq(int, lull_config_set(c, "detector.budget", "1/day"), 0));
	cr_expect(eq(int, lull_config_set(c, "decap", "[ipip]"), 0));
	cr_expect(eq(int, lull_config_set(c, "upstreams", "[{learn: port}]"), 0));
	cr_expect(eq(u64, c->bin_ns, 60 * LULL_NS_PER_SECOND));
	cr_expect(ieee_ulp_eq(dbl, c->detector.budget_per_day, 1, 0));
	cr_expect(eq(u32, c->decap, LULL_DECAP_IPIP));
	cr_expect(c->n_upstreams == 1 && c->upstreams[0].learn == LULL_UPSTREAM_PORT);
	cr_expect(eq(int, lull_config_check(c), 0));
	static const char *const wrong[] = {"", "a", "a=", "=192.0.2.0/24", "a=192.0.2.0/24,",
		"a=192.0.2.1/24", "a=b", "\x1b=192.0.2.0/24"};
	struct ear f = listen_to_stderr();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_expect(lull_config_add_target(c, wrong[i]) == -EINVAL, "%s", wrong[i]);
	cr_expect(eq(int, lull_config_set(c, "bin", "7x"), -EINVAL));
	cr_expect(eq(int, lull_config_set(c, "bni", "7s"), -EINVAL));
	cr_expect(eq(int, lull_config_set(c, "detector.nix", "7s"), -EINVAL));
	cr_expect(eq(int, lull_config_set(c, "detector", "[7s"), -EINVAL));
	char *said = heard(f);
	cr_expect(strstr(said, "error: -t: 192.0.2.1/24 has bits set beyond its length") != NULL);
	cr_expect(strstr(said, "error: bin: '7x' is not a duration") != NULL, "%s", said);
	free(said);
	lull_config_destroy(c);
}

Test(config, names_of_the_upper_floor_keep_their_values)
{
	static const struct {
		const char *name;
		unsigned bit;
	} decap[] = {{"erspan", LULL_DECAP_ERSPAN}, {"gre", LULL_DECAP_GRE},
		{"vxlan", LULL_DECAP_VXLAN}, {"geneve", LULL_DECAP_GENEVE},
		{"gtpu", LULL_DECAP_GTPU}, {"ipip", LULL_DECAP_IPIP}};
	for (int i = 0; i < 6; i++) {
		cr_expect_str_eq(lull_decap_names[i], decap[i].name);
		cr_expect(eq(u32, 1u << i, decap[i].bit));
	}
	struct lull_config *c =
		load("upstreams: [{learn: port}, {learn: vlan}, {learn: mpls}, {learn: mac}]\n");
	cr_expect(eq(int, c->upstreams[0].learn, LULL_UPSTREAM_PORT));
	cr_expect(eq(int, c->upstreams[1].learn, LULL_UPSTREAM_VLAN));
	cr_expect(eq(int, c->upstreams[2].learn, LULL_UPSTREAM_MPLS));
	cr_expect(eq(int, c->upstreams[3].learn, LULL_UPSTREAM_MAC));
	lull_config_destroy(c);
}

Test(config, a_file_that_cannot_be_read_says_so)
{
	struct ear f = listen_to_stderr();
	cr_expect(eq(ptr, lull_config_load("/nonexistent/lull.yaml"), NULL));
	int missing = errno;
	cr_expect(eq(ptr, lull_config_load("/"), NULL));
	int directory = errno;
	cr_expect(eq(ptr, lull_config_load("/dev/zero"), NULL)); // endless: stops at the limit
	char *said = heard(f);
	cr_expect(eq(int, missing, ENOENT));
	cr_expect(eq(int, directory, EISDIR));
	cr_expect(strstr(said, "/nonexistent/lull.yaml: No such file or directory") != NULL);
	cr_expect(strstr(said, "/dev/zero: longer than 16 MiB") != NULL, "%s", said);
	free(said);
}

Test(config, the_example_shows_every_key_and_passes_its_own_check)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/docs/lull.yaml.example", getenv("LULL_SOURCE"));
	struct lull_config *c = lull_config_load(path);
	cr_assert(c != NULL);
	cr_expect(eq(int, lull_config_check(c), 0));
	cr_expect_str_eq(c->targets[0].name, "kp");
	FILE *f = fopen(path, "r");
	char text[16384] = "";
	cr_assert(f != NULL && fread(text, 1, sizeof(text) - 1, f) < sizeof(text) - 1);
	fclose(f);
	// Every key that is printed, and those of forms that this one does not have.
	char *printed = lull_config_print(c);
	for (char *line = strtok(printed, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		line[strcspn(line, ":") + 1] = '\0';
		line += strncmp(line, "  - ", 4) == 0 ? 4 : strspn(line, " ");
		if (strpbrk(line, ".{\"") == NULL && line[0] != '-')
			cr_expect(strstr(text, line) != NULL, "%s", line);
	}
	static const char *const others[] = {"table:", "port:", "mpls:", "mac:", "learn: auto",
		"dpdk:", "eal:", "ports:", "device:", "queues:", "http: off"};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		cr_expect(strstr(text, others[i]) != NULL, "%s", others[i]);
	free(printed);
	lull_config_destroy(c);
}

Test(config, long_bins_stretch_warmup_and_level_to_enough_bins)
{
	struct lull_config *c = load("bin: 10m\n");
	cr_assert(c != NULL && lull_config_check(c) == 0);
	cr_expect(eq(u64, c->detector.warmup_ns, 30 * 600 * LULL_NS_PER_SECOND));
	cr_expect(eq(u64, c->detector.level_ns, 10 * 600 * LULL_NS_PER_SECOND));
	lull_config_destroy(c);
}

Test(config, series_have_bins_of_any_length_and_a_digest_of_their_own)
{
	struct lull_config *c = load("detector: {warmup: 1h}\n");
	cr_assert(c != NULL && lull_config_check(c) == 0);
	char *packets = strdup(c->digest);
	c->series = true;
	cr_assert(eq(int, lull_config_check(c), 0));
	cr_expect(ne(str, c->digest, packets));
	c->bin_ns = 365 * 86400 * LULL_NS_PER_SECOND;
	cr_assert(eq(int, lull_config_check(c), 0));
	cr_expect(eq(u64, c->detector.warmup_ns, 30 * c->bin_ns));
	cr_expect(eq(u64, c->detector.shift_ns, 14 * c->bin_ns));
	free(packets);
	lull_config_destroy(c);
}
