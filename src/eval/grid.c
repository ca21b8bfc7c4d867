// SPDX-License-Identifier: BSD-3-Clause
// Grids from YAML: the tables of keys, the limits, and the product of the axes.

#include "grid.h"

#include "base/config_value.h"
#include "chance.h"
#include "synth/scene.h"
#include <errno.h>
#include <lull/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define FILE_MAX (1u << 20)
#define WEEKS_S (520.0 * 604800)

// Reads one value after the other of a list; a single value is a list of one.
typedef void read_one_fn(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst);

static void read_list(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, struct lull_grid_axis *axis, read_one_fn *one)
{
	const struct lull_yaml_item *at = NULL;
	const struct lull_yaml *child = node;
	axis->n = 0;
	if (node->kind != LULL_YAML_LIST) {
		axis->n = 1;
		one(r, node, key, &axis->values[0]);
		return;
	}
	while ((child = lull_scene_next(node, &at)) != NULL) {
		if (axis->n == LULL_GRID_VALUES) {
			lull_scene_complain(
				r, child, "%s: more than %d values", key->name, LULL_GRID_VALUES);
			return;
		}
		one(r, child, key, &axis->values[axis->n++]);
	}
	if (axis->n == 0)
		lull_scene_complain(r, node, "%s: an empty list", key->name);
}

// "10/s", "1/min", "3/h" or packets per second as a number.
static void read_rate(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = {{"", 1}, {"/s", 1}, {"/min", 60}, {"/m", 60}, {"/h", 3600}, {"/d", 86400}};
	const char *text = lull_scene_text(r, node);
	char number[LULL_VALUE_TEXT];
	double v;
	if (text == NULL)
		return;
	size_t n = strcspn(text, "/"), u = 0;
	while (u < COUNT(units) && strcmp(text + n, units[u].name) != 0)
		u++;
	snprintf(number, sizeof(number), "%.*s", n < sizeof(number) ? (int)n : 0, text);
	if (u == COUNT(units) || lull_number_parse(number, &v) < 0) {
		lull_scene_complain(
			r, node, "%s: \"%s\" is not a rate such as 10/s or 1/min", key->name, text);
		return;
	}
	v /= units[u].seconds;
	if (v < key->lo || v > key->hi)
		lull_scene_complain(r, node, "%s: %s is outside %.15g/s .. %.15g/s", key->name,
			text, key->lo, key->hi);
	else
		*(double *)dst = v;
}

static void read_rates(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst)
{
	read_list(r, node, key, dst, read_rate);
}

static void read_numbers(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst)
{
	read_list(r, node, key, dst, lull_scene_double);
}

// One value, or two: from, to.
static bool read_pair(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *lo, void *hi, read_one_fn *one)
{
	if (node->kind != LULL_YAML_LIST) {
		one(r, node, key, lo);
		return false;
	}
	if (node->n != 2) {
		lull_scene_complain(r, node, "%s: one value, or two: [from, to]", key->name);
		return false;
	}
	one(r, node->first->value, key, lo);
	one(r, node->first->next->value, key, hi);
	return true;
}

static void read_length(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst)
{
	struct lull_sim_kind *kind = dst;
	if (!read_pair(r, node, key, &kind->lo_ns, &kind->hi_ns, lull_scene_duration))
		kind->hi_ns = kind->lo_ns;
	else if (kind->hi_ns < kind->lo_ns)
		lull_scene_complain(r, node, "%s: the second is shorter than the first", key->name);
}

static void read_factor(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst)
{
	struct lull_sim_kind *kind = dst;
	if (!read_pair(r, node, key, &kind->lo, &kind->hi, lull_scene_double))
		kind->hi = kind->lo;
	else if (kind->hi < kind->lo)
		lull_scene_complain(r, node, "%s: the second is less than the first", key->name);
}

#define KIND(field) offsetof(struct lull_sim_kind, field)
static const struct lull_scene_key kind_keys[] = {
	{"per_week", lull_scene_double, KIND(per_week), 0, 1e5},
	{"length", read_length, 0, 0, WEEKS_S},
	{"factor", read_factor, 0, 0, 1e6},
};

static void read_kind(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst)
{
	// outages and what is missing have no factor, holidays no length
	static const struct lull_scene_key holiday_keys[] = {
		{"per_week", lull_scene_double, KIND(per_week), 0, 7},
		{"factor", read_factor, 0, 0, 100},
	};
	bool flood = strcmp(key->name, "floods") == 0;
	if (strcmp(key->name, "holidays") == 0)
		lull_scene_map(r, node, holiday_keys, COUNT(holiday_keys), dst);
	else
		lull_scene_map(r, node, kind_keys, flood ? 3 : 2, dst);
}

static void read_name(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst)
{
	char *name = dst;
	const char *text = lull_scene_text(r, node);
	size_t max = sizeof(((struct lull_grid *)NULL)->name);
	if (text == NULL)
		return;
	bool fine = *text != '\0' && strlen(text) < max;
	for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++)
		fine = fine && *c >= 0x20 && *c != 0x7f;
	if (!fine)
		lull_scene_complain(r, node, "%s: 1 to %zu printable bytes", key->name, max - 1);
	else
		snprintf(name, max, "%s", text);
}

