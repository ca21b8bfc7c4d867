// SPDX-License-Identifier: BSD-3-Clause
// From bytes to a tree of nodes with places, by the events of libfyaml.

#include "config_yaml.h"
#include "config_complain.h"
#include <errno.h>
#include <libfyaml.h>
#include <lull/text.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct lull_yaml_chunk {
	struct lull_yaml_chunk *next;
	size_t used, size;
	max_align_t bytes[];
};

struct anchor {
	const char *name;
	const struct lull_yaml *node; // NULL while the node is still open: an alias would be a loop
};

// A collection that is being filled.
struct open {
	struct lull_yaml *node;
	struct lull_yaml_item *last;
	const struct lull_yaml *key; // MAP: the key that waits for its value
	size_t anchor;               // index into anchors, or LULL_YAML_ANCHORS
};

struct builder {
	struct lull_yaml_tree *tree;
	const char *file, *text;
	size_t n;
	struct open open[LULL_YAML_DEPTH];
	size_t depth;
	struct anchor anchors[LULL_YAML_ANCHORS];
	size_t n_anchors;
	size_t nodes; // built, aliases not expanded
	bool root_done;
};

static void *take_memory(struct lull_yaml_tree *tree, size_t n)
{
	n = (n + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	struct lull_yaml_chunk *c = tree->chunks;
	if (c == NULL || c->size - c->used < n) {
		size_t size = n > 65536 ? n : 65536;
		c = malloc(sizeof(*c) + size);
		if (c == NULL)
			return NULL;
		*c = (struct lull_yaml_chunk){.next = tree->chunks, .size = size};
		tree->chunks = c;
	}
	void *p = (char *)c->bytes + c->used;
	c->used += n;
	return memset(p, 0, n);
}

void lull_yaml_finish(struct lull_yaml_tree *tree)
{
	while (tree->chunks != NULL) {
		struct lull_yaml_chunk *next = tree->chunks->next;
		free(tree->chunks);
		tree->chunks = next;
	}
	tree->root = NULL;
}

// An implicit collection has no token of its own: it stands where its first key does.
static struct lull_place place_of(const struct builder *b, struct fy_event *event)
{
	struct lull_place place = {.file = b->file};
	const struct fy_mark *mark = fy_event_start_mark(event);
	if (mark != NULL) {
		place.line = (unsigned)mark->line + 1;
		place.column = (unsigned)mark->column + 1;
	}
	return place;
}

static struct lull_yaml *new_node(
	struct builder *b, enum lull_yaml_kind kind, struct fy_event *event)
{
	struct lull_yaml *node = take_memory(b->tree, sizeof(*node));
	if (node == NULL)
		return NULL;
	node->kind = kind;
	node->place = place_of(b, event);
	node->weight = 1;
	b->nodes++;
	return node;
}

// Put a finished value where it belongs: the root, a list, a key or the key's value.
static int attach(struct builder *b, const struct lull_yaml *node)
{
	if (b->depth == 0) {
		b->tree->root = node;
		b->root_done = true;
		return 0;
	}
	struct open *o = &b->open[b->depth - 1];
	o->node->weight += node->weight;
	if (o->node->weight > LULL_YAML_NODES || b->nodes > LULL_YAML_NODES)
		return lull_complain(&node->place,
			"more than %u values, aliases expanded; put long lists of prefixes into a "
			"table "
			"(targets: [{table: FILE}])",
			LULL_YAML_NODES);
	if (o->node->kind == LULL_YAML_MAP && o->key == NULL) {
		if (node->kind != LULL_YAML_TEXT)
			return lull_complain(&node->place, "a key must be a word");
		o->key = node;
		return 0;
	}
	struct lull_yaml_item *item = take_memory(b->tree, sizeof(*item));
	if (item == NULL)
		return -ENOMEM;
	*item = (struct lull_yaml_item){.key = o->key, .value = node};
	*(o->last == NULL ? &o->node->first : &o->last->next) = item;
	o->last = item;
	o->key = NULL;
	o->node->n++;
	return 0;
}

// Tags of the core schema change nothing here; others would ask for something lull does not do.
static int check_tag(const struct builder *b, struct fy_event *event)
{
	static const char core[] = "tag:yaml.org,2002:";
	struct fy_token *token = fy_event_get_tag_token(event);
	size_t n = 0;
	const char *tag = token != NULL ? fy_token_get_text(token, &n) : NULL;
	if (tag == NULL || n == 0)
		return 0;
	if ((n >= sizeof(core) - 1 && memcmp(tag, core, sizeof(core) - 1) == 0) ||
		(n == 1 && tag[0] == '!'))
		return 0;
	struct lull_place place = place_of(b, event);
	return lull_complain(
		&place, "tag '%.*s' is not known here; leave it out", (int)(n < 64 ? n : 64), tag);
}

// Remember the anchor of an event, if it has one. Its index goes to *index.
static int note_anchor(struct builder *b, struct fy_event *event, size_t *index)
{
	struct fy_token *token = fy_event_get_anchor_token(event);
	size_t n = 0;
	const char *text = token != NULL ? fy_token_get_text(token, &n) : NULL;
	*index = LULL_YAML_ANCHORS;
	if (text == NULL)
		return 0;
	struct lull_place place = place_of(b, event);
	if (b->n_anchors == LULL_YAML_ANCHORS)
		return lull_complain(&place, "more than %d anchors", LULL_YAML_ANCHORS);
	char *name = take_memory(b->tree, n + 1);
	if (name == NULL)
		return -ENOMEM;
	memcpy(name, text, n);
	b->anchors[b->n_anchors].name = name;
	*index = b->n_anchors++;
	return 0;
}

static int take_alias(struct builder *b, struct fy_event *event)
{
	size_t n = 0;
	const char *text = fy_token_get_text(fy_event_get_token(event), &n);
	struct lull_place place = place_of(b, event);
	for (size_t i = b->n_anchors; text != NULL && i-- > 0;) { // the last of a name counts
		const struct anchor *a = &b->anchors[i];
		if (strlen(a->name) != n || memcmp(a->name, text, n) != 0)
			continue;
		if (a->node == NULL)
			return lull_complain(&place, "*%s stands inside what it repeats", a->name);
		b->nodes++;
		return attach(b, a->node);
	}
	return lull_complain(&place, "no anchor '&%.*s' before this", (int)(n < 64 ? n : 64),
		text != NULL ? text : "");
}

// The text between single quotes, read here when it stands on one line: libfyaml 0.7.12 leaks
// memory in fy_token_get_text(), and its iterator miscounts, when two escaped quotes touch
// (''''), so such a text never reaches it.
static int single_quoted(struct builder *b, struct fy_token *token, char **copy)
{
	const struct fy_mark *from = fy_token_start_mark(token), *to = fy_token_end_mark(token);
	*copy = NULL;
	if (from == NULL || to == NULL || from->input_pos > to->input_pos || to->input_pos > b->n)
		return -EINVAL;
	const char *raw = b->text + from->input_pos;
	size_t n = to->input_pos - from->input_pos;
	if (memchr(raw, '\n', n) != NULL || memchr(raw, '\r', n) != NULL)
		return memmem(raw, n, "''''", 4) != NULL ? -EINVAL : 0;
	char *out = *copy = take_memory(b->tree, n + 1);
	if (out == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		*out++ = raw[i];
		i += raw[i] == '\''; // '' stands for one
	}
	return 0;
}

// The text of a scalar in memory of the tree; NULL for a plain scalar of no length.
static int scalar_text(
	struct builder *b, struct fy_token *token, struct lull_place place, const char **text)
{
	char *copy = NULL;
	size_t n = 0;
	*text = NULL;
	enum fy_scalar_style style = fy_token_scalar_style(token);
	int rc = style == FYSS_SINGLE_QUOTED ? single_quoted(b, token, &copy) : 0;
	if (rc == -EINVAL)
		return lull_complain(
			&place, "quotes in a text of several lines; use double quotes");
	if (rc < 0)
		return rc;
	if (copy == NULL) {
		const char *from = fy_token_get_text(token, &n);
		if (from == NULL || (n == 0 && style == FYSS_PLAIN))
			return 0;
		if (memchr(from, '\0', n) != NULL)
			return lull_complain(&place, "a NUL character cannot stand in a text");
		copy = take_memory(b->tree, n + 1);
		if (copy == NULL)
			return -ENOMEM;
		memcpy(copy, from, n);
	}
	*text = copy;
	return 0;
}

static int take_scalar(struct builder *b, struct fy_event *event)
{
	size_t anchor;
	struct lull_yaml *node = new_node(b, LULL_YAML_NOTHING, event);
	if (node == NULL)
		return -ENOMEM;
	enum fy_scalar_style style = fy_token_scalar_style(event->scalar.value);
	if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED)
		node->place.column -= node->place.column > 1; // at the quote, not behind it
	int rc = check_tag(b, event);
	if (rc == 0)
		rc = note_anchor(b, event, &anchor);
	if (rc == 0)
		rc = scalar_text(b, event->scalar.value, node->place, &node->text);
	if (rc < 0)
		return rc;
	if (node->text != NULL)
		node->kind = LULL_YAML_TEXT;
	if (anchor < LULL_YAML_ANCHORS)
		b->anchors[anchor].node = node;
	return attach(b, node);
}

