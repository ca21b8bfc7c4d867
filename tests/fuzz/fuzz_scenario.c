// SPDX-License-Identifier: BSD-3-Clause
// The scenario parser, and a few packets of whatever it accepts.

#include <lull/synth.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	double packets, bytes;
	struct lull_synth_packet p;
	struct lull_scenario *s = lull_scenario_parse((const char *)data, size, "fuzz");
	if (s == NULL)
		return 0;
	free(lull_scenario_config(s));
	lull_scenario_estimate(s, 100, &packets, &bytes);
	if (packets > 0 && bytes > 0) {
		struct lull_synth *g = lull_synth_create(s, 0);
		for (int i = 0; g != NULL && i < 100 && lull_synth_next(g, &p) == 1; i++)
			;
		lull_synth_destroy(g);
	}
	lull_scenario_destroy(s);
	return 0;
}
