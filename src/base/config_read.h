// SPDX-License-Identifier: BSD-3-Clause
// Reading a tree by tables: which keys a mapping may have, and how each value is read. A wrong
// value is told and skipped, so one pass tells all that is wrong.

#pragma once

#include "config_yaml.h"
#include <lull/config.h>
#include <lull/text.h>
#include <stdbool.h>

struct lull_reader {
	struct lull_config *config;
	unsigned wrong; // complaints so far; beyond LULL_COMPLAINTS they are only counted
	bool no_memory;
	// The cores may stand in two places; where they stood, to tell when both were used.
	const struct lull_yaml *capture_cores, *workers;
};

#define LULL_COMPLAINTS 20

struct lull_key;
typedef void lull_read_fn(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into);

// One key of a mapping: value -> the field at offset of `into`. lo..hi bound numbers (in the
// field's unit: durations in ns).
struct lull_key {
	const char *name;
	lull_read_fn *read;
	size_t offset;
	double lo, hi;
};

// Count and log one complaint.
void lull_reader_complain(struct lull_reader *r, const struct lull_place *place, const char *format,
	...) __attribute__((format(printf, 3, 4)));

// The result of reading: 0, -EINVAL (after a count of what was not shown) or -ENOMEM.
int lull_reader_end(struct lull_reader *r);

// Read a mapping: every key by its row. A key not in the table, or twice, is a complaint.
// what: "the configuration", "a target", ... seen, unless NULL: one bool per row, set when given.
void lull_read_map(struct lull_reader *r, const struct lull_key *keys, size_t n,
	const struct lull_yaml *map, const char *what, void *into, bool *seen);

// The row of a name, or NULL.
const struct lull_key *lull_key_find(const struct lull_key *keys, size_t n, const char *name);

// False after a complaint when value is not of that kind.
bool lull_read_is(struct lull_reader *r, const char *name, const struct lull_yaml *value,
	enum lull_yaml_kind kind);

// Fields: char * (owned, replaced), uint64_t ns, uint64_t bytes, unsigned, int64_t, double.
lull_read_fn lull_read_text, lull_read_name, lull_read_duration, lull_read_size, lull_read_unsigned,
	lull_read_int64, lull_read_number, lull_read_budget;

// One of a NULL-terminated list of words: its index, or -1 after a complaint.
int lull_read_word(struct lull_reader *r, const char *name, const struct lull_yaml *value,
	const char *const *words);

// A copy of text, or NULL after noting that memory is out.
char *lull_read_copy(struct lull_reader *r, const char *text);

// Room for n elements of that size, all zeros, or NULL (also for n == 0).
void *lull_read_array(struct lull_reader *r, size_t n, size_t size);

// A single value stands for a list of one (`prefixes: 192.0.2.0/24`): how many there are, and step
// through them; what is no text is told and left out. *item: NULL and *started: false to begin
// with.
size_t lull_read_length(const struct lull_yaml *value);
const struct lull_yaml *lull_read_next(struct lull_reader *r, const char *name,
	const struct lull_yaml *value, const struct lull_yaml_item **item, bool *started);

// What to keep of one text of a list: memory of the list's own, or NULL after a complaint.
typedef char *lull_read_one_fn(
	struct lull_reader *r, const struct lull_key *key, const struct lull_yaml *value);

// Read texts into a list of texts, which replaces what it held.
void lull_read_texts(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, lull_read_one_fn *one, char ***list, size_t *n);
void lull_texts_free(char ***list, size_t *n);

// True when text is an address or prefix; otherwise a complaint that says what was meant.
bool lull_read_prefix(struct lull_reader *r, const struct lull_place *place, const char *text);