static int open_collection(struct builder *b, struct fy_event *event)
{
	size_t anchor;
	int rc = check_tag(b, event);
	if (rc == 0)
		rc = note_anchor(b, event, &anchor);
	if (rc < 0)
		return rc;
	struct lull_yaml *node = new_node(
		b, event->type == FYET_MAPPING_START ? LULL_YAML_MAP : LULL_YAML_LIST, event);
	if (node == NULL)
		return -ENOMEM;
	if (b->depth == LULL_YAML_DEPTH)
		return lull_complain(&node->place, "nested deeper than %d", LULL_YAML_DEPTH);
	b->open[b->depth++] = (struct open){.node = node, .anchor = anchor};
	return 0;
}

static int close_collection(struct builder *b)
{
	const struct open *o = &b->open[--b->depth];
	if (o->anchor < LULL_YAML_ANCHORS)
		b->anchors[o->anchor].node = o->node;
	return attach(b, o->node);
}

static int take_event(struct builder *b, struct fy_event *event)
{
	switch (event->type) {
	case FYET_DOCUMENT_START:
		if (b->root_done) {
			struct lull_place place = place_of(b, event);
			return lull_complain(&place, "a second document; a file holds one");
		}
		return 0;
	case FYET_SCALAR:
		return take_scalar(b, event);
	case FYET_ALIAS:
		return take_alias(b, event);
	case FYET_MAPPING_START:
	case FYET_SEQUENCE_START:
		return open_collection(b, event);
	case FYET_MAPPING_END:
	case FYET_SEQUENCE_END:
		return close_collection(b);
	default:
		return 0;
	}
}

