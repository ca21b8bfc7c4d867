// SPDX-License-Identifier: BSD-3-Clause
// Targets: named sets of prefixes that nest, built once and then only read.
//
// A target is a node of a forest. A packet belongs to the node of its most specific prefix, and
// every ancestor of that node counts it too. Groups are nodes without prefixes; a service
// ("kcna: 175.45.176.71" of target kp) is a node "kp/kcna" under kp.

#pragma once

#include <lull/address.h>
#include <lull/config.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LULL_NO_TARGET 0u         // targets are numbered from 1
#define LULL_TARGETS_MAX 16000000 // names; prefixes: 4 M rows a table

struct lull_targets; // opaque; immutable after lull_targets_create()

// One prefix as given, and where: file may be "-t" or a path; line 0 when there is none.
struct lull_target_prefix {
	struct lull_prefix prefix;
	uint32_t target;
	uint32_t line;
	uint16_t file; // index for lull_targets_file()
};

// What lull_targets_create() thought worth a word; kind tells which.
struct lull_target_note {
	enum {
		LULL_NOTE_DUPLICATE, // the same prefix twice for one target: harmless
		LULL_NOTE_CONFLICT,  // the same prefix for two targets: an error
		LULL_NOTE_OVERLAP,   // b lies inside a of another target: the more specific wins
	} kind;
	struct lull_target_prefix a, b;
};

// Build from the configuration: its targets, tables and groups, in that order. Reads table files
// (`prefix<TAB>name` lines, `#` comments, CRLF tolerated, at most 4 M rows).
// Refused unless config->allow says so: 0.0.0.0/0, ::/0, IPv4 shorter than /8 (/6 in a table:
// tables of delegations sum up), IPv6 shorter than /3, bogons (src/packet/bogon.c).
// A name "a/b" stands under "a", which becomes a node when it is none yet.
// Every complaint goes to the log with file and line (at most 20, then a count).
// Returns NULL on any error, with errno: EINVAL (content), ENOENT and friends (files), ENOMEM.
// Notes are kept up to 10,000, counted beyond.
struct lull_targets *lull_targets_create(const struct lull_config *config);
// Targets without prefixes, for series that somebody else measured: n different names, as they are,
// side by side ("a/b" stands under nothing). NULL and errno ENOMEM or E2BIG.
struct lull_targets *lull_targets_named(const char *const *names, size_t n);
void lull_targets_destroy(struct lull_targets *t);

// Number of targets n; valid ids are 1..n. Order: as configured (first mention).
size_t lull_targets_count(const struct lull_targets *t);
const char *lull_targets_name(const struct lull_targets *t, uint32_t target);
// Parent of a target, or LULL_NO_TARGET. A parent's id may be larger or smaller than its child's.
uint32_t lull_targets_parent(const struct lull_targets *t, uint32_t target);
// Id of a name, or LULL_NO_TARGET.
uint32_t lull_targets_find(const struct lull_targets *t, const char *name);

// All prefixes, sorted by lull_prefix_compare(), duplicates removed. *n: how many.
const struct lull_target_prefix *lull_targets_prefixes(const struct lull_targets *t, size_t *n);
// The most specific prefix an address lies in, or NULL. Takes microseconds: for people, not
// packets.
const struct lull_target_prefix *lull_targets_lookup(
	const struct lull_targets *t, const struct lull_addr *addr);
const char *lull_targets_file(const struct lull_targets *t, uint16_t file);
// Notes kept; *n: how many are kept, *total: how many there were.
const struct lull_target_note *lull_targets_notes(
	const struct lull_targets *t, size_t *n, size_t *total);
