// SPDX-License-Identifier: BSD-3-Clause

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/text.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

Test(text, a_text_grows_across_every_boundary_and_stays_terminated)
{
	struct lull_text t = {0};
	char want[4096] = "";
	for (int i = 0; i < 600; i++) {
		lull_text_add(&t, "%d,", i);
		sprintf(want + strlen(want), "%d,", i);
		cr_assert_str_eq(t.data, want);
		cr_assert(eq(sz, t.len, strlen(want)));
	}
	lull_text_add_bytes(&t, "a\0b", 3);
	cr_assert(eq(int, memcmp(t.data + t.len - 3, "a\0b", 4), 0));
	cr_assert(eq(int, t.failed, 0));
	lull_text_finish(&t);
	cr_assert(eq(ptr, t.data, NULL));
	lull_text_add_bytes(&t, "", 0);
	cr_assert_str_eq(t.data, "");
	lull_text_finish(&t);
}

Test(text, one_piece_larger_than_double_the_room_fits)
{
	struct lull_text t = {0};
	lull_text_add(&t, "x%9999sy", "");
	lull_text_add(&t, "z");
	cr_assert(eq(sz, t.len, 10002));
	cr_assert_str_eq(t.data + 9999, " yz");
	lull_text_finish(&t);
}

Test(text, what_cannot_fit_in_memory_fails_once_and_drops_the_rest)
{
	struct lull_text t = {0};
	lull_text_add(&t, "kept");
	lull_text_add_bytes(&t, "x", SIZE_MAX - 2);
	cr_assert(t.failed != 0);
	lull_text_add(&t, "dropped");
	cr_assert_str_eq(t.data, "kept");
	lull_text_finish(&t);
}

Test(text, counts_are_grouped_by_thousands)
{
	char out[28];
	cr_expect_str_eq(lull_text_count(0, out), "0");
	cr_expect_str_eq(lull_text_count(999, out), "999");
	cr_expect_str_eq(lull_text_count(1000, out), "1,000");
	cr_expect_str_eq(lull_text_count(1234567, out), "1,234,567");
	cr_expect_str_eq(lull_text_count(UINT64_MAX, out), "18,446,744,073,709,551,615");
}

Test(text, si_has_three_digits_and_rounds_into_the_next_prefix)
{
	static const struct {
		double n;
		const char *text;
	} cases[] = {{0, "0"}, {5, "5"}, {12.34, "12.3"}, {999.4, "999"}, {999.5, "1.00 k"},
		{1234567, "1.23 M"}, {9994, "9.99 k"}, {9996, "10.0 k"}, {99960, "100 k"},
		{999499, "999 k"}, {999500, "1.00 M"}, {-1234, "-1.23 k"}, {0.0123, "0.0123"},
		{18446744073709551615.0, "18.4 E"}, {1e300, "1.00e+282"}, {NAN, "nan"},
		{-INFINITY, "-inf"}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char out[16];
		if (cases[i].n == 1e300)
			cr_expect(lull_text_si(1e300, out) == out && strlen(out) < 16);
		else
			cr_expect_str_eq(lull_text_si(cases[i].n, out), cases[i].text);
	}
}

Test(text, slips_find_their_word_and_strangers_do_not)
{
	static const char *const words[] = {
		"site", "targets", "upstreams", "bin", "detector", "http"};
	static const struct {
		const char *word, *nearest;
	} cases[] = {{"target", "targets"}, {"tragets", "targets"}, {"upstream", "upstreams"},
		{"bins", "bin"}, {"ibn", "bin"}, {"detektor", "detector"}, {"htpt", "http"},
		{"sites", "site"}, {"bin", "bin"}, {"z", NULL}, {"colour", NULL}, {"", NULL},
		{"warmup", NULL}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *n = lull_text_nearest(cases[i].word, words, 6);
		if (cases[i].nearest == NULL)
			cr_expect(n == NULL, "%s -> %s", cases[i].word, n);
		else
			cr_expect(
				n != NULL && strcmp(n, cases[i].nearest) == 0, "%s", cases[i].word);
	}
	char huge[5000];
	memset(huge, 'x', sizeof(huge));
	huge[sizeof(huge) - 1] = '\0';
	cr_expect(lull_text_nearest(huge, words, 6) == NULL);
	cr_expect(lull_text_nearest("site", words, 0) == NULL);
}

Test(text, runes_are_those_of_rfc_3629_and_nothing_else)
{
	static const struct {
		const char *bytes;
		size_t n, step;
		uint32_t rune;
	} cases[] = {{"a", 1, 1, 'a'}, {"\xc3\xb4x", 3, 2, 0xf4}, {"\xe2\x82\xac", 3, 3, 0x20ac},
		{"\xf0\x9f\x87\xb0", 4, 4, 0x1f1f0}, {"\xf4\x8f\xbf\xbf", 4, 4, 0x10ffff},
		{"\xc3", 1, 1, LULL_NO_RUNE}, {"\xc3\xc3", 2, 1, LULL_NO_RUNE},
		{"\xc1\xbf", 2, 1, LULL_NO_RUNE}, {"\xe0\x9f\xbf", 3, 1, LULL_NO_RUNE},
		{"\xed\xa0\x80", 3, 1, LULL_NO_RUNE}, {"\xf0\x8f\xbf\xbf", 4, 1, LULL_NO_RUNE},
		{"\xf4\x90\x80\x80", 4, 1, LULL_NO_RUNE}, {"\xff", 1, 1, LULL_NO_RUNE},
		{"\x80", 1, 1, LULL_NO_RUNE}, {"\xf0\x9f\x87\xb0", 3, 1, LULL_NO_RUNE}};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *p = cases[i].bytes;
		cr_expect(
			eq(u32, lull_text_rune(&p, p + cases[i].n), cases[i].rune), "case %zu", i);
		cr_expect(eq(sz, (size_t)(p - cases[i].bytes), cases[i].step), "case %zu", i);
	}
}
