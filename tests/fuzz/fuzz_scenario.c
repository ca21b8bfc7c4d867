// SPDX-License-Identifier: BSD-3-Clause
// The scenario parser, and a few packets of whatever it accepts.

#include <lull/synth.h>
#include <stdint.h>
#include <stdlib.h>
#include <synth/scenario.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Populations are made before the first packet: large ones are right and slow.
static bool is_small(const struct lull_scenario *s)
{
	uint64_t n = s->background.flows;
	for (size_t i = 0; i < s->n_nodes; i++)
		n += (uint64_t)s->nodes[i].sources + s->nodes[i].peers;
	return n < 20000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	double packets, bytes;
	struct lull_synth_packet p;
	struct lull_scenario *s = lull_scenario_parse((const char *)data, size, "fuzz");
	if (s == NULL)
		return 0;
	free(lull_scenario_config(s));
	lull_scenario_estimate(s, 100, &packets, &bytes);
	if (packets > 0 && bytes > 0 && is_small(s)) {
		struct lull_synth *g = lull_synth_create(s, 0);
		for (int i = 0; g != NULL && i < 100 && lull_synth_next(g, &p) == 1; i++)
			;
		lull_synth_destroy(g);
	}
	lull_scenario_destroy(s);
	return 0;
}
