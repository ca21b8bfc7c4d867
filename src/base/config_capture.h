// SPDX-License-Identifier: BSD-3-Clause
// capture and workers of the configuration.

#pragma once

#include "config_read.h"

// By enum lull_capture_kind; NULL-terminated.
extern const char *const lull_capture_names[];

// `into` is the configuration.
lull_read_fn lull_read_capture, lull_read_workers;

// After the keys were read: capture.dpdk.cores and workers are one setting; complain of both.
void lull_read_workers_end(struct lull_reader *r);

// Complain of cores and workers that do not fit the queues.
void lull_config_check_capture(struct lull_reader *r, const struct lull_config *c);
