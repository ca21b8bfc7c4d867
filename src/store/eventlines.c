// SPDX-License-Identifier: BSD-3-Clause
// The reader of event logs. A line it cannot read is counted, never changed.

#include "store/eventlines.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// 0: taken; -EBADMSG: not an event; -ENOMEM.
static int take(struct lull_revisions *into, const char *line, size_t n)
{
	const char *schema, *id;
	json_int_t rev;
	uint64_t number;
	json_error_t where;
	json_t *o = json_loadb(line, n, JSON_REJECT_DUPLICATES, &where);
	if (o == NULL)
		return json_error_code(&where) == json_error_out_of_memory ? -ENOMEM : -EBADMSG;
	int e = -EBADMSG;
	if (json_unpack(o, "{s:s, s:s, s:I}", "schema", &schema, "id", &id, "rev", &rev) == 0 &&
		strcmp(schema, "lull.event/1") == 0 && lull_revisions_id(id, &number) && rev >= 1 &&
		rev <= (json_int_t)UINT32_MAX)
		e = lull_revisions_note(into, number, (uint32_t)rev);
	json_decref(o);
	return e;
}

struct reader {
	struct lull_revisions *into;
	struct lull_eventlines *seen;
	char *line; // of LULL_EVENTLINE_MAX
	size_t len; // bytes of the line so far, the newline not counted
	uint64_t number;
};

// The line is over; true when an event was taken, errors in *e.
static bool end_line(struct reader *r, int *e)
{
	r->number++;
	bool fits = r->len < LULL_EVENTLINE_MAX; // the rest was not kept
	int taken = fits ? take(r->into, r->line, r->len) : -EBADMSG;
	r->len = 0;
	if (taken == 0)
		r->seen->events++;
	else if (taken != -EBADMSG)
		*e = taken;
	return taken == 0;
}

static void count_damaged(struct reader *r)
{
	if (r->seen->damaged++ == 0)
		r->seen->first_damaged = r->number;
}

static void keep(struct reader *r, const char *bytes, size_t n)
{
	size_t room = LULL_EVENTLINE_MAX - r->len;
	size_t kept = n < room ? n : room;
	memcpy(r->line + r->len, bytes, kept);
	r->len += kept;
}

static int feed(struct reader *r, const char *block, size_t n)
{
	int e = 0;
	for (size_t at = 0; at < n && e == 0;) {
		const char *newline = memchr(block + at, '\n', n - at);
		size_t len = newline != NULL ? (size_t)(newline - (block + at)) : n - at;
		keep(r, block + at, len);
		at += len;
		if (newline == NULL)
			break;
		at++;
		if (!end_line(r, &e) && e == 0)
			count_damaged(r);
		r->seen->end = r->seen->size + at;
	}
	r->seen->size += n;
	return e;
}

int lull_eventlines_read(int fd, struct lull_revisions *into, struct lull_eventlines *seen)
{
	enum { BLOCK = 64 * 1024 };
	memset(seen, 0, sizeof(*seen));
	struct reader r = {into, seen, malloc(LULL_EVENTLINE_MAX), 0, 0};
	char *block = malloc(BLOCK);
	int e = r.line != NULL && block != NULL ? 0 : -ENOMEM;
	while (e == 0) {
		ssize_t n = pread(fd, block, BLOCK, (off_t)seen->size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			e = n < 0 ? -errno : 0;
			break;
		}
		e = feed(&r, block, (size_t)n);
	}
	if (e == 0 && seen->end < seen->size)
		seen->last_whole = end_line(&r, &e);
	free(r.line);
	free(block);
	return e;
}
