// SPDX-License-Identifier: BSD-3-Clause
// YAML as a small tree with places. The only file that knows libfyaml; what keys mean is left to
// config_keys.c.
//
// The library's parser is used for its events alone and the tree is built here, so that hostile
// input meets our bounds first: depth, nodes, and aliases by what they expand to.

#pragma once

#include <lull/config.h>
#include <stddef.h>

#define LULL_YAML_DEPTH 16         // collections inside each other
#define LULL_YAML_NODES (1u << 20) // nodes of a document, aliases expanded
#define LULL_YAML_ANCHORS 64       // anchors of a document

enum lull_yaml_kind {
	LULL_YAML_NOTHING, // a key without a value
	LULL_YAML_TEXT,
	LULL_YAML_LIST,
	LULL_YAML_MAP,
};

struct lull_yaml_item;

struct lull_yaml {
	enum lull_yaml_kind kind;
	struct lull_place place;      // file is borrowed from the caller of lull_yaml_parse()
	const char *text;             // TEXT: NUL-terminated and without NUL inside, UTF-8
	struct lull_yaml_item *first; // LIST, MAP: in the order of the file
	size_t n;                     // LIST, MAP: items
	size_t weight;                // nodes at and below this one, aliases expanded
};

struct lull_yaml_item {
	const struct lull_yaml *key; // MAP: kind TEXT; LIST: NULL
	const struct lull_yaml *value;
	struct lull_yaml_item *next;
};

// All zeros is empty.
struct lull_yaml_tree {
	const struct lull_yaml *root; // NULL: a file of comments and blanks
	struct lull_yaml_chunk *chunks;
};

// Read text[0..n), which is named file in messages. 0; -EINVAL after a message; -ENOMEM.
// Free with lull_yaml_finish() in every case.
int lull_yaml_parse(struct lull_yaml_tree *tree, const char *file, const char *text, size_t n);
void lull_yaml_finish(struct lull_yaml_tree *tree);
