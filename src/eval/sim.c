// SPDX-License-Identifier: BSD-3-Clause
// Simulated series: the level piece by piece, counts bin by bin.

#include "sim.h"

#include "chance.h"
#include "happen.h"
#include <errno.h>
#include <lull/time.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#define HOUR_NS (3600 * LULL_NS_PER_SECOND)
#define DAY_NS (24 * HOUR_NS)
#define PIECE_NS (60 * LULL_NS_PER_SECOND) // the day's curve moves by 0.5 % in it

// Streams of one seed: what happens does not depend on how busy the link is.
enum {
	STREAM_OUTAGES,
	STREAM_FLOODS,
	STREAM_MISSING,
	STREAM_HOLES,
	STREAM_HOLIDAYS,
	STREAM_NOISE,
	STREAM_COUNTS
};

struct lull_sim_spec lull_sim_defaults(void)
{
	return (struct lull_sim_spec){
		.lambda = 10,
		.phi = 1,
		.peak_hours = 14,
		.weekend = 1,
		.growth = 1,
		.memory_ns = 1200 * LULL_NS_PER_SECOND,
		.bin_ns = LULL_NS_PER_SECOND,
		.start_ns = LULL_SIM_START,
		.weeks = 1,
		.outages = {.lo_ns = 60 * LULL_NS_PER_SECOND, .hi_ns = 6 * HOUR_NS},
		.settle_ns = DAY_NS,
		.floods = {0, 60 * LULL_NS_PER_SECOND, HOUR_NS, 3, 3},
		.missing = {0, 60 * LULL_NS_PER_SECOND, 60 * LULL_NS_PER_SECOND, 0, 0},
		.holes = {0, DAY_NS, 3 * DAY_NS, 0, 0},
		.holidays = {0, 0, 0, 0.5, 0.5},
	};
}

size_t lull_sim_bins(const struct lull_sim_spec *spec)
{
	return (size_t)(spec->weeks * (double)LULL_SIM_WEEK_NS / (double)spec->bin_ns);
}

static const char *kind_wrong(const struct lull_sim_spec *spec, const struct lull_sim_kind *kind)
{
	if (!(kind->per_week >= 0) || !(kind->lo >= 0) || !(kind->hi >= kind->lo) ||
		!(kind->hi <= 1e6) || kind->hi_ns < kind->lo_ns ||
		kind->hi_ns > 520 * LULL_SIM_WEEK_NS)
		return "a range is upside down or out of bounds";
	if (!(kind->per_week * spec->weeks <= LULL_HAPPENINGS))
		return "more than 100,000 things of a kind happen";
	return NULL;
}

const char *lull_sim_wrong(const struct lull_sim_spec *spec)
{
	const struct lull_sim_kind *kinds[] = {
		&spec->outages, &spec->floods, &spec->missing, &spec->holes, &spec->holidays};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *wrong = kind_wrong(spec, kinds[i]);
		if (wrong != NULL)
			return wrong;
	}
	if (!(spec->lambda >= 0 && spec->lambda <= 1e7) || !(spec->sigma >= 0 && spec->sigma <= 3))
		return "lambda or sigma is out of bounds";
	if (!(spec->phi >= 1 && spec->phi <= LULL_CHANCE_PHI_MAX))
		return "phi is out of bounds";
	if (!(spec->diurnal >= 0 && spec->diurnal <= 1) ||
		!(spec->weekend >= 0 && spec->weekend <= 100))
		return "the day or the week is out of bounds";
	if (!(spec->growth >= 0.1 && spec->growth <= 10) || !(fabs(spec->peak_hours) <= 48))
		return "growth or peak is out of bounds";
	if (spec->start_ns > UINT64_C(1) << 62 || spec->settle_ns > UINT64_C(1) << 62)
		return "start or settle is out of bounds";
	if (spec->bin_ns < 1000000 || spec->bin_ns > LULL_SIM_WEEK_NS || spec->memory_ns == 0)
		return "bin or memory is out of bounds";
	if (!(spec->weeks > 0 && spec->weeks <= 520) ||
		!(fabs(spec->weeks * lull_random_ln(spec->growth)) <= 30))
		return "too many weeks, or too much growth in them";
	if (spec->weeks * (double)LULL_SIM_WEEK_NS / (double)spec->bin_ns >
		(double)LULL_TIMESERIES_BINS)
		return "too many bins";
	if (lull_sim_bins(spec) == 0)
		return "not one bin";
	if (spec->outages.hi > 1)
		return "an outage leaves more than everything";
	return NULL;
}