static void read_budget(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst)
{
	double per_day;
	const char *text = lull_scene_text(r, node);
	if (text == NULL)
		return;
	if (lull_budget_parse(text, &per_day) < 0 || per_day > 1e6)
		lull_scene_complain(
			r, node, "%s: \"%s\" is not a budget such as 1/month", key->name, text);
	else
		*(double *)dst = per_day;
}

static void read_coverage(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst)
{
	struct lull_reach *reach = dst;
	if (!read_pair(r, node, key, &reach->coverage_lo, &reach->coverage_hi, lull_scene_double))
		reach->coverage_hi = 1;
}

static void read_reach(struct lull_scene *r, const struct lull_yaml *node,
	const struct lull_scene_key *key, void *dst)
{
#define REACH(field) offsetof(struct lull_reach, field)
	static const struct lull_scene_key keys[] = {
		{"delay", lull_scene_duration, REACH(delay_ns), 0.001, WEEKS_S},
		{"within", lull_scene_duration, REACH(within_ns), 0.001, WEEKS_S},
		{"found", lull_scene_double, REACH(found), 0, 1},
		{"ratio", lull_scene_double, REACH(ratio), 0.01, 1000},
		{"coverage", read_coverage, 0, 0, 1},
	};
	struct lull_reach *reach = dst;
	(void)key;
	lull_scene_map(r, node, keys, COUNT(keys), reach);
	if ((reach->found > 0) != (reach->within_ns > 0))
		lull_scene_complain(r, node, "found and within go together: so many, so soon");
}

#define GRID(field) offsetof(struct lull_grid, field)
#define AXIS(name) offsetof(struct lull_grid, axes[LULL_GRID_##name])
static const struct lull_scene_key grid_keys[] = {
	{"name", read_name, GRID(name), 0, 0},
	{"lambda", read_rates, AXIS(LAMBDA), 0, 1e7},
	{"phi", read_numbers, AXIS(PHI), 1, LULL_CHANCE_PHI_MAX},
	{"sigma", read_numbers, AXIS(SIGMA), 0, 3},
	{"diurnal", read_numbers, AXIS(DIURNAL), 0, 1},
	{"remains", read_numbers, AXIS(REMAINS), 0, 1},
	{"memory", lull_scene_duration, GRID(base.memory_ns), 0.001, WEEKS_S},
	{"peak", lull_scene_double, GRID(base.peak_hours), 0, 24},
	{"weekend", lull_scene_double, GRID(base.weekend), 0, 100},
	{"growth", lull_scene_double, GRID(base.growth), 0.1, 10},
	{"bin", lull_scene_duration, GRID(base.bin_ns), 0.001, 604800},
	{"start", lull_scene_time, GRID(base.start_ns), 0, 0},
	{"weeks", lull_scene_double, GRID(base.weeks), 1e-6, 520},
	{"settle", lull_scene_duration, GRID(base.settle_ns), 0, WEEKS_S},
	{"outages", read_kind, GRID(base.outages), 0, 0},
	{"floods", read_kind, GRID(base.floods), 0, 0},
	{"missing", read_kind, GRID(base.missing), 0, 0},
	{"holes", read_kind, GRID(base.holes), 0, 0},
	{"holidays", read_kind, GRID(base.holidays), 0, 0},
	{"series", lull_scene_uint32, GRID(series), 1, 1000000},
	{"seed", lull_scene_uint64, GRID(seed), 0, 0},
	{"budget", read_budget, GRID(budget_per_day), 0, 0},
	{"watched", lull_scene_double, GRID(watched), 1, 1e12},
	{"reach", read_reach, GRID(reach), 0, 0},
};

static struct lull_grid grid_defaults(void)
{
	struct lull_grid g = {
		.name = "grid", .base = lull_sim_defaults(), .seed = 1, .series = 1, .watched = 1};
	for (size_t a = 0; a < LULL_GRID_AXES; a++)
		g.axes[a].n = 1;
	g.axes[LULL_GRID_LAMBDA].values[0] = g.base.lambda;
	g.axes[LULL_GRID_PHI].values[0] = g.base.phi;
	return g;
}

size_t lull_grid_cells(const struct lull_grid *g)
{
	size_t n = 1;
	for (size_t a = 0; a < LULL_GRID_AXES; a++)
		n *= g->axes[a].n;
	return n;
}

struct lull_sim_spec lull_grid_cell(const struct lull_grid *g, size_t cell)
{
	double v[LULL_GRID_AXES];
	for (size_t a = LULL_GRID_AXES; a-- > 0; cell /= g->axes[a].n)
		v[a] = g->axes[a].values[cell % g->axes[a].n];
	struct lull_sim_spec spec = g->base;
	spec.lambda = v[LULL_GRID_LAMBDA];
	spec.phi = v[LULL_GRID_PHI];
	spec.sigma = v[LULL_GRID_SIGMA];
	spec.diurnal = v[LULL_GRID_DIURNAL];
	spec.outages.lo = spec.outages.hi = v[LULL_GRID_REMAINS];
	return spec;
}

