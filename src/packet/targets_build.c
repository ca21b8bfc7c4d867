// SPDX-License-Identifier: BSD-3-Clause
// From configuration to target set: reads what is named, refuses what cannot be meant, and tells
// where. What prefixes mean together is found later, by overlap.c.

#include "targets_build.h"
#include "bogon.h"
#include "table.h"
#include <errno.h>
#include <lull/log.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMPLAINTS_MAX 20
#define FILES_MAX 65535u

struct filling {
	struct lull_targets *t;
	struct lull_prefix *allow;
	size_t n_allow;
	size_t complaints;
	uint16_t file; // index of the file being read
	bool in_table; // prefixes come from a table, not from a person
	int failed;    // -errno of what is not a matter of content
};

static void say(const struct lull_place *at, const char *what)
{
	const char *file = at->file != NULL ? at->file : "configuration";
	if (at->line == 0)
		lull_log_error("%s: %s", file, what);
	else if (at->column == 0)
		lull_log_error("%s:%u: %s", file, at->line, what);
	else
		lull_log_error("%s:%u:%u: %s", file, at->line, at->column, what);
}

__attribute__((format(printf, 3, 4))) static int complain(
	struct filling *f, const struct lull_place *at, const char *format, ...)
{
	if (f->complaints++ < COMPLAINTS_MAX) {
		char what[1024];
		va_list args;
		va_start(args, format);
		vsnprintf(what, sizeof(what), format, args);
		va_end(args);
		say(at, what);
	}
	return -EINVAL;
}

// From here on prefixes stand in this file.
static int enter_file(struct filling *f, const char *file)
{
	struct lull_targets *t = f->t;
	if (file == NULL)
		file = "configuration";
	if (t->n_files > 0 && strcmp(t->files[f->file], file) == 0)
		return 0;
	for (size_t i = 0; i < t->n_files; i++) {
		if (strcmp(t->files[i], file) == 0) {
			f->file = (uint16_t)i;
			return 0;
		}
	}
	if (t->n_files == FILES_MAX) {
		lull_log_error("%s: more than %u files; join tables", file, FILES_MAX);
		return -E2BIG;
	}
	char **files = realloc(t->files, (t->n_files + 1) * sizeof(*files));
	if (files == NULL)
		return -ENOMEM;
	t->files = files;
	t->files[t->n_files] = strdup(file);
	if (t->files[t->n_files] == NULL)
		return -ENOMEM;
	f->file = (uint16_t)t->n_files++;
	return 0;
}

static bool allowed(const struct filling *f, const struct lull_prefix *p)
{
	for (size_t i = 0; i < f->n_allow; i++)
		if (f->allow[i].len <= p->len && lull_prefix_contains(&f->allow[i], &p->addr))
			return true;
	return false;
}

// A person who writes an IPv4 prefix shorter than /8 means something else; tables of delegations
// sum neighbours up to /6 (32.0.0.0/6, us). IPv6: 2000::/3 is all there is.
static bool too_short(const struct filling *f, const struct lull_prefix *p)
{
	if (p->addr.family == 6)
		return p->len < 3;
	return p->len < (f->in_table ? 6 : 8);
}

static int refuse(struct filling *f, const struct lull_place *at, const struct lull_prefix *p)
{
	const struct lull_bogon *bogon = lull_bogon_find(p);
	if ((bogon == NULL && !too_short(f, p)) || allowed(f, p))
		return 0;
	char text[LULL_ADDR_TEXT];
	lull_prefix_format(p, text);
	if (too_short(f, p))
		return complain(f, at,
			"%s is too large for a target; name its parts, or add it to `allow`", text);
	return complain(f, at,
		"%s is no public address space (%s, %s); remove it, or add it to `allow`", text,
		bogon->use, bogon->rfc);
}

static int add_prefix(struct filling *f, const struct lull_place *at, const struct lull_prefix *p,
	uint32_t target)
{
	struct lull_targets *t = f->t;
	int e = refuse(f, at, p);
	if (e < 0)
		return e;
	if (t->n_prefixes == t->prefixes_cap) {
		size_t cap = t->prefixes_cap == 0 ? 64 : t->prefixes_cap * 2;
		void *prefixes = realloc(t->prefixes, cap * sizeof(*t->prefixes));
		if (prefixes == NULL)
			return -ENOMEM;
		t->prefixes = prefixes;
		t->prefixes_cap = cap;
	}
	struct lull_target_prefix *new = &t->prefixes[t->n_prefixes++];
	memset(new, 0, sizeof(*new));
	new->prefix = *p;
	new->target = target;
	new->line = at->line;
	new->file = f->file;
	return 0;
}