// The day and the week, at a time: mean 1 over a working day.
static double shape(const struct lull_sim_spec *spec, uint64_t ns)
{
	double s = 1;
	if (spec->diurnal > 0) {
		double turns = (double)(ns % DAY_NS) / (double)DAY_NS - spec->peak_hours / 24;
		s += spec->diurnal * lull_random_cos_turns(turns);
	}
	uint64_t weekday = (ns / DAY_NS + 3) % 7; // the epoch was a Thursday; Monday is 0
	return weekday >= 5 ? s * spec->weekend : s;
}

static double growth(const struct lull_sim_spec *spec, uint64_t ns)
{
	double weeks = (double)(ns - spec->start_ns) / (double)LULL_SIM_WEEK_NS;
	return spec->growth == 1 ? 1 : lull_random_exp(weeks * lull_random_ln(spec->growth));
}

// A bin's share of [start, end) multiplied by factor.
static double changed(const struct lull_happening *h, uint64_t bin, uint64_t bin_ns)
{
	uint64_t from = h->start_ns > bin ? h->start_ns : bin;
	uint64_t to = h->end_ns < bin + bin_ns ? h->end_ns : bin + bin_ns;
	if (to <= from)
		return 1;
	return 1 + (h->factor - 1) * ((double)(to - from) / (double)bin_ns);
}

struct maker {
	const struct lull_sim_spec *spec;
	struct lull_chance chance;
	struct lull_random noise, counts;
	double x, keep, fresh; // the log level; what of it a piece keeps, and adds
	const struct lull_happenings *happenings;
	size_t past; // happenings before this one are over
};

// The level of the next piece.
static double noise(struct maker *m)
{
	double sigma = m->spec->sigma;
	if (sigma <= 0)
		return 1;
	double z = lull_random_normal(&m->noise);
	m->x = m->keep * m->x + m->fresh * z;
	return lull_random_exp(m->x - sigma * sigma / 2);
}

// Does anything happen in [start, end)?
static bool eventful(struct maker *m, uint64_t start, uint64_t end)
{
	const struct lull_happenings *h = m->happenings;
	while (m->past < h->n && h->items[m->past].end_ns <= start)
		m->past++;
	return m->past < h->n && h->items[m->past].start_ns < end;
}

static void draw_eventful(struct maker *m, double mean, double *value, size_t n, uint64_t bin)
{
	uint64_t bin_ns = m->spec->bin_ns;
	struct lull_chance_law law;
	for (size_t i = 0; i < n; i++, bin += bin_ns) {
		double factor = 1;
		for (size_t j = m->past; j < m->happenings->n; j++) {
			if (m->happenings->items[j].start_ns >= bin + bin_ns)
				break;
			factor *= changed(&m->happenings->items[j], bin, bin_ns);
		}
		lull_chance_law(&m->chance, mean * factor, &law);
		value[i] = lull_chance_draw(&m->chance, &law, &m->counts);
	}
}

static void draw(struct maker *m, struct lull_timeseries *s, size_t piece)
{
	const struct lull_sim_spec *spec = m->spec;
	double bin_s = (double)spec->bin_ns / 1e9;
	struct lull_chance_law law;
	for (size_t i = 0; i < s->n; i += piece) {
		size_t n = s->n - i < piece ? s->n - i : piece;
		uint64_t start = s->start_ns + i * s->bin_ns, end = start + n * s->bin_ns;
		uint64_t middle = start + (end - start) / 2;
		double mean = spec->lambda * bin_s * shape(spec, middle) * growth(spec, middle);
		mean *= noise(m);
		if (eventful(m, start, end)) {
			draw_eventful(m, mean, s->value + i, n, start);
			continue;
		}
		lull_chance_law(&m->chance, mean, &law);
		for (size_t j = i; j < i + n; j++)
			s->value[j] = lull_chance_draw(&m->chance, &law, &m->counts);
	}
}

