// SPDX-License-Identifier: BSD-3-Clause
// Which arguments of DPDK's environment a configuration may give.

#pragma once

// What is wrong with one argument of capture.dpdk.eal, and what to do; NULL: nothing. before: the
// argument before it, or NULL.
const char *lull_eal_problem(const char *argument, const char *before);
