// SPDX-License-Identifier: BSD-3-Clause
// Readers of the keys that hold lists of things; `into` is the configuration.

#pragma once

#include "config_read.h"

lull_read_fn lull_read_targets, lull_read_groups, lull_read_upstreams, lull_read_allow;
