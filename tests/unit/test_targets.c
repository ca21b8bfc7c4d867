// SPDX-License-Identifier: BSD-3-Clause
// Targets from a configuration: names, nesting, refusals, what meets what.

#include "targets_fixture.h"
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>

static struct lull_targets *built(struct fixture *f)
{
	char *said;
	struct lull_targets *t = fixture_build(f, &said);
	cr_assert(t != NULL, "%s", said);
	cr_assert_str_eq(said, "");
	return t;
}

// Build what must fail with EINVAL; returns what the log said.
static char *refused(struct fixture *f)
{
	char *said;
	errno = 0;
	struct lull_targets *t = fixture_build(f, &said);
	cr_assert(t == NULL, "it was taken");
	cr_assert(eq(int, errno, EINVAL));
	return said;
}

static const char *name_of(const struct lull_targets *t, uint32_t id)
{
	return id == LULL_NO_TARGET ? "-" : lull_targets_name(t, id);
}

Test(targets, ids_follow_first_mention_and_services_and_groups_nest)
{
	struct fixture *f = fixture_new();
	struct lull_target_spec *kp = fixture_target(f, "kp", "175.45.176.0/22,210.52.109.0/24", 3);
	fixture_service(kp, "kcna", "175.45.176.71", 4);
	fixture_table(f, "1.201.0.0/16\tkr\n1.11.0.0/16\tkr\n175.45.178.0/24\tkp\n"
			 "203.0.113.0/24\tas/64500\n");
	fixture_group(f, "world", "asia", 8);
	fixture_group(f, "asia", "kp,kr", 9);
	struct lull_targets *t = built(f);
	static const char *const names[] = {
		"kp", "kp/kcna", "kr", "as", "as/64500", "world", "asia"};
	static const char *const parents[] = {"asia", "kp", "asia", "-", "as", "-", "world"};
	cr_assert(eq(sz, lull_targets_count(t), 7));
	for (uint32_t id = 1; id <= 7; id++) {
		cr_assert_str_eq(lull_targets_name(t, id), names[id - 1]);
		cr_assert_str_eq(name_of(t, lull_targets_parent(t, id)), parents[id - 1]);
		cr_assert(eq(u32, lull_targets_find(t, names[id - 1]), id));
	}
	cr_assert(eq(u32, lull_targets_find(t, "kc"), LULL_NO_TARGET));
	size_t n, total;
	lull_targets_notes(t, &n, &total);
	cr_assert(eq(sz, total, 0), "nesting under an ancestor is no overlap");
	lull_targets_destroy(t);
	lull_targets_destroy(NULL);
}

Test(targets, prefixes_are_sorted_and_know_where_they_were_given)
{
	struct fixture *f = fixture_new();
	fixture_target(f, "b", "2001:db8::/32,198.51.100.0/24", 7);
	fixture_table(f, "# two\n198.51.100.0/25\ta\n192.0.2.0/24\ta\n");
	struct lull_targets *t = built(f);
	size_t n;
	const struct lull_target_prefix *p = lull_targets_prefixes(t, &n);
	static const char *const texts[] = {
		"192.0.2.0/24", "198.51.100.0/24", "198.51.100.0/25", "2001:db8::/32"};
	static const unsigned lines[] = {3, 7, 2, 7}, target[] = {2, 1, 2, 1};
	cr_assert(eq(sz, n, 4));
	for (size_t i = 0; i < n; i++) {
		char text[LULL_ADDR_TEXT];
		cr_assert_str_eq(lull_prefix_format(&p[i].prefix, text), texts[i]);
		cr_assert(eq(u32, p[i].line, lines[i]));
		cr_assert(eq(u32, p[i].target, target[i]));
		cr_assert_str_eq(
			lull_targets_file(t, p[i].file), target[i] == 1 ? "lull.yaml" : f->path);
	}
}

Test(targets, lookup_finds_the_most_specific_prefix)
{
	struct fixture *f = fixture_new();
	fixture_allow(f, "::/0");
	fixture_target(f, "all", "::/0", 1);
	fixture_target(f, "a", "198.51.100.0/24,2001:db8::/32", 2);
	fixture_target(f, "b", "198.51.100.128/26,2001:db8:8000::/33,2001:db8::1", 3);
	struct lull_targets *t = built(f);
	static const struct {
		const char *addr, *prefix;
	} all[] = {
		{"198.51.100.0", "198.51.100.0/24"},
		{"198.51.100.127", "198.51.100.0/24"},
		{"198.51.100.128", "198.51.100.128/26"},
		{"198.51.100.191", "198.51.100.128/26"},
		{"198.51.100.192", "198.51.100.0/24"},
		{"198.51.101.0", NULL},
		{"2001:db8::", "2001:db8::/32"},
		{"2001:db8::1", "2001:db8::1/128"},
		{"2001:db8:8000::", "2001:db8:8000::/33"},
		{"ffff::", "::/0"},
	};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct lull_addr a;
		char text[LULL_ADDR_TEXT] = "";
		cr_assert(eq(int, lull_addr_parse(all[i].addr, &a), 0));
		const struct lull_target_prefix *p = lull_targets_lookup(t, &a);
		if (p != NULL)
			lull_prefix_format(&p->prefix, text);
		cr_assert_str_eq(text, all[i].prefix != NULL ? all[i].prefix : "");
	}
}

