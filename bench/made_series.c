// SPDX-License-Identifier: BSD-3-Clause
// made_series DIR SEED N: series in the style of two benchmarks, in their formats, with exact
// labels, for `lull eval --tcpd DIR DIR/annotations.json` and `lull eval --nab DIR
// DIR/windows.json`. N sets of every kind. Change points: levels with and without outliers, a
// slope, a season, counts, and what has none (noise, correlated noise, a random walk, growth, a
// season). Spikes, bursts, falls and rises of twelve hours in two weeks of five minutes, over tails
// light and heavy, with days and without. The same seed makes the same bytes.

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <synth/random.h>

#define VALUES 4032 // two weeks of five minutes
#define CHANGES 8

struct made {
	struct lull_random r;
	double x[VALUES];
	size_t n;
	size_t changes[CHANGES], n_changes;
};

static double between(struct lull_random *r, double lo, double hi)
{
	return lo + (hi - lo) * lull_random_uniform(r);
}

static double either(struct lull_random *r)
{
	return lull_random_uniform(r) < 0.5 ? -1.0 : 1.0;
}

// Up to `most` places, apart from each other and from both ends.
static void place_changes(struct made *m, size_t most, size_t apart)
{
	size_t wanted = 1 + lull_random_below(&m->r, (uint32_t)most), at = 0;
	for (size_t i = 0; i < wanted && at + 2 * apart < m->n; i++) {
		size_t room = (m->n - apart - at) / (wanted - i);
		at += apart +
		      (room > apart ? lull_random_below(&m->r, (uint32_t)(room - apart + 1)) : 0);
		if (at + apart < m->n)
			m->changes[m->n_changes++] = at;
	}
}

// AR(1) of variance 1.
static void add_noise(struct made *m, double rho, double by)
{
	double e = lull_random_normal(&m->r);
	for (size_t i = 0; i < m->n; i++) {
		m->x[i] += by * e;
		e = rho * e + sqrt(1.0 - rho * rho) * lull_random_normal(&m->r);
	}
}

static void add_levels(struct made *m, double size)
{
	double level = 0.0;
	size_t next = 0;
	for (size_t i = 0; i < m->n; i++) {
		if (next < m->n_changes && i == m->changes[next]) {
			level += either(&m->r) * size * between(&m->r, 0.7, 1.5);
			next++;
		}
		m->x[i] += level;
	}
}

static void add_season(struct made *m, double by)
{
	for (size_t i = 0; i < m->n; i++)
		m->x[i] += by * lull_random_cos_turns((double)i / 12.0);
}

static void make_levels(struct made *m, double rho)
{
	place_changes(m, CHANGES, m->n / 40 > 6 ? m->n / 40 : 6);
	add_levels(m, lull_random_exp(between(&m->r, lull_random_ln(1.5), lull_random_ln(8.0))));
	add_noise(m, rho, 1.0);
}

static void steps(struct made *m)
{
	make_levels(m, 0.0);
}

static void correlated_steps(struct made *m)
{
	make_levels(m, 0.3);
}

static void outliers(struct made *m)
{
	make_levels(m, 0.0);
	for (size_t i = 0; i < m->n; i++)
		if (lull_random_uniform(&m->r) < 0.02)
			m->x[i] += 12.0 * lull_random_normal(&m->r);
}

static void seasonal_steps(struct made *m)
{
	make_levels(m, 0.0);
	add_season(m, 2.0);
}

static void counts(struct made *m)
{
	make_levels(m, 0.0);
	for (size_t i = 0; i < m->n; i++)
		m->x[i] = floor(lull_random_exp(fmin(fmax(0.3 * m->x[i] + 2.0, -2.0), 8.0)));
}

static void slopes(struct made *m)
{
	double value = 0.0, slope = between(&m->r, -1.0, 1.0);
	size_t next = 0;
	place_changes(m, 2, m->n / 6 + 3);
	for (size_t i = 0; i < m->n; i++) {
		if (next < m->n_changes && i == m->changes[next]) {
			slope = -slope * between(&m->r, 0.3, 1.5);
			next++;
		}
		m->x[i] = value += slope;
	}
	add_noise(m, 0.0, 0.01 * (double)m->n);
}

