// SPDX-License-Identifier: BSD-3-Clause
// What the ports may have lost in a bin. Drivers count since their start; the counts are sampled a
// few times a bin, and a bin is charged with all that was lost between the last sample before it
// and the first one after it: too much rather than too little, so that the truth always lies
// within [counted, counted + lost].

#pragma once

#include <lull/bin.h>
#include <lull/ports.h>
#include <stdint.h>

#define LULL_LOSSES_SAMPLES 256 // kept

struct lull_losses_sample {
	uint64_t time_ns;
	struct lull_port_stats stats[LULL_PORTS_MAX];
};

struct lull_losses {
	struct lull_ports *ports;
	size_t n_ports;
	uint64_t every_ns; // between samples
	uint64_t hole_ns;  // so long without one, and a link may have come and gone unseen
	uint64_t n;        // samples taken; the last LULL_LOSSES_SAMPLES are kept
	struct lull_losses_sample samples[LULL_LOSSES_SAMPLES];
	struct lull_port_health bin[LULL_PORTS_MAX]; // of the bin being shown
};

// ports must outlive it. Takes the first sample.
void lull_losses_init(struct lull_losses *h, struct lull_ports *ports, uint64_t bin_ns);
// Take a sample when it is time for one. Analyzer.
void lull_losses_look(struct lull_losses *h, uint64_t now_ns);
// Fill bin->health; it stays valid until the next call. A port that was not asked for long around
// the bin, and cannot tell afterwards whether its link was down, is `stalled`.
void lull_losses_judge(struct lull_losses *h, struct lull_bin *bin, uint64_t now_ns);
// The newest sample of a port.
const struct lull_port_stats *lull_losses_stats(const struct lull_losses *h, size_t port);