Test(targets, refuses_what_cannot_be_a_target)
{
	static const char *const bad[] = {"0.0.0.0/0", "128.0.0.0/7", "::/0", "4000::/2", "0.1.2.3",
		"10.0.0.0/8", "10.1.2.0/24", "100.64.0.0/10", "127.0.0.1", "169.254.0.0/16",
		"172.16.0.0/12", "172.31.255.255", "192.0.0.0/24", "192.168.1.0/24",
		"198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255", "::1",
		"::ffff:192.0.2.0/120", "64:ff9b::/96", "100::/64", "fd00::/8", "fe80::1",
		"fec0::/10", "ff02::1", "2001:2::/48", "2001:10::/28", "5f00::/16"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct fixture *f = fixture_new();
		fixture_target(f, "x", bad[i], 12);
		char *said = refused(f);
		cr_assert(strncmp(said, "lull: error: lull.yaml:12:5: ", 29) == 0, "%s", said);
		cr_assert(strstr(said, "`allow`") != NULL, "%s", said);
		fixture_allow(f, bad[i]);
		built(f);
	}
}

Test(targets, takes_documentation_space_and_the_neighbours_of_bogons)
{
	struct fixture *f = fixture_new();
	fixture_target(f, "x",
		"192.0.2.0/24,198.51.100.0/24,203.0.113.0/24,2001:db8::/32,"
		"3fff::/20,9.0.0.0/8,11.0.0.0/8,100.128.0.0/9,126.0.0.0/8,"
		"172.15.0.0/16,172.32.0.0/11,192.167.0.0/16,192.169.0.0/16,"
		"198.20.0.0/14,223.0.0.0/8,2001:3::/48,2000::/3,192.0.1.0/24",
		1);
	built(f);
}

Test(targets, allow_covers_what_lies_inside_and_nothing_beside)
{
	struct fixture *f = fixture_new();
	fixture_allow(f, "10.0.0.0/9");
	fixture_target(f, "x", "10.1.0.0/16", 1);
	built(f);
	fixture_target(f, "y", "10.128.0.0/16", 2);
	char *said = refused(f);
	cr_assert_str_eq(said,
		"lull: error: lull.yaml:2:5: 10.128.0.0/16 is no public address space (private "
		"use, RFC 1918); remove it, or add it to `allow`\n");
}

Test(targets, the_same_prefix_for_two_targets_is_refused_with_both_places)
{
	struct fixture *f = fixture_new();
	fixture_target(f, "kp", "175.45.176.0/22", 3);
	fixture_table(f, "1.11.0.0/16\tkr\n175.45.176.0/22\tkr\n");
	char expected[256];
	char *said = refused(f);
	snprintf(expected, sizeof(expected),
		"lull: error: %s:2: 175.45.176.0/22 is given to kr "
		"here and to kp at lull.yaml:3; keep one\n",
		f->path);
	cr_assert_str_eq(said, expected);
}

Test(targets, duplicates_are_dropped_and_overlaps_noted_once_with_their_place)
{
	struct fixture *f = fixture_new();
	fixture_table(f, "198.51.100.0/24\ta\n"
			 "198.51.100.0/25\tb\n"
			 "198.51.100.0/26\tb\n"
			 "198.51.100.0/24\ta\n"
			 "198.51.100.0/27\ta\n"
			 "2001:db8::/32\ta\n"
			 "2001:db8::/33\tc\n");
	struct lull_targets *t = built(f);
	size_t n, total;
	lull_targets_prefixes(t, &n);
	cr_assert(eq(sz, n, 6));
	const struct lull_target_note *note = lull_targets_notes(t, &n, &total);
	static const int kinds[] = {
		LULL_NOTE_DUPLICATE, LULL_NOTE_OVERLAP, LULL_NOTE_OVERLAP, LULL_NOTE_OVERLAP};
	static const unsigned a[] = {1, 1, 3, 6}, b[] = {4, 2, 5, 7};
	cr_assert(eq(sz, n, 4));
	cr_assert(eq(sz, total, 4));
	for (size_t i = 0; i < 4; i++) {
		cr_assert(eq(int, note[i].kind, kinds[i]));
		cr_assert(eq(u32, note[i].a.line, a[i]));
		cr_assert(eq(u32, note[i].b.line, b[i]));
	}
}