uint64_t lull_grid_seed(const struct lull_grid *g, size_t cell, uint32_t series)
{
	return lull_random_mix(g->seed ^ lull_random_mix((uint64_t)cell << 32 | series));
}

// What no single key can tell; only once every key is fine by itself.
static void check_grid(
	struct lull_scene *r, const struct lull_yaml *node, const struct lull_grid *g)
{
	if (r->errors > 0)
		return;
	size_t n = lull_grid_cells(g); // at most 32^5
	if (n > LULL_GRID_CELLS) {
		lull_scene_complain(r, node, "%zu cells: at most %d", n, LULL_GRID_CELLS);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		struct lull_sim_spec spec = lull_grid_cell(g, i);
		const char *wrong = lull_sim_wrong(&spec);
		if (wrong != NULL) {
			lull_scene_complain(r, node, "\"%s\": %s", g->name, wrong);
			return;
		}
	}
}

static void add_grid(struct lull_scene *r, struct lull_grids *g, const struct lull_yaml *node,
	const struct lull_grid *from)
{
	if (g->n == LULL_GRIDS) {
		lull_scene_complain(r, node, "more than %d grids", LULL_GRIDS);
		return;
	}
	struct lull_grid *grown = lull_scene_push(r, g->items, &g->n, sizeof(*grown));
	if (grown == NULL)
		return;
	g->items = grown;
	struct lull_grid *grid = &grown[g->n - 1];
	*grid = *from;
	if (node->kind == LULL_YAML_MAP) // the loudest mistake first
		lull_scene_map(r, node, grid_keys, COUNT(grid_keys), grid);
	else
		lull_scene_complain(r, node, "a grid is a mapping: {lambda: 10/s, ...}");
	check_grid(r, node, grid);
}

static const struct lull_yaml *find(const struct lull_yaml *map, const char *name)
{
	for (const struct lull_yaml_item *i = map->first; i != NULL; i = i->next)
		if (i->key->kind == LULL_YAML_TEXT && strcmp(i->key->text, name) == 0)
			return i->value;
	return NULL;
}

static void read_grids(struct lull_scene *r, struct lull_grids *g, const struct lull_yaml *root)
{
	struct file {
		const struct lull_yaml *defaults, *grids;
	} file = {NULL, NULL};
	static const struct lull_scene_key keys[] = {
		{"defaults", lull_scene_node, offsetof(struct file, defaults), 0, 0},
		{"grids", lull_scene_node, offsetof(struct file, grids), 0, 0},
	};
	struct lull_grid defaults = grid_defaults();
	if (root == NULL || root->kind != LULL_YAML_MAP) {
		lull_scene_complain(r, root, "expected a grid: keys such as lambda, phi, series");
		return;
	}
	if (find(root, "grids") == NULL) {
		add_grid(r, g, root, &defaults);
		return;
	}
	lull_scene_map(r, root, keys, COUNT(keys), &file);
	if (file.defaults != NULL)
		lull_scene_map(r, file.defaults, grid_keys, COUNT(grid_keys), &defaults);
	if (file.grids == NULL || file.grids->kind != LULL_YAML_LIST || file.grids->n == 0) {
		lull_scene_complain(r, file.grids, "grids: expected a list of grids");
		return;
	}
	const struct lull_yaml_item *at = NULL;
	const struct lull_yaml *child;
	while ((child = lull_scene_next(file.grids, &at)) != NULL)
		add_grid(r, g, child, &defaults);
}

int lull_grids_parse(struct lull_grids *g, const char *text, size_t n, const char *file)
{
	struct lull_scene r = {.file = file};
	struct lull_yaml_tree tree = {0};
	*g = (struct lull_grids){0};
	int rc = lull_yaml_parse(&tree, file, text, n);
	if (rc == 0)
		read_grids(&r, g, tree.root);
	lull_yaml_finish(&tree);
	if (rc < 0)
		return rc;
	if (r.errors > LULL_SCENE_COMPLAINTS)
		lull_log_error("%s: %u more mistakes", file, r.errors - LULL_SCENE_COMPLAINTS);
	if (r.no_memory)
		return -ENOMEM;
	return r.errors > 0 ? -EINVAL : 0;
}

int lull_grids_read(struct lull_grids *g, const char *path)
{
	*g = (struct lull_grids){0};
	FILE *f = fopen(path, "rb");
	char *text = malloc(FILE_MAX + 1);
	int rc = 0;
	if (f == NULL)
		rc = -errno;
	else if (text == NULL)
		rc = -ENOMEM;
	size_t n = rc == 0 ? fread(text, 1, FILE_MAX + 1, f) : 0;
	if (rc == 0 && ferror(f))
		rc = -EIO;
	if (rc == 0 && n > FILE_MAX)
		rc = -EFBIG;
	if (rc < 0)
		lull_log_error("%s: %s", path, strerror(-rc));
	else
		rc = lull_grids_parse(g, text, n, path);
	if (f != NULL)
		fclose(f);
	free(text);
	return rc;
}

void lull_grids_free(struct lull_grids *g)
{
	free(g->items);
	*g = (struct lull_grids){0};
}
