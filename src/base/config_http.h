// SPDX-License-Identifier: BSD-3-Clause
// http, state and user of the configuration.

#pragma once

#include "config_read.h"

#define LULL_LISTEN_MAX 16 // addresses listened on

// http: `into` is the configuration; the others read into their field.
lull_read_fn lull_read_http, lull_read_state, lull_read_user;

// Read one key of http ("listen", "hosts", "series_max"), as given on a command line.
void lull_read_http_key(struct lull_reader *r, const struct lull_yaml *map);

// The addresses listened on unless configured: loopback, both families. False: out of memory.
bool lull_config_listen_loopback(struct lull_config *c);
