// SPDX-License-Identifier: BSD-3-Clause
// Times as tables write them.

#pragma once

#include <stdint.h>

// Read "Y-m-d", "Y-m", either with "H:M[:S[.f]]" after a T or blanks and then "Z", "UTC" or an
// offset ("+03:30", "-0800", "+01"); "/" may stand for "-". Or a number: seconds since the epoch,
// with a fraction; whole numbers of 12 digits or more are ms, of 15 or more us, of 18 or more ns.
// NULL, or what is wrong and what to do.
const char *lull_timeseries_time(const char *text, uint64_t *ns);