Test(targets, notes_are_kept_up_to_ten_thousand_and_counted_beyond)
{
	struct fixture *f = fixture_new();
	char *text = malloc(1 << 20), *at = text;
	for (unsigned i = 0; i < 12000; i++)
		at += sprintf(at, "24.%u.%u.0/24 a\n", i >> 8 & 255, i & 255);
	strcpy(at, "24.0.0.0/8 b\n");
	fixture_table(f, text);
	struct lull_targets *t = built(f);
	size_t n, total;
	lull_targets_notes(t, &n, &total);
	cr_assert(eq(sz, n, 10000));
	cr_assert(eq(sz, total, 12000));
}

Test(targets, complaints_stop_at_twenty_with_a_count)
{
	struct fixture *f = fixture_new();
	char *text = malloc(1 << 16), *at = text;
	for (unsigned i = 0; i < 50; i++)
		at += sprintf(at, "10.0.%u.0/24 a\n", i);
	fixture_table(f, text);
	char *said = refused(f);
	size_t lines = 0;
	for (char *c = said; *c != '\0'; c++)
		lines += *c == '\n';
	cr_assert(eq(sz, lines, 21));
	cr_assert(strstr(said, "targets: 50 complaints in all, the first 20 are shown\n") != NULL);
}

Test(targets, groups_say_what_is_wrong_with_their_members)
{
	struct fixture *f = fixture_new();
	fixture_target(f, "a", "192.0.2.0/24", 1);
	fixture_target(f, "b", "198.51.100.0/24", 2);
	fixture_group(f, "g", "a,nobody", 5);
	fixture_group(f, "h", "a,i", 6);
	fixture_group(f, "i", "h,b,i", 7);
	cr_assert_str_eq(refused(f),
		"lull: error: lull.yaml:5:5: group g: there is no target or group \"nobody\"; add "
		"it, "
		"or take it out of the members\n"
		"lull: error: lull.yaml:6:5: group h: a is a member of g already; keep one\n"
		"lull: error: lull.yaml:7:5: group i: with h in it groups nest in a circle or "
		"deeper "
		"than 32; take it out\n"
		"lull: error: lull.yaml:7:5: group i: i is a member of h already; keep one\n");
	f = fixture_new();
	fixture_target(f, "a", "192.0.2.0/24", 1);
	fixture_group(f, "a", "a", 5);
	cr_assert_str_eq(refused(f), "lull: error: lull.yaml:5:5: group a: the name is taken by "
				     "another target or group; choose another\n");
}

Test(targets, names_with_empty_parts_or_too_many_are_refused)
{
	static const char *const bad[] = {"/a", "a/", "a//b", "",
		"0/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2/3/4/5/6/7/8/9/0/1/2"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct fixture *f = fixture_new();
		fixture_target(f, bad[i], "192.0.2.0/24", 1);
		refused(f);
	}
}

Test(targets, a_table_that_is_not_there_says_so)
{
	struct fixture *f = fixture_new();
	fixture_table_file(f, "/nonexistent/countries.tsv");
	char *said;
	errno = 0;
	cr_assert(fixture_build(f, &said) == NULL);
	cr_assert(eq(int, errno, ENOENT));
	cr_assert_str_eq(
		said, "lull: error: /nonexistent/countries.tsv: No such file or directory\n");
}

Test(targets, a_hundred_thousand_names_are_told_apart)
{
	struct fixture *f = fixture_new();
	char *text = malloc(8 << 20), *at = text, name[32];
	for (unsigned i = 0; i < 100000; i++)
		at += sprintf(at, "2a%02x:%x::/48 n%u\n", i >> 16, i & 0xffff, i);
	fixture_table(f, text);
	struct lull_targets *t = built(f);
	cr_assert(eq(sz, lull_targets_count(t), 100000));
	for (unsigned i = 0; i < 100000; i += 7) {
		snprintf(name, sizeof(name), "n%u", i);
		cr_assert(eq(u32, lull_targets_find(t, name), i + 1));
		cr_assert_str_eq(lull_targets_name(t, i + 1), name);
	}
}

Test(targets, names_alone_stand_side_by_side_as_they_are)
{
	static const char *const names[] = {"a/b", "a", "b//", "Chahar Mahall / Shahr"};
	struct lull_targets *t = lull_targets_named(names, 4);
	cr_assert(t != NULL);
	cr_assert(eq(sz, lull_targets_count(t), 4));
	for (uint32_t i = 1; i <= 4; i++) {
		cr_assert_str_eq(lull_targets_name(t, i), names[i - 1]);
		cr_assert(eq(u32, lull_targets_parent(t, i), LULL_NO_TARGET));
		cr_assert(eq(u32, lull_targets_find(t, names[i - 1]), i));
	}
	lull_targets_destroy(t);
}
