// SPDX-License-Identifier: BSD-3-Clause
// Accept and Host from any bytes. A host that is known must be one however it is cased, and no
// longer be one with a foreign name behind it; an Accept without a comma is read the same twice.

#include "export/http_request.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char name[] = "tap.example", letter[] = "a", *hosts[] = {name, letter};
	char *text = malloc(2 * size + 32);
	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	size_t n = strlen(text);

	enum lull_metrics_format format = lull_http_accept(text);
	memcpy(text + n, ",", 2); // an empty range says nothing
	bool quoted = memchr(text, '"', n) != NULL;
	check(quoted || lull_http_accept(text) == format);
	text[n] = '\0';

	bool known = lull_http_host_known(text, hosts, 2);
	for (size_t i = 0; i < n; i++)
		text[i] = (char)toupper((unsigned char)text[i]);
	check(lull_http_host_known(text, hosts, 2) == known);
	memcpy(text + n, ".evil.example", 14);
	check(!known || !lull_http_host_known(text, hosts, 2));
	free(text);
	return 0;
}