static int make_counts(struct lull_sim *sim, const struct lull_sim_spec *spec,
	const struct lull_happenings *h, uint64_t seed)
{
	struct maker m = {.spec = spec, .happenings = h};
	if (lull_chance_init(&m.chance, spec->phi) < 0)
		return -ENOMEM;
	lull_random_init(&m.noise, seed, STREAM_NOISE);
	lull_random_init(&m.counts, seed, STREAM_COUNTS);
	uint64_t piece_ns = PIECE_NS;
	if (spec->sigma > 0 && spec->memory_ns / 64 < piece_ns)
		piece_ns = spec->memory_ns / 64;
	size_t piece = piece_ns > spec->bin_ns ? (size_t)(piece_ns / spec->bin_ns) : 1;
	double steps = (double)piece * (double)spec->bin_ns / (double)spec->memory_ns;
	m.keep = steps < 700 ? lull_random_exp(-steps) : 0;
	m.fresh = spec->sigma * sqrt(1 - m.keep * m.keep);
	m.x = spec->sigma * lull_random_normal(&m.noise); // stationary from the start
	draw(&m, &sim->series, piece);
	lull_chance_finish(&m.chance);
	return 0;
}

static int make_truths(struct lull_sim *sim, const struct lull_sim_spec *spec,
	const struct lull_happenings *outages)
{
	sim->truths = calloc(outages->n + 1, sizeof(*sim->truths));
	sim->rates = calloc(outages->n + 1, sizeof(*sim->rates));
	if (sim->truths == NULL || sim->rates == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < outages->n; i++) {
		const struct lull_happening *o = &outages->items[i];
		if (o->factor >= 1)
			continue; // everything remains: nothing to be found
		sim->truths[sim->n_truths] = (struct lull_truth){
			.start_ns = o->start_ns, .end_ns = o->end_ns, .lost = 1 - o->factor};
		sim->rates[sim->n_truths++] =
			spec->lambda * shape(spec, o->start_ns) * growth(spec, o->start_ns);
	}
	return 0;
}

// Rows that are not there: whole bins, at least one each.
static int make_missing(struct lull_sim *sim, const struct lull_sim_spec *spec,
	const struct lull_sim_kind *kind, uint64_t seed, uint64_t stream)
{
	struct lull_happenings h = {0};
	struct lull_random r;
	struct lull_timeseries *s = &sim->series;
	lull_random_init(&r, seed, stream);
	int rc = lull_happen_often(&h, spec, kind, &r);
	for (size_t i = 0; rc == 0 && i < h.n; i++) {
		size_t first = (size_t)((h.items[i].start_ns - s->start_ns) / s->bin_ns);
		size_t n = (size_t)((h.items[i].end_ns - h.items[i].start_ns) / s->bin_ns);
		for (size_t j = first; j < s->n && j < first + (n > 0 ? n : 1); j++)
			s->value[j] = NAN;
	}
	lull_happen_finish(&h);
	return rc;
}

static int make_happenings(struct lull_sim *sim, const struct lull_sim_spec *spec,
	struct lull_happenings *h, uint64_t seed)
{
	struct lull_random r;
	lull_random_init(&r, seed, STREAM_OUTAGES);
	int rc = lull_happen_outages(h, spec, &r);
	if (rc == 0)
		rc = make_truths(sim, spec, h);
	lull_random_init(&r, seed, STREAM_FLOODS);
	if (rc == 0)
		rc = lull_happen_often(h, spec, &spec->floods, &r);
	lull_random_init(&r, seed, STREAM_HOLIDAYS);
	if (rc == 0)
		rc = lull_happen_holidays(h, spec, &r);
	return rc == 0 ? lull_happen_sort(h) : rc;
}

int lull_sim_make(struct lull_sim *sim, const struct lull_sim_spec *spec, uint64_t seed)
{
	*sim = (struct lull_sim){0};
	if (lull_sim_wrong(spec) != NULL)
		return -EINVAL;
	struct lull_timeseries *s = &sim->series;
	struct lull_happenings h = {0};
	s->start_ns = spec->start_ns;
	s->bin_ns = spec->bin_ns;
	s->n = lull_sim_bins(spec);
	s->value = malloc(s->n * sizeof(*s->value));
	int rc = s->value == NULL ? -ENOMEM : make_happenings(sim, spec, &h, seed);
	if (rc == 0)
		rc = make_counts(sim, spec, &h, seed);
	if (rc == 0)
		rc = make_missing(sim, spec, &spec->missing, seed, STREAM_MISSING);
	if (rc == 0)
		rc = make_missing(sim, spec, &spec->holes, seed, STREAM_HOLES);
	lull_happen_finish(&h);
	return rc;
}

void lull_sim_finish(struct lull_sim *sim)
{
	free(sim->series.name);
	free(sim->series.value);
	free(sim->truths);
	free(sim->rates);
	*sim = (struct lull_sim){0};
}
