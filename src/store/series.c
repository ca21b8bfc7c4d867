// SPDX-License-Identifier: BSD-3-Clause
// The series as CSV (RFC 4180, lines end in LF): a row per bin, target, upstream and direction,
// in that order. Numbers are formatted here into one buffer: printf would cost ten times as much.

#include <errno.h>
#include <lull/store.h>
#include <lull/time.h>
#include <lull/upstream.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES (1u << 18)
#define NUMBER_BYTES 20 // digits of 2^64 - 1

static const char header[] =
	"time_ns,target,upstream,direction,packets,bytes,syn,synack,rst,unreach_noroute,"
	"unreach_admin,unreach_ttl,distinct,first_ns,last_ns,flows,stuck\n";

// One series, for --zeros: compared as the rows of a bin are sorted.
struct key {
	uint32_t target, upstream;
	uint8_t direction;
};

struct lull_series {
	FILE *out;
	const struct lull_targets *targets;
	bool zeros;
	int error; // first write error: nothing is written after it
	char *buffer;
	size_t used;
	struct key *seen, *spare; // sorted; spare is the room the next merge goes to
	size_t n_seen, seen_cap, spare_cap;
};

static void drain(struct lull_series *s)
{
	if (s->error != 0) {
		s->used = 0;
		return;
	}
	errno = 0;
	if (fwrite(s->buffer, 1, s->used, s->out) != s->used)
		s->error = errno != 0 ? -errno : -EIO;
	s->used = 0;
}

// Room for n bytes, n <= BUFFER_BYTES.
static char *room(struct lull_series *s, size_t n)
{
	if (BUFFER_BYTES - s->used < n)
		drain(s);
	return s->buffer + s->used;
}

static void put_bytes(struct lull_series *s, const char *bytes, size_t n)
{
	while (n > 0) {
		size_t part = n < BUFFER_BYTES ? n : BUFFER_BYTES;
		memcpy(room(s, part), bytes, part);
		s->used += part;
		bytes += part;
		n -= part;
	}
}

static char *number(char *p, uint64_t n)
{
	char digits[NUMBER_BYTES];
	size_t i = NUMBER_BYTES;
	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	memcpy(p, digits + i, NUMBER_BYTES - i);
	return p + NUMBER_BYTES - i;
}

static void put_name(struct lull_series *s, const char *name)
{
	size_t n = strcspn(name, ",\"\r\n");
	if (name[n] == '\0') {
		put_bytes(s, name, n);
		return;
	}
	put_bytes(s, "\"", 1);
	for (; *name != '\0'; name++)
		put_bytes(s, *name == '"' ? "\"\"" : name, *name == '"' ? 2 : 1);
	put_bytes(s, "\"", 1);
}

static const char *upstream_name(const struct lull_bin *bin, uint32_t upstream)
{
	if (bin->upstreams != NULL && upstream < bin->upstreams->n)
		return bin->upstreams->names[upstream];
	return upstream == LULL_ALL_UPSTREAMS ? "all" : "";
}

static void put_row(struct lull_series *s, const struct lull_bin *bin, const struct lull_row *row)
{
	char *p = number(room(s, NUMBER_BYTES + 1), bin->start_ns);
	*p++ = ',';
	s->used = (size_t)(p - s->buffer);
	put_name(s, lull_targets_name(s->targets, row->target));
	put_bytes(s, ",", 1);
	put_name(s, upstream_name(bin, row->upstream));
	const uint64_t counts[] = {row->packets, row->bytes, row->syn, row->synack, row->rst,
		row->unreach[LULL_UNREACH_NOROUTE], row->unreach[LULL_UNREACH_ADMIN],
		row->unreach[LULL_UNREACH_TTL], row->distinct};
	enum { N = sizeof(counts) / sizeof(counts[0]) };
	p = room(s, 5 + (N + 4) * (NUMBER_BYTES + 1));
	p = row->direction == LULL_OUT ? stpcpy(p, ",out,") : stpcpy(p, ",in,");
	for (int i = 0; i < N; i++) {
		p = number(p, counts[i]);
		*p++ = ',';
	}
	if (row->first_ns != LULL_TIME_NONE)
		p = number(p, row->first_ns);
	*p++ = ',';
	if (row->last_ns != LULL_TIME_NONE)
		p = number(p, row->last_ns);
	*p++ = ',';
	p = number(p, row->flows);
	*p++ = ',';
	p = number(p, row->stuck);
	*p++ = '\n';
	s->used = (size_t)(p - s->buffer);
}