// What libfyaml found wrong: its first message with a place; what follows is its consequence.
static int complain_syntax(const struct builder *b, struct fy_diag *diag)
{
	void *at = NULL;
	const struct fy_diag_error *e = fy_diag_errors_iterate(diag, &at);
	struct lull_place place = {.file = b->file};
	if (e == NULL || e->msg == NULL)
		return lull_complain(&place, "not YAML");
	if (e->line >= 0 && e->column >= 0) {
		place.line = (unsigned)e->line;
		place.column = (unsigned)e->column;
	}
	return lull_complain(&place, "not YAML: %s", e->msg);
}

static int parse_events(struct builder *b, struct fy_parser *parser, struct fy_diag *diag)
{
	struct fy_event *event;
	while ((event = fy_parser_parse(parser)) != NULL) {
		int rc = take_event(b, event);
		fy_parser_event_free(parser, event);
		if (rc < 0)
			return rc;
	}
	if (fy_diag_got_error(diag))
		return complain_syntax(b, diag);
	return 0;
}

// UTF-8 without control characters (YAML 1.2, 5.1), told by place before the parser sees it.
static int check_characters(const char *file, const char *text, size_t n)
{
	const char *p = text, *end = text + n;
	struct lull_place place = {.file = file, .line = 1, .column = 1};
	while (p < end) {
		uint32_t c = lull_text_rune(&p, end);
		if (c == LULL_NO_RUNE)
			return lull_complain(&place, "not UTF-8; save the file as UTF-8");
		if ((c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7f)
			return lull_complain(&place, "control character U+%04X", (unsigned)c);
		place.column++;
		if (c == '\n') {
			place.line++;
			place.column = 1;
		}
	}
	return 0;
}

int lull_yaml_parse(struct lull_yaml_tree *tree, const char *file, const char *text, size_t n)
{
	bool bom = n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0; // else marks are 3 bytes off
	struct builder b = {.tree = tree, .file = file, .text = bom ? text + 3 : text};
	b.n = bom ? n - 3 : n;
	struct lull_place whole = {.file = file};
	*tree = (struct lull_yaml_tree){0};
	if (n > LULL_CONFIG_BYTES)
		return lull_complain(&whole, "longer than %u MiB", LULL_CONFIG_BYTES >> 20);
	int rc = check_characters(file, b.text, b.n);
	if (rc < 0)
		return rc;
	struct fy_diag_cfg diag_cfg;
	fy_diag_cfg_default(&diag_cfg);
	struct fy_diag *diag = fy_diag_create(&diag_cfg);
	if (diag == NULL)
		return -ENOMEM;
	fy_diag_set_collect_errors(diag, true);
	struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag};
	struct fy_parser *parser = fy_parser_create(&cfg);
	rc = -ENOMEM;
	if (parser != NULL && fy_parser_set_string(parser, b.text, b.n) == 0)
		rc = parse_events(&b, parser, diag);
	fy_parser_destroy(parser);
	fy_diag_destroy(diag);
	return rc;
}