static void quiet(struct made *m)
{
	add_noise(m, 0.0, 1.0);
}

static void correlated(struct made *m)
{
	add_noise(m, between(&m->r, 0.3, 0.9), 1.0);
}

static void walk(struct made *m)
{
	double value = 0.0;
	for (size_t i = 0; i < m->n; i++)
		m->x[i] = value += lull_random_normal(&m->r);
}

static void growth(struct made *m)
{
	double rate = between(&m->r, 1.0, 3.0) / (double)m->n;
	for (size_t i = 0; i < m->n; i++)
		m->x[i] = lull_random_exp(rate * (double)i) *
			  (1.0 + 0.02 * lull_random_normal(&m->r));
}

static void season(struct made *m)
{
	add_season(m, between(&m->r, 0.2, 2.0));
	add_noise(m, 0.0, 0.1);
}

static const struct kind {
	const char *name;
	void (*make)(struct made *m);
} kinds[] = {{"steps", steps}, {"correlated_steps", correlated_steps}, {"outliers", outliers},
	{"seasonal_steps", seasonal_steps}, {"counts", counts}, {"slopes", slopes},
	{"quiet", quiet}, {"correlated", correlated}, {"walk", walk}, {"growth", growth},
	{"season", season}};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

// One value of a series of five minutes whose level, with its day and its noise, is `level`.
enum tail { TAIL_NORMAL, TAIL_LOG, TAIL_WIDE, TAIL_GAMMA, TAIL_PARETO, TAIL_SPIKES, TAILS };
static const char *const tails[TAILS] = {
	"normal", "log", "wide", "exponential", "pareto", "spikes"};

static double draw(struct lull_random *r, enum tail tail, double level, double e)
{
	switch (tail) {
	case TAIL_NORMAL:
		return fmax(100.0 * level + 5.0 * e, 0.0);
	case TAIL_LOG:
		return 100.0 * level * lull_random_exp(0.6 * e);
	case TAIL_WIDE:
		return 100.0 * level * lull_random_exp(e);
	case TAIL_GAMMA:
		return 100.0 * level * lull_random_exponential(r);
	case TAIL_PARETO:
		return 50.0 * level * lull_random_exp(0.4 * lull_random_exponential(r));
	default:
		return 10.0 + fabs(e) +
		       (lull_random_uniform(r) < 0.01 ? 50.0 + 50.0 * lull_random_exponential(r)
						      : 0.0);
	}
}

static void make_metric(struct made *m, enum tail tail)
{
	static const double days[] = {0.0, 0.3, 0.6}, rhos[] = {0.0, 0.5, 0.9};
	double day = days[lull_random_below(&m->r, 3)], rho = rhos[lull_random_below(&m->r, 3)];
	m->n = VALUES;
	add_noise(m, rho, 1.0);
	for (size_t i = 0; i < m->n; i++) {
		double level = 1.0 + day * lull_random_cos_turns((double)i / 288.0);
		m->x[i] = draw(&m->r, tail, level, m->x[i]);
	}
}

// Something that is told, at a place; before it, two days and a bit.
static void disturb(struct made *m, size_t at)
{
	double mean = 0.0, most = 0.0;
	for (size_t i = at - 600; i < at; i++) {
		mean += m->x[i] / 600.0;
		most = fmax(most, m->x[i]);
	}
	size_t hour = 12, what = lull_random_below(&m->r, 4);
	size_t n = what == 0 ? 1 : what == 1 ? hour : what == 2 ? 4 * hour : 12 * hour;
	double by = between(&m->r, 1.6, 3.0);
	for (size_t i = at; i < at + n; i++)
		m->x[i] = what == 0   ? most * by
			  : what == 1 ? m->x[i] + mean * by
			  : what == 2 ? 0.05 * m->x[i]
				      : 2.2 * m->x[i];
	m->changes[m->n_changes++] = at;
}

