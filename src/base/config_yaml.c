// SPDX-License-Identifier: BSD-3-Clause
// From bytes to a tree of nodes with places, by the events of libfyaml.

#include "config_yaml.h"
#include "config_complain.h"
#include "config_feed.h"
#include <errno.h>
#include <libfyaml.h>
#include <lull/text.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define PARSER_BYTES (1u << 20)
#define PARSER_BYTES_PER_BYTE 4 // of text: its input, tokens and marks

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
	const char *file;
	struct lull_feed feed;
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

// An event without a token of its own (nothing stands where a value might) is told by its line.
static struct lull_place place_of(const struct builder *b, struct fy_event *event)
{
	const struct fy_mark *mark = fy_event_start_mark(event);
	if (mark == NULL)
		return (struct lull_place){.file = b->file, .line = b->feed.line, .column = 1};
	return (struct lull_place){.file = b->file,
		.line = (unsigned)mark->line + 1,
		.column = (unsigned)mark->column + 1};
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

// Libfyaml goes on as if nothing stood there when it gets no memory for what does, or says that it
// is no YAML. What tells is that malloc() leaves its word in errno, which nobody here clears.
static bool ran_out(void)
{
	return errno == ENOMEM;
}

// libfyaml 0.7.12 leaks memory in fy_token_get_text() when two escaped quotes touch between single
// quotes (''''), and its iterator then counts one too many: which tells such a text beforehand.
static bool quotes_touch(struct fy_token *token)
{
	const struct fy_iter_chunk *chunk = NULL;
	size_t n = 0;
	struct fy_token_iter *iter = fy_token_iter_create(token);
	while (iter != NULL && (chunk = fy_token_iter_chunk_next(iter, chunk, NULL)) != NULL)
		n += chunk->len;
	fy_token_iter_destroy(iter);
	return iter == NULL || n != fy_token_get_text_length(token);
}

// The text of a scalar in memory of the tree; NULL for a plain scalar of no length.
static int scalar_text(
	struct builder *b, struct fy_token *token, struct lull_place place, const char **text)
{
	size_t n = 0;
	enum fy_scalar_style style = fy_token_scalar_style(token);
	*text = NULL;
	if (style == FYSS_SINGLE_QUOTED && quotes_touch(token))
		return ran_out() ? -ENOMEM
				 : lull_complain(&place, "quotes that touch between single quotes; "
							 "use double quotes");
	const char *from = fy_token_get_text(token, &n);
	if (ran_out())
		return -ENOMEM;
	if (from == NULL || (n == 0 && style == FYSS_PLAIN))
		return 0;
	if (memchr(from, '\0', n) != NULL)
		return lull_complain(&place, "a NUL character cannot stand in a text");
	char *copy = take_memory(b->tree, n + 1);
	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, from, n);
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
		lull_feed_advance(&b->feed, place_of(b, event).line);
		int rc = take_event(b, event);
		fy_parser_event_free(parser, event);
		if (rc < 0 || ran_out())
			return rc < 0 ? rc : -ENOMEM;
	}
	if (ran_out())
		return -ENOMEM;
	if (b->feed.stopped > 0) {
		const struct lull_place place = {
			.file = b->file, .line = b->feed.stopped, .column = 1};
		return lull_complain(&place,
			"from here on nothing ends within %u KiB; shorten the text, the comment or "
			"the "
			"brackets",
			LULL_FEED_AHEAD / 1024);
	}
	if (fy_diag_got_error(diag))
		return complain_syntax(b, diag);
	return 0;
}

// Libfyaml dies of some requests that fail (docs/operations.md): when there is not about as much as
// it will take, it is not asked, so that a process without memory can refuse to reload and go on.
static bool has_memory(size_t n)
{
	void *as_much = malloc(PARSER_BYTES + n * PARSER_BYTES_PER_BYTE);
	bool has = as_much != NULL;
	free(as_much);
	return has;
}

int lull_yaml_parse(struct lull_yaml_tree *tree, const char *file, const char *text, size_t n)
{
	struct builder b = {.tree = tree, .file = file};
	struct lull_place whole = {.file = file};
	*tree = (struct lull_yaml_tree){0};
	if (n > LULL_CONFIG_BYTES)
		return lull_complain(&whole, "longer than %u MiB", LULL_CONFIG_BYTES >> 20);
	int rc = lull_feed_start(&b.feed, file, text, n);
	if (rc < 0)
		return rc;
	if (!has_memory(n))
		return -ENOMEM;
	struct fy_diag_cfg diag_cfg;
	fy_diag_cfg_default(&diag_cfg);
	struct fy_diag *diag = fy_diag_create(&diag_cfg);
	if (diag == NULL)
		return -ENOMEM;
	errno = 0;
	fy_diag_set_collect_errors(diag, true);
	struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag};
	struct fy_parser *parser = fy_parser_create(&cfg);
	rc = -ENOMEM;
	if (parser != NULL && fy_parser_set_input_callback(parser, &b.feed, lull_feed_read) == 0)
		rc = parse_events(&b, parser, diag);
	fy_parser_destroy(parser);
	fy_diag_destroy(diag);
	return rc;
}
