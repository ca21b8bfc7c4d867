// SPDX-License-Identifier: BSD-3-Clause
// A state file, what waits in it to be told, and a log of events, made of any bytes.

#include "engine/untold.h"
#include "store/eventlines.h"
#include <errno.h>
#include <lull/state.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

// The hash would keep the fuzzer out: it is made right, as are magic, version and length.
static void state(const uint8_t *data, size_t size)
{
	static const struct lull_sipkey damage = {0x6c756c6c73746174, 0x2f31};
	struct lull_saved s;
	check(lull_state_parse(data, size, &s) == 0 || s.detect == NULL);
	lull_saved_finish(&s);
	uint8_t *file = malloc(32 + size);
	uint64_t version = 1 + (size & 1);
	const uint64_t head[4] = {
		0x746174736c6c756c, version, size, lull_siphash(&damage, data, size)};
	memcpy(file, head, 32);
	memcpy(file + 32, data, size);
	int e = lull_state_parse(file, 32 + size, &s);
	check(e == 0 || e == -EBADMSG);
	size_t tail = version == 1 ? 0 : 8 + s.untold_bytes;
	if (e == 0)
		check(32 + s.n_upstream_keys * 8 + s.detect_bytes + tail == size && s.bin_ns > 0);
	lull_saved_finish(&s);
	free(file);
}

// What is still to be told: what is read of it is written as it was, if it is read to its end.
static void untold(const uint8_t *data, size_t size)
{
	struct lull_untold u = {0};
	uint8_t *bytes;
	size_t n;
	int e = lull_untold_load(&u, data, size);
	check(e == 0 || e == -EBADMSG);
	check(u.n <= LULL_UNTOLD_MAX && u.bytes <= LULL_UNTOLD_BYTES);
	check(lull_untold_save(&u, &bytes, &n) == 0);
	if (e == 0 && u.dropped == 0 && u.n > 0)
		check(n == size && memcmp(bytes, data, n) == 0);
	free(bytes);
	lull_untold_finish(&u);
}

static void log_of_events(const uint8_t *data, size_t size)
{
	static int fd = -1;
	struct lull_revisions r;
	struct lull_eventlines seen;
	if (fd < 0)
		fd = memfd_create("events", 0);
	check(ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	lull_revisions_init(&r);
	check(lull_eventlines_read(fd, &r, &seen) == 0);
	size_t newlines = 0, end = 0;
	for (size_t i = 0; i < size; i++)
		if (data[i] == '\n') {
			newlines++;
			end = i + 1;
		}
	check(seen.size == size && seen.end == end && r.n <= seen.events);
	check(seen.events + seen.damaged == newlines + (seen.last_whole ? 1 : 0));
	check((seen.damaged > 0) == (seen.first_damaged > 0) && seen.first_damaged <= newlines);
	lull_revisions_finish(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	state(data, size);
	untold(data, size);
	log_of_events(data, size);
	return 0;
}