static int key_compare(const struct key *k, const struct lull_row *row)
{
	if (k->target != row->target)
		return k->target < row->target ? -1 : 1;
	if (k->upstream != row->upstream)
		return k->upstream < row->upstream ? -1 : 1;
	return (int)k->direction - (int)row->direction;
}

// Write seen and bin as one sorted sequence, silent series as zeros, and leave the union in spare.
static size_t put_merged(struct lull_series *s, const struct lull_bin *bin)
{
	size_t i = 0, j = 0, n = 0;
	while (i < s->n_seen || j < bin->n_rows) {
		int order = i == s->n_seen     ? 1
			    : j == bin->n_rows ? -1
					       : key_compare(&s->seen[i], &bin->rows[j]);
		if (order < 0) {
			struct lull_row silent = {.target = s->seen[i].target,
				.upstream = s->seen[i].upstream,
				.direction = s->seen[i].direction,
				.first_ns = LULL_TIME_NONE,
				.last_ns = LULL_TIME_NONE};
			put_row(s, bin, &silent);
			s->spare[n++] = s->seen[i++];
			continue;
		}
		const struct lull_row *row = &bin->rows[j++];
		put_row(s, bin, row);
		s->spare[n++] = (struct key){row->target, row->upstream, row->direction};
		i += order == 0;
	}
	return n;
}

static int put_with_zeros(struct lull_series *s, const struct lull_bin *bin)
{
	size_t most = s->n_seen + bin->n_rows;
	if (most > s->spare_cap) {
		struct key *spare = realloc(s->spare, most * sizeof(*spare));
		if (spare == NULL)
			return -ENOMEM;
		s->spare = spare;
		s->spare_cap = most;
	}
	s->n_seen = put_merged(s, bin);
	struct key *seen = s->seen;
	size_t cap = s->seen_cap;
	s->seen = s->spare;
	s->seen_cap = s->spare_cap;
	s->spare = seen;
	s->spare_cap = cap;
	return 0;
}

static int expect_all_targets(struct lull_series *s)
{
	size_t n = lull_targets_count(s->targets);
	s->seen_cap = n * LULL_DIRECTIONS;
	s->seen = calloc(s->seen_cap + 1, sizeof(*s->seen));
	if (s->seen == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n * LULL_DIRECTIONS; i++)
		s->seen[s->n_seen++] = (struct key){.target = (uint32_t)(i / LULL_DIRECTIONS) + 1,
			.upstream = LULL_ALL_UPSTREAMS,
			.direction = (uint8_t)(i % LULL_DIRECTIONS)};
	return 0;
}

static void destroy(struct lull_series *s)
{
	free(s->seen);
	free(s->spare);
	free(s->buffer);
	free(s);
}

struct lull_series *lull_series_create(FILE *out, const struct lull_targets *targets, bool zeros)
{
	struct lull_series *s = calloc(1, sizeof(*s));
	if (s == NULL)
		return NULL;
	s->out = out;
	s->targets = targets;
	s->zeros = zeros;
	s->buffer = malloc(BUFFER_BYTES);
	if (s->buffer == NULL || (zeros && expect_all_targets(s) < 0)) {
		destroy(s);
		errno = ENOMEM;
		return NULL;
	}
	put_bytes(s, header, sizeof(header) - 1);
	return s;
}

int lull_series_bin(struct lull_series *s, const struct lull_bin *bin)
{
	if (s->zeros) {
		int e = put_with_zeros(s, bin);
		return e < 0 ? e : s->error;
	}
	for (size_t i = 0; i < bin->n_rows; i++)
		put_row(s, bin, &bin->rows[i]);
	return s->error;
}

void lull_series_switch(struct lull_series *s, const struct lull_targets *targets)
{
	s->targets = targets;
}

int lull_series_flush(struct lull_series *s)
{
	drain(s);
	errno = 0;
	if (s->error == 0 && (fflush(s->out) != 0 || ferror(s->out)))
		s->error = errno != 0 ? -errno : -EIO;
	return s->error;
}

int lull_series_finish(struct lull_series *s)
{
	int e = lull_series_flush(s);
	destroy(s);
	return e;
}
