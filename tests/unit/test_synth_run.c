// SPDX-License-Identifier: BSD-3-Clause
// A whole run: what is refused, what fails cleanly, and that the files belong together.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <lull/config.h>
#include <lull/synth.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct lull_scenario *scenario(const char *text)
{
	struct lull_scenario *s = lull_scenario_parse(text, strlen(text), "test");
	cr_assert(ne(ptr, s, NULL));
	return s;
}

#define SMALL                                                                                      \
	"duration: 30s\nbackground: {rate: 100}\n"                                                 \
	"targets: [{name: t, prefixes: [192.0.2.0/24], out: 50}]\n"

Test(synth_run, more_than_the_limit_needs_force)
{
	struct lull_scenario *s = scenario(
		"duration: 300d\ntargets: [{name: t, prefixes: [192.0.2.0/24], out: 50}]\n");
	struct lull_synth_options o = {.out = "/nonexistent/x.pcap"};
	struct lull_synth_done done;
	cr_assert(eq(int, lull_synth_run(s, &o, &done), -E2BIG));
	o.packets = 100;
	cr_assert(eq(int, lull_synth_run(s, &o, &done), -ENOENT), "a number of packets is a limit");
	o.packets = 0;
	o.force = true;
	cr_assert(eq(int, lull_synth_run(s, &o, &done), -ENOENT));
	lull_scenario_destroy(s);
}

Test(synth_run, the_estimate_is_about_right)
{
	struct lull_scenario *s = scenario(SMALL);
	struct lull_synth_options o = {.out = "/dev/null"};
	struct lull_synth_done done;
	double packets, bytes;
	lull_scenario_estimate(s, 0, &packets, &bytes);
	cr_assert(eq(int, lull_synth_run(s, &o, &done), 0));
	cr_assert(gt(dbl, (double)done.packets / packets, 0.9));
	cr_assert(lt(dbl, (double)done.packets / packets, 1.1));
	cr_assert(gt(dbl, (double)done.bytes / bytes, 0.7));
	cr_assert(lt(dbl, (double)done.bytes / bytes, 1.4));
	lull_scenario_destroy(s);
}

Test(synth_run, a_full_disk_is_reported_for_every_file)
{
	struct lull_scenario *s = scenario(SMALL);
	struct lull_synth_done done;
	const struct lull_synth_options full[] = {{.out = "/dev/full"}, {.truth = "/dev/full"},
		{.config = "/dev/full"}, {.events = "/dev/full"}};
	for (size_t i = 0; i < sizeof(full) / sizeof(full[0]); i++)
		cr_assert(lt(int, lull_synth_run(s, &full[i], &done), 0));
	lull_scenario_destroy(s);
}

Test(synth_run, the_configuration_written_has_the_targets_upstreams_and_bin_of_the_scenario)
{
	char path[] = "/tmp/lull-run-XXXXXX";
	struct lull_scenario *s =
		scenario("bin: 100ms\n"
			 "upstreams: [{name: a, vlan: 7}, {name: b, mpls: [16001, 30]},"
			 " {name: c, mac: \"02:00:00:00:00:0c\"}]\n"
			 "targets:\n"
			 "  - {name: t, prefixes: [192.0.2.0/24, \"2001:db8::/32\"],"
			 " services: [{name: w, address: 192.0.2.9}]}\n"
			 "groups: [{name: g, members: [t]}]\n");
	struct lull_synth_options o = {.config = path};
	struct lull_synth_done done;
	close(mkstemp(path));
	cr_assert(eq(int, lull_synth_run(s, &o, &done), 0));
	struct lull_config *c = lull_config_load(path);
	unlink(path);
	cr_assert(ne(ptr, c, NULL));
	cr_assert(eq(sz, c->n_targets, 1));
	cr_assert(eq(int, strcmp(c->targets[0].prefixes[1].text, "2001:db8::/32"), 0));
	cr_assert(eq(int, strcmp(c->targets[0].services[0].name, "w"), 0));
	cr_assert(eq(sz, c->n_groups, 1));
	cr_assert(eq(sz, c->n_upstreams, 3));
	cr_assert(eq(i64, c->upstreams[0].vlan, 7));
	cr_assert(eq(i64, c->upstreams[1].mpls, 16001));
	cr_assert(eq(u64, c->upstreams[2].mac, UINT64_C(0x02000000000c)));
	cr_assert(eq(u64, c->bin_ns, 100000000));
	lull_config_destroy(c);
	lull_scenario_destroy(s);
}
