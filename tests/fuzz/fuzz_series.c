// SPDX-License-Identifier: BSD-3-Clause
// Tables of series from any bytes: what is read must lie on grids as promised, and reading it twice
// must give the same. The first byte chooses how.

#include <errno.h>
#include <lull/config.h>
#include <lull/timeseries.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_series(const struct lull_timeseries *s)
{
	check(lull_config_name_problem(s->name) == NULL);
	check(s->n > 0 && s->n <= LULL_TIMESERIES_BINS && s->bin_ns > 0);
	check(s->n <= (UINT64_MAX - s->start_ns) / s->bin_ns);
	for (size_t i = 0; i < s->n; i++)
		check(isfinite(s->value[i]) || isnan(s->value[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const columns[] = {NULL, "1,2", "time,value", "3,1,2"};
	struct lull_timeseries_set one, two;
	if (size < 1)
		return 0;
	struct lull_timeseries_format format = {
		columns[data[0] % 4], data[0] & 4 ? (uint64_t)1 << (data[0] >> 2) : 0};
	const char *text = (const char *)data + 1;
	int e = lull_timeseries_parse(text, size - 1, "fuzz.csv", &format, &one);
	check(e == 0 || e == -EINVAL || e == -ENOMEM);
	check(e == 0 ? one.n > 0 : one.n == 0 && one.items == NULL);
	if (e < 0)
		return 0;
	check(lull_timeseries_parse(text, size - 1, "fuzz.csv", &format, &two) == 0);
	check(one.n == two.n);
	for (size_t i = 0; i < one.n; i++) {
		const struct lull_timeseries *a = &one.items[i], *b = &two.items[i];
		check_series(a);
		check(strcmp(a->name, b->name) == 0 && a->n == b->n);
		check(a->start_ns == b->start_ns && a->bin_ns == b->bin_ns);
	}
	lull_timeseries_free(&one);
	lull_timeseries_free(&two);
	return 0;
}
