// SPDX-License-Identifier: BSD-3-Clause
// The configuration: what YAML and the command line say, checked and with every default filled
// in. Plain data; everything it points to belongs to it. Read-only once loaded.

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LULL_CONFIG_BYTES (16u << 20) // longest configuration file read

// Where a value stands, for messages. file: a path, "-t" or "-T"; line, column from 1, or 0.
struct lull_place {
	const char *file;
	unsigned line, column;
};

struct lull_prefix_text {
	char *text; // as written: "175.45.176.0/22" or a bare address
	struct lull_place place;
};

struct lull_service_spec {
	char *name; // becomes the target "<parent>/<name>"
	struct lull_prefix_text prefix;
};

struct lull_target_spec {
	char *name; // NULL: an entry of the form {table: FILE}
	char *table;
	struct lull_prefix_text *prefixes;
	size_t n_prefixes;
	struct lull_service_spec *services;
	size_t n_services;
	struct lull_place place;
};

// A group sums its members: {name: asia, members: [kp, kr]}. A member has one parent at most.
struct lull_group_spec {
	char *name;
	char **members;
	size_t n_members;
	struct lull_place place;
};

// One upstream rule: named with conditions (all given ones must hold), or learning.
struct lull_upstream_spec {
	char *name; // NULL: a learning rule
	int learn;  // enum lull_upstream_kind of a learning rule, or 0; `learn: auto` is
		    // three rules: vlan, mpls, mac
	int64_t port, vlan, mpls; // -1: any
	uint64_t mac;
	bool has_mac;
	struct lull_place place;
};

struct lull_detector_config {
	double budget_per_day; // B: false alarms allowed per day over all series
	uint64_t warmup_ns;    // history before a series is judged; >= 30 bins
	uint64_t level_ns;     // time constant of the level; >= 10 bins
	double clip;           // a bin teaches the level at most clip times what was expected
	double min_rate;    // packets per second below which a series is not_measurable; 0: derived
	uint64_t shift_ns;  // a new steady level this long becomes a level shift
	double onset_delta; // 1 - coverage of the onset interval
	bool both;          // rises are events, too
};

// What the values of a series are (docs/detection.md).
enum lull_model {
	LULL_MODEL_AUTO,    // LEVEL where a value is negative or a bin lasts a day or more
	LULL_MODEL_TRAFFIC, // counts or rates: 0 is silence, days and weeks have a shape
	LULL_MODEL_LEVEL,   // a level and noise around it
};

enum lull_capture_kind {
	LULL_CAPTURE_NONE,
	LULL_CAPTURE_DPDK,      // capture: {dpdk: {eal: [...], ports: [{device: ..., queues: N}]}}
	LULL_CAPTURE_INTERFACE, // capture: {kind: interface, name: eth0, queues: N}, or names:
				// [...]
};

struct lull_port_spec {
	char *device; // "0000:3b:00.0", "net_af_packet0,iface=tap0", or an interface's name
	unsigned queues;
	struct lull_place place;
};

struct lull_capture_config {
	int kind; // enum lull_capture_kind
	char **eal;
	size_t n_eal;
	struct lull_port_spec *ports;
	size_t n_ports;      // <= LULL_PORTS_MAX
	uint64_t ring_bytes; // buffer of an interface port, shared by its queues
	unsigned queues;     // of each interface port: 1 to 64
};

struct lull_http_config {
	char **listen; // "127.0.0.1:11753", "[::1]:11753"; n_listen 0: no HTTP
	size_t n_listen;
	char **hosts; // names the Host header may have beside address literals and localhost
	size_t n_hosts;
	unsigned series_max; // series of /metrics that belong to targets, at most
};

struct lull_config {
	char *site;
	struct lull_target_spec *targets;
	size_t n_targets;
	struct lull_group_spec *groups;
	size_t n_groups;
	char **allow; // prefixes that would otherwise be refused (0.0.0.0/0, bogons, ...)
	size_t n_allow;
	struct lull_upstream_spec *upstreams;
	size_t n_upstreams;
	unsigned upstreams_max; // learnt upstreams kept apart; the rest is "other"
	uint64_t bin_ns;        // 100 ms .. 10 min, and a divisor of a day
	unsigned reorder_bins;  // bins before the newest that still take packets
	uint64_t jump_ns;       // a step forward beyond this is not believed at once
	unsigned decap;         // mask of enum lull_decap
	struct lull_detector_config detector;
	// Series that somebody else measured are judged (`lull detect`): bins may have any length,
	// there is no tap to check, and a fall is confirmed when it stands for another bin.
	// Set by lull_feed_config(), never by YAML.
	bool series;
	enum lull_model model; // of series; set by whoever runs the feed, never by YAML
	// of lull run; not part of the digest: they change where packets come from and who is
	// told, not what follows from the packets
	struct lull_capture_config capture;
	struct lull_http_config http;
	unsigned *cores; // workers: {cores: [2, 3, 4]}: one a queue, in order; or none is pinned
	size_t n_cores;
	unsigned workers; // workers: N; 0: not given. Of one core a queue it says nothing new: it
			  // must then be the number of queues
	char *state;      // directory, or NULL: nothing is kept
	char *user;       // to become once devices are open, or NULL
	char *digest;     // 16 hex digits over the canonical text of all that shapes results
	char *path;       // the file this was read from, or NULL; places point to it
};

// All defaults, no targets. NULL and errno ENOMEM on failure.
struct lull_config *lull_config_create(void);
// Read a YAML file over the defaults. Every complaint goes to the log as
// `file:line:col: what, and what to do`. NULL on any error (errno EINVAL, or the file's).
struct lull_config *lull_config_load(const char *path);
void lull_config_destroy(struct lull_config *c);

// What is wrong with a name of a target, service, group, upstream or site ("is empty", "contains
// a control character", ...), or NULL: 1 to 128 bytes of UTF-8 that can be printed on one line.
const char *lull_config_name_problem(const char *name);

// Add what the command line says; -EINVAL after a message when it is wrong.
// target: "NAME=PREFIX[,PREFIX...]"; table: a path.
int lull_config_add_target(struct lull_config *c, const char *target);
int lull_config_add_table(struct lull_config *c, const char *table);
// One setting by its YAML path: ("bin", "10s"), ("detector.budget", "1/day"),
// ("http.listen", "[::1]:0"), ("http", "off"), ("state", ""), ... A list replaces what was there.
int lull_config_set(struct lull_config *c, const char *path, const char *value);

// Check what only the whole can tell (names twice, members that do not exist, limits), stretch
// warm-up and level to their least number of bins, and compute the digest. 0, or -EINVAL after
// messages.
int lull_config_check(struct lull_config *c);

// What a reload may not change: the first key in which the two differ among bin, reorder, jump,
// capture, workers (the cores), http, state, user, site; NULL: none. Both checked.
const char *lull_config_fixed(const struct lull_config *old, const struct lull_config *new);

// The effective configuration as YAML, every key with its value; valid input for
// lull_config_load(). The caller frees it. NULL: out of memory.
char *lull_config_print(const struct lull_config *c);