// Id of a name, or 0 after a complaint or a failure.
static uint32_t plant(struct filling *f, const struct lull_place *at, const char *name, size_t len)
{
	const char *wrong = lull_table_name_wrong(name, len);
	if (wrong != NULL) {
		complain(f, at, "%s", wrong);
		return 0;
	}
	uint32_t id = lull_forest_plant(&f->t->forest, name, len);
	if (id != 0)
		return id;
	if (errno == EINVAL)
		complain(f, at, "\"%.*s\" has an empty part or more than %d; name it a/b", (int)len,
			name, LULL_FOREST_DEPTH);
	else if (errno == E2BIG)
		f->failed = complain(f, at, "more than %u names; sum targets up", LULL_TARGETS_MAX);
	else
		f->failed = -errno;
	return 0;
}

static int table_row(void *context, unsigned line, const struct lull_prefix *prefix,
	const char *name, size_t len)
{
	struct filling *f = context;
	struct lull_place at = {.file = f->t->files[f->file], .line = line};
	uint32_t id = plant(f, &at, name, len);
	if (id == 0)
		return f->failed;
	int e = add_prefix(f, &at, prefix, id);
	return e == -EINVAL ? 0 : e;
}

static void table_complain(void *context, unsigned line, const char *what)
{
	struct filling *f = context;
	struct lull_place at = {.file = f->t->files[f->file], .line = line};
	complain(f, &at, "%s", what);
}

static int fill_table(struct filling *f, const struct lull_target_spec *spec)
{
	int e = enter_file(f, spec->table);
	if (e < 0)
		return e;
	size_t before = f->complaints;
	struct lull_table_sink sink = {f, table_row, table_complain};
	f->in_table = true;
	e = lull_table_read(spec->table, &sink);
	f->in_table = false;
	if (e == -EINVAL && f->complaints > before)
		return 0; // counted
	if (e == 0 || e == -ENOMEM)
		return e;
	lull_log_error("%s: %s", spec->table, strerror(-e));
	return e;
}

static int fill_text(struct filling *f, const struct lull_prefix_text *text, uint32_t target)
{
	char why[LULL_TABLE_WHY];
	struct lull_prefix p;
	int e = enter_file(f, text->place.file);
	if (e < 0)
		return e;
	if (lull_table_prefix(text->text, strlen(text->text), &p, why) < 0) {
		complain(f, &text->place, "%s", why);
		return 0;
	}
	e = add_prefix(f, &text->place, &p, target);
	return e == -EINVAL ? 0 : e;
}

static int fill_service(
	struct filling *f, const struct lull_target_spec *spec, const struct lull_service_spec *s)
{
	char name[2 * LULL_NAME_MAX + 2];
	int len = snprintf(name, sizeof(name), "%s/%s", spec->name, s->name);
	uint32_t id = plant(f, &s->prefix.place, name,
		(size_t)len < sizeof(name) ? (size_t)len : sizeof(name) - 1);
	return id == 0 ? f->failed : fill_text(f, &s->prefix, id);
}

static int fill_target(struct filling *f, const struct lull_target_spec *spec)
{
	if (spec->name == NULL)
		return fill_table(f, spec);
	uint32_t id = plant(f, &spec->place, spec->name, strlen(spec->name));
	if (id == 0)
		return f->failed;
	int e = 0;
	for (size_t i = 0; i < spec->n_prefixes && e == 0; i++)
		e = fill_text(f, &spec->prefixes[i], id);
	for (size_t i = 0; i < spec->n_services && e == 0; i++)
		e = fill_service(f, spec, &spec->services[i]);
	return e;
}

