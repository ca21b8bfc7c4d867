// SPDX-License-Identifier: BSD-3-Clause
// Live ports of either kind: which one is opened, and the clock they share.

#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <errno.h>
#include <lull/ports.h>
#include <lull/time.h>
#include <stdlib.h>
#include <time.h>

Test(ports, without_a_capture_there_is_nothing_to_open)
{
	struct lull_config *config = lull_config_create();
	cr_assert(config != NULL);
	cr_expect(eq(ptr, lull_ports_open(config), NULL));
	cr_expect(eq(int, errno, EINVAL));
	config->capture.kind = 99;
	cr_expect(eq(ptr, lull_ports_open(config), NULL));
	config->capture.kind = LULL_CAPTURE_INTERFACE; // of no interface
	cr_expect(eq(ptr, lull_ports_open(config), NULL));
	lull_config_destroy(config);
	lull_ports_close(NULL);
}

Test(ports, their_clock_is_the_wall_clocks_epoch_at_a_steady_pace)
{
	struct timespec wall, steady;
	uint64_t last = 0;
	clock_gettime(CLOCK_MONOTONIC, &steady);
	uint64_t first = lull_ports_now();
	uint64_t offset = first - (uint64_t)steady.tv_sec * LULL_NS_PER_SECOND;
	clock_gettime(CLOCK_REALTIME, &wall);
	uint64_t now = (uint64_t)wall.tv_sec * LULL_NS_PER_SECOND + (uint64_t)wall.tv_nsec;
	cr_expect(lt(u64, now - first + LULL_NS_PER_SECOND, 2 * LULL_NS_PER_SECOND));
	cr_expect(lt(i64, llabs(lull_ports_offset()), (int64_t)LULL_NS_PER_SECOND));
	for (int i = 0; i < 1000; i++) {
		uint64_t t = lull_ports_now();
		cr_assert(ge(u64, t, last));
		last = t;
	}
	clock_gettime(CLOCK_MONOTONIC, &steady);
	uint64_t again = lull_ports_now() - (uint64_t)steady.tv_sec * LULL_NS_PER_SECOND;
	cr_expect(lt(u64, again - offset + LULL_NS_PER_SECOND, 3 * LULL_NS_PER_SECOND));
}
