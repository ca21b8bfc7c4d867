// SPDX-License-Identifier: BSD-3-Clause

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/class.h>
#include <string.h>

static struct lull_law full(uint64_t step)
{
	struct lull_law law = {0};
	for (int c = 0; c < LULL_CLASSES; c++) {
		law.classes[c] = (struct lull_tally){
			step * (unsigned)(c + 1), step * 100 * (unsigned)(c + 1)};
		law.received.packets += law.classes[c].packets;
		law.received.bytes += law.classes[c].bytes;
	}
	return law;
}

Test(class, residual_is_zero_when_every_packet_is_in_one_class)
{
	struct lull_law law = full(7);
	struct lull_tally rest = lull_law_residual(&law);
	cr_assert(eq(u64, rest.packets, 0));
	cr_assert(eq(u64, rest.bytes, 0));
}

Test(class, residual_shows_a_packet_counted_twice_or_never_in_every_class)
{
	for (int c = 0; c < LULL_CLASSES; c++) {
		struct lull_law law = full(7);
		law.classes[c].packets++;
		law.classes[c].bytes -= 60;
		struct lull_tally rest = lull_law_residual(&law);
		cr_expect(eq(u64, rest.packets, UINT64_MAX));
		cr_expect(eq(u64, rest.bytes, 60));
	}
}

Test(class, adding_laws_adds_every_class_and_keeps_the_residual)
{
	struct lull_law sum = full(3), more = full(5), want = full(8);
	lull_law_add(&sum, &more);
	cr_assert(eq(int, memcmp(&sum, &want, sizeof(sum)), 0));
}

Test(class, every_class_has_its_own_name)
{
	for (int a = 0; a < LULL_CLASSES; a++) {
		cr_assert(lull_class_name(a) != NULL);
		for (int b = 0; b < a; b++)
			cr_assert_str_neq(lull_class_name(a), lull_class_name(b));
	}
	cr_assert_str_eq(lull_class_name(LULL_CLASS_LATE), "late");
}
