// SPDX-License-Identifier: BSD-3-Clause
// Any bytes as a configuration: no crash, no leak, no hang; and what is accepted prints to a text
// that loads and prints the same.

#include "base/config.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lull_config *c = lull_config_load_text("fuzz", (const char *)data, size);
	if (c == NULL)
		return 0;
	int rc = lull_config_check(c);
	char *once = lull_config_print(c);
	struct lull_config *again = lull_config_load_text("again", once, strlen(once));
	if (again == NULL || lull_config_check(again) != rc)
		abort();
	char *twice = lull_config_print(again);
	if (strcmp(once, twice) != 0)
		abort();
	if (rc == 0 && strcmp(c->digest, again->digest) != 0)
		abort();
	free(once);
	free(twice);
	lull_config_destroy(c);
	lull_config_destroy(again);
	return 0;
}
