// SPDX-License-Identifier: BSD-3-Clause
// What is wrong with a scenario is said with its place and what to do.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/synth.h>
#include <string.h>
#include <unistd.h>

// Parse, and return what went to standard error.
static const char *complaints(const char *text)
{
	static char said[8192];
	int pipe_fds[2], saved = dup(STDERR_FILENO);
	cr_assert(eq(int, pipe(pipe_fds), 0));
	dup2(pipe_fds[1], STDERR_FILENO);
	close(pipe_fds[1]);
	struct lull_scenario *s = lull_scenario_parse(text, strlen(text), "s.yaml");
	dup2(saved, STDERR_FILENO);
	close(saved);
	ssize_t n = read(pipe_fds[0], said, sizeof(said) - 1);
	close(pipe_fds[0]);
	said[n > 0 ? n : 0] = '\0';
	cr_assert(eq(ptr, s, NULL), "accepted: %s", text);
	return said;
}

#define EXPECT(text, message)                                                                      \
	do {                                                                                       \
		const char *said = complaints(text);                                               \
		cr_assert(ne(ptr, strstr(said, message), NULL), "%s\nsaid: %s", text, said);       \
	} while (0)

#define T "targets: [{name: t, prefixes: [192.0.2.0/24]}]\n"

Test(synth_scenario, slips_are_told_with_place_and_the_word_that_was_meant)
{
	EXPECT("seeed: 1\n" T, "s.yaml:1:1: unknown key \"seeed\": did you mean \"seed\"?");
	EXPECT("seed: x\n" T, "s.yaml:1:7: seed: \"x\" is not a whole number");
	EXPECT("targets:\n  - {name: t, prefixes: [192.0.2.1/24]}\n",
		"s.yaml:2:26: \"192.0.2.1/24\" has bits beyond its length: did you mean "
		"192.0.2.0/24?");
	EXPECT(T "events: [{kind: outtage, targets: [t], from: +1s}]\n",
		"s.yaml:2:17: unknown event \"outtage\": did you mean \"outage\"?");
	EXPECT(T "events: [{kind: outage, targets: [tt], from: +1s}]\n",
		"unknown target \"tt\": did you mean \"t\"?");
	EXPECT("linktype: ethernett\n" T, "did you mean \"ethernet\"?");
	EXPECT("duration: 10\n" T, "s.yaml:1:11: duration: \"10\" is not a duration");
}

Test(synth_scenario, what_cannot_be_is_refused)
{
	EXPECT("", "s.yaml: expected a mapping");
	EXPECT("a: [", "s.yaml:");
	EXPECT("seed: 1\n", "targets: expected a list");
	EXPECT("seed: {}\n" T, "s.yaml:1:7: expected one value");
	EXPECT("seed: 1\nseed: 2\n" T, "s.yaml:2:1");
	EXPECT("bin: 7s\n" T, "bin must divide a day");
	EXPECT("targets: [{name: t, prefixes: [192.0.2.0/24]},"
	       " {name: u, prefixes: [192.0.2.128/25]}]\n",
		"192.0.2.128/25 lies inside 192.0.2.0/24");
	EXPECT("targets: [{name: t, prefixes: [198.18.7.0/24]}]\n", "overlaps 198.18.0.0/15");
	EXPECT("targets: [{name: t, prefixes: [192.0.2.0/28], sources: 17}]\n", "lower sources");
	EXPECT("targets: [{name: t, prefixes: [192.0.2.0/24], udp: 0.9, icmp: 0.2}]\n",
		"more than 1");
	EXPECT("targets: [{name: t, prefixes: [192.0.2.0/24], phi: 0.5}]\n", "outside 1 .. 1000");
	EXPECT("targets: [{name: a b, prefixes: [192.0.2.0/24]}]\n", "no spaces");
	EXPECT("linktype: raw\nupstreams: [{name: a, vlan: 1}]\n" T, "only linktype ethernet");
	EXPECT("upstreams: [{name: a, vlan: 1}, {name: b, vlan: 1}]\n" T, "nothing tells");
	EXPECT(T "groups: [{name: g, members: [t]}, {name: h, members: [t]}]\n",
		"belongs to \"g\" already");
	EXPECT(T "events: [{kind: outage, targets: [t], from: +20m}]\n", "within the scenario");
	EXPECT(T "events: [{kind: loss, targets: [t], from: +2s, fraction: 0.1}]\n", "no targets");
	EXPECT(T "events: [{kind: loss, from: +2s}]\n", "fraction is missing");
	EXPECT(T "events: [{kind: outage, targets: [t], from: +5s, to: +2s}]\n", "before to");
}

Test(synth_scenario, everything_wrong_is_told_at_once_up_to_a_limit)
{
	char text[4096] = "seed: 1\n";
	for (int i = 0; i < 50; i++)
		sprintf(text + strlen(text), "wrong%d: 1\n", i);
	const char *said = complaints(text);
	cr_assert(ne(ptr, strstr(said, "s.yaml:2:1"), NULL));
	cr_assert(ne(ptr, strstr(said, "s.yaml:21:1"), NULL));
	cr_assert(eq(ptr, strstr(said, "s.yaml:22:1"), NULL));
	cr_assert(ne(ptr, strstr(said, "and 31 more"), NULL));
}

Test(synth_scenario, events_are_listed_with_their_targets_and_upstreams)
{
	static const char text[] =
		"start: 1970-01-01T00:01:00Z\nduration: 100s\n"
		"upstreams: [{name: a, vlan: 1}, {name: b, vlan: 2}]\n" T "events:\n"
		"  - {kind: outage, targets: [t], from: +1s, to: +2s, upstreams: [b], remaining: "
		"0.1}\n"
		"  - {kind: gap, from: +5s, to: +6s}\n";
	struct lull_scenario *s = lull_scenario_parse(text, strlen(text), "s.yaml");
	char *out;
	size_t size;
	FILE *f = open_memstream(&out, &size);
	cr_assert(ne(ptr, s, NULL));
	cr_assert(eq(int, lull_scenario_events(s, f), 0));
	fclose(f);
	static char expected[] = "target,kind,from_ns,to_ns,remaining,upstreams\n"
				 "t,outage,61000000000,62000000000,0.1,b\n"
				 ",gap,65000000000,66000000000,,all\n";
	cr_assert(eq(str, out, expected));
}
