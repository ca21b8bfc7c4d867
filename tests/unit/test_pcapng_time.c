// SPDX-License-Identifier: BSD-3-Clause
// Times in every resolution pcapng can state.

#include "capture/pcapng_time.h"

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <lull/time.h>

static uint64_t read_time(unsigned resolution, int64_t offset_s, uint64_t raw)
{
	struct lull_pcapng_clock c;
	lull_pcapng_clock_init(&c, (uint8_t)resolution, offset_s);
	return lull_pcapng_clock_read(&c, raw);
}

Test(pcapng_time, powers_of_ten)
{
	cr_expect(eq(u64, read_time(0, 0, 1700000000), UINT64_C(1700000000000000000)));
	cr_expect(eq(u64, read_time(6, 0, 1700000000123456), UINT64_C(1700000000123456000)));
	cr_expect(eq(u64, read_time(9, 0, 1700000000123456789), UINT64_C(1700000000123456789)));
	cr_expect(eq(u64, read_time(10, 0, UINT64_MAX), UINT64_C(1844674407370955161)));
	cr_expect(eq(u64, read_time(18, 0, UINT64_C(1999999999)), 1));
	cr_expect(eq(u64, read_time(28, 0, UINT64_MAX), 1));
	cr_expect(eq(u64, read_time(29, 0, UINT64_MAX), 0));
	cr_expect(eq(u64, read_time(127, 5, UINT64_MAX), 5 * LULL_NS_PER_SECOND));
}

Test(pcapng_time, powers_of_two)
{
	cr_expect(eq(u64, read_time(0x80, 0, 7), 7 * LULL_NS_PER_SECOND));
	cr_expect(eq(u64, read_time(0x81, 0, 7), 3500000000));
	cr_expect(eq(u64, read_time(0x80 | 20, 0, (UINT64_C(1700000000) << 20) + 1),
		UINT64_C(1700000000000000953)));
	cr_expect(eq(u64, read_time(0x80 | 63, 0, UINT64_MAX), 1999999999));
	cr_expect(eq(u64, read_time(0x80 | 64, 0, UINT64_MAX), 999999999));
	cr_expect(eq(u64, read_time(0xff, 0, UINT64_MAX), 0));
}

Test(pcapng_time, offsets_are_signed)
{
	cr_expect(eq(u64, read_time(6, -3600, 3600 * UINT64_C(1000000) + 1), 1000));
	cr_expect(eq(u64, read_time(9, 10, 1), 10 * LULL_NS_PER_SECOND + 1));
}

Test(pcapng_time, what_64_bits_cannot_say_is_no_time)
{
	cr_expect(eq(u64, read_time(6, -1, 999999), LULL_TIME_NONE));
	cr_expect(eq(u64, read_time(9, 0, UINT64_MAX), LULL_TIME_NONE));
	cr_expect(eq(u64, read_time(9, 0, UINT64_MAX - 1), UINT64_MAX - 1));
	cr_expect(eq(u64, read_time(6, 0, UINT64_MAX), LULL_TIME_NONE));
	cr_expect(eq(u64, read_time(6, 0, UINT64_MAX / 1000), UINT64_MAX / 1000 * 1000));
	cr_expect(eq(u64, read_time(6, 0, UINT64_MAX / 1000 + 1), LULL_TIME_NONE));
	cr_expect(eq(u64, read_time(0, 0, UINT64_MAX), LULL_TIME_NONE));
	cr_expect(eq(u64, read_time(0x80, INT64_MAX, UINT64_MAX), LULL_TIME_NONE));
	cr_expect(eq(u64, read_time(0x80, INT64_MIN, UINT64_MAX),
		LULL_TIME_NONE)); // 2^63 s after the epoch
	cr_expect(eq(u64, read_time(0xff, INT64_MIN, UINT64_MAX), LULL_TIME_NONE));
}