static void join(struct filling *f, const struct lull_group_spec *g, const char *member)
{
	struct lull_forest *forest = &f->t->forest;
	uint32_t group = lull_names_find(&forest->names, g->name, strlen(g->name));
	uint32_t id = lull_names_find(&forest->names, member, strlen(member));
	if (id == 0) {
		complain(f, &g->place,
			"group %s: there is no target or group \"%s\"; add it, or "
			"take it out of the members",
			g->name, member);
		return;
	}
	int e = lull_forest_join(forest, id, group);
	if (e == -EEXIST)
		complain(f, &g->place, "group %s: %s is a member of %s already; keep one", g->name,
			member, lull_names_text(&forest->names, forest->parents[id - 1]));
	else if (e == -ELOOP)
		complain(f, &g->place,
			"group %s: with %s in it groups nest in a circle or deeper "
			"than %d; take it out",
			g->name, member, LULL_FOREST_DEPTH);
}

static int fill_groups(struct filling *f, const struct lull_config *config)
{
	struct lull_names *names = &f->t->forest.names;
	for (size_t i = 0; i < config->n_groups; i++) { // all names first: groups hold groups
		const struct lull_group_spec *g = &config->groups[i];
		uint32_t known = names->n;
		uint32_t id = plant(f, &g->place, g->name, strlen(g->name));
		if (id == 0 && f->failed < 0)
			return f->failed;
		if (id != 0 && id <= known)
			complain(f, &g->place,
				"group %s: the name is taken by another target or "
				"group; choose another",
				g->name);
	}
	if (f->complaints > 0)
		return -EINVAL;
	for (size_t i = 0; i < config->n_groups; i++)
		for (size_t k = 0; k < config->groups[i].n_members; k++)
			join(f, &config->groups[i], config->groups[i].members[k]);
	uint32_t deep = config->n_groups > 0 ? lull_forest_too_deep(&f->t->forest) : 0;
	if (deep != 0)
		complain(f, &config->groups[0].place,
			"%s stands under more than %d groups; nest "
			"less",
			lull_names_text(names, deep), LULL_FOREST_DEPTH - 1);
	return 0;
}

static int fill_allow(struct filling *f, const struct lull_config *config)
{
	f->allow = calloc(config->n_allow + 1, sizeof(*f->allow));
	if (f->allow == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < config->n_allow; i++) {
		char why[LULL_TABLE_WHY];
		struct lull_place at = {.file = "allow"};
		if (lull_table_prefix(config->allow[i], strlen(config->allow[i]),
			    &f->allow[f->n_allow], why) < 0)
			complain(f, &at, "%s", why);
		else
			f->n_allow++;
	}
	return 0;
}

static struct lull_place place_of(const struct lull_targets *t, const struct lull_target_prefix *p)
{
	return (struct lull_place){.file = t->files[p->file], .line = p->line};
}

static void complain_conflicts(struct filling *f)
{
	struct lull_targets *t = f->t;
	size_t said = 0;
	for (size_t i = 0; i < t->notes.n; i++) {
		const struct lull_target_note *n = &t->notes.notes[i];
		if (n->kind != LULL_NOTE_CONFLICT)
			continue;
		struct lull_place here = place_of(t, &n->b), there = place_of(t, &n->a);
		char text[LULL_ADDR_TEXT], line[16] = "";
		if (there.line > 0)
			snprintf(line, sizeof(line), ":%u", there.line);
		complain(f, &here, "%s is given to %s here and to %s at %s%s; keep one",
			lull_prefix_format(&n->b.prefix, text),
			lull_names_text(&t->forest.names, n->b.target),
			lull_names_text(&t->forest.names, n->a.target), there.file, line);
		said++;
	}
	f->complaints += t->notes.conflicts - said; // those beyond the notes kept
}

static int fill(struct filling *f, const struct lull_config *config)
{
	int e = fill_allow(f, config);
	for (size_t i = 0; i < config->n_targets && e == 0; i++)
		e = fill_target(f, &config->targets[i]);
	if (e < 0)
		return e;
	e = fill_groups(f, config);
	if (e < 0)
		return e;
	e = lull_overlap_find(f->t->prefixes, &f->t->n_prefixes, &f->t->forest, &f->t->notes);
	if (e < 0)
		return e;
	complain_conflicts(f);
	return 0;
}

int lull_targets_fill(struct lull_targets *t, const struct lull_config *config)
{
	struct filling f = {.t = t};
	int e = fill(&f, config);
	free(f.allow);
	if (f.complaints > COMPLAINTS_MAX)
		lull_log_error("targets: %zu complaints in all, the first %d are shown",
			f.complaints, COMPLAINTS_MAX);
	if (e == 0 && f.complaints > 0)
		e = -EINVAL;
	return e;
}
