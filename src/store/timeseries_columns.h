// SPDX-License-Identifier: BSD-3-Clause
// Which column of a table is what: told by the user, by the header, or by the first row.

#pragma once

#include "csv.h"
#include <stdbool.h>

#define LULL_NO_COLUMN ((size_t)-1)

enum lull_shape {
	LULL_SHAPE_PAIR, // time, value
	LULL_SHAPE_LONG, // time, series, value
	LULL_SHAPE_WIDE, // time, and a column a series
	LULL_SHAPE_LULL, // what `lull replay --series` writes: target and packets of upstream `all`
			 // and direction `out`
};

struct lull_columns {
	enum lull_shape shape;
	bool header;                // the first record is one
	size_t n;                   // columns of the first record
	size_t time, series, value; // value: not of WIDE
	size_t upstream, direction; // of LULL
	struct lull_csv_field *heads;
};

// first, second: the first two records (second: n 0 when there is none); their fields are copied,
// their texts are not. spec: "TIME,VALUE" or "TIME,SERIES,VALUE", by name or by number from 1, or
// NULL. 0; -EINVAL after a message; -ENOMEM.
int lull_columns_find(struct lull_columns *c, const char *file, const char *spec,
	const struct lull_csv *first, const struct lull_csv *second);
void lull_columns_finish(struct lull_columns *c);