static FILE *out(const char *dir, const char *format, ...)
{
	char path[4096], name[256];
	va_list args;
	va_start(args, format);
	vsnprintf(name, sizeof(name), format, args);
	va_end(args);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	FILE *f = fopen(path, "we");
	if (f == NULL) {
		fprintf(stderr, "made_series: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	return f;
}

static void done(FILE *f)
{
	bool bad = ferror(f) != 0;
	bad |= fclose(f) != 0;
	if (bad) {
		fprintf(stderr, "made_series: cannot write\n");
		exit(1);
	}
}

static void write_set(const char *dir, const char *name, size_t at, const struct made *m)
{
	FILE *f = out(dir, "%s_%zu.json", name, at);
	fprintf(f,
		"{\"name\":\"%s_%zu\",\"n_obs\":%zu,\"n_dim\":1,\"series\":[{\"label\":\"V1\","
		"\"raw\":[",
		name, at, m->n);
	for (size_t i = 0; i < m->n; i++)
		fprintf(f, "%s%.9g", i > 0 ? "," : "", m->x[i]);
	fprintf(f, "]}]}\n");
	done(f);
}

// Minutes since 2014-04-01; a month of them.
static void write_time(FILE *f, size_t minutes)
{
	fprintf(f, "2014-04-%02zu %02zu:%02zu:00", 1 + minutes / 1440, minutes / 60 % 24,
		minutes % 60);
}

static void write_metric(const char *dir, const char *name, size_t at, const struct made *m)
{
	FILE *f = out(dir, "%s_%zu.csv", name, at);
	fprintf(f, "timestamp,value\n");
	for (size_t i = 0; i < m->n; i++) {
		write_time(f, 5 * i);
		fprintf(f, ",%.9g\n", m->x[i]);
	}
	done(f);
}

static void make_sets(const char *dir, uint64_t seed, size_t n)
{
	FILE *labels = out(dir, "annotations.json");
	struct made m;
	for (size_t i = 0; i < n * KINDS; i++) {
		const struct kind *kind = &kinds[i % KINDS];
		memset(&m, 0, sizeof(m));
		lull_random_init(&m.r, seed, i);
		m.n = (size_t)lull_random_exp(
			between(&m.r, lull_random_ln(50.0), lull_random_ln(900.0)));
		kind->make(&m);
		write_set(dir, kind->name, i / KINDS, &m);
		fprintf(labels, "%s\"%s_%zu\":{\"1\":[", i > 0 ? ",\n" : "{", kind->name,
			i / KINDS);
		for (size_t k = 0; k < m.n_changes; k++)
			fprintf(labels, "%s%zu", k > 0 ? "," : "", m.changes[k]);
		fprintf(labels, "]}");
	}
	fprintf(labels, "}\n");
	done(labels);
}

static void make_metrics(const char *dir, uint64_t seed, size_t n)
{
	FILE *labels = out(dir, "windows.json");
	struct made m;
	for (size_t i = 0; i < n * TAILS; i++) {
		memset(&m, 0, sizeof(m));
		lull_random_init(&m.r, seed, 1000000 + i);
		make_metric(&m, (enum tail)(i % TAILS));
		for (size_t at = 1000; at < VALUES - 400; at += 1300)
			if (lull_random_uniform(&m.r) < 0.5)
				disturb(&m, at + lull_random_below(&m.r, 280));
		write_metric(dir, tails[i % TAILS], i / TAILS, &m);
		fprintf(labels, "%s\"%s_%zu.csv\":[", i > 0 ? ",\n" : "{", tails[i % TAILS],
			i / TAILS);
		for (size_t k = 0; k < m.n_changes; k++) {
			fprintf(labels, "%s[\"", k > 0 ? "," : "");
			write_time(labels, 5 * (m.changes[k] - 100));
			fprintf(labels, "\",\"");
			write_time(labels, 5 * (m.changes[k] + 100));
			fprintf(labels, "\"]");
		}
		fprintf(labels, "]");
	}
	fprintf(labels, "}\n");
	done(labels);
}

int main(int argc, char **argv)
{
	size_t n = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;
	if (n < 1 || n > 1000) {
		fprintf(stderr,
			"usage: made_series DIR SEED N: N sets (1 to 1000) of every kind\n");
		return 1;
	}
	uint64_t seed = strtoull(argv[2], NULL, 10);
	make_sets(argv[1], seed, n);
	make_metrics(argv[1], seed, n);
	return 0;
}
