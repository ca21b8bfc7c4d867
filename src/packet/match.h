// SPDX-License-Identifier: BSD-3-Clause
// What a match consists of, for those who look things up in it.

#pragma once

#include "match4.h"
#include "match6.h"

#include <lull/match.h>

struct lull_match {
	struct lull_match4 v4;
	struct lull_match6 v6;
};
