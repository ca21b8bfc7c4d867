// SPDX-License-Identifier: BSD-3-Clause
// Accept and Host.

#include "http_request.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#define HOST_MAX 253 // longest name there is (RFC 1035)

// A piece of text that belongs to another.
struct span {
	const char *at;
	size_t len;
};

static bool is(struct span s, const char *word)
{
	return s.len == strlen(word) && strncasecmp(s.at, word, s.len) == 0;
}

static struct span trimmed(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	while (end > at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	return (struct span){at, (size_t)(end - at)};
}

// What stands before the next separator outside of quotes; *p steps over it, to NULL at the end.
static struct span next(const char **p, const char *end, char separator)
{
	const char *at = *p, *c = at;
	bool quoted = false;
	for (; c < end && (quoted || *c != separator); c++) {
		if (quoted && *c == '\\' && c + 1 < end)
			c++;
		else if (*c == '"')
			quoted = !quoted;
	}
	*p = c < end ? c + 1 : NULL;
	return trimmed(at, c);
}

// A weight in thousandths (RFC 9110, 12.4.2: "0.75", at most three digits); -1: none.
static int weight(struct span s)
{
	if (s.len < 1 || s.len > 5 || (s.at[0] != '0' && s.at[0] != '1') ||
		(s.len > 1 && s.at[1] != '.'))
		return -1;
	int q = (s.at[0] - '0') * 1000, unit = 100;
	for (size_t i = 2; i < s.len; i++, unit /= 10) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return -1;
		q += (s.at[i] - '0') * unit;
	}
	return q <= 1000 ? q : -1;
}

// One of the two formats on offer, and what was said of it so far.
struct offer {
	const char *type, *family, *version;
	int q;        // thousandths
	int specific; // 0: nothing said, 1: */*, 2: its family, 3: itself
};

struct range {
	struct span type, version;
	int q;
};

static bool read_range(struct span text, struct range *r)
{
	const char *p = text.at, *end = text.at + text.len;
	*r = (struct range){.type = next(&p, end, ';'), .q = 1000};
	while (p != NULL) {
		struct span parameter = next(&p, end, ';');
		const char *equals = memchr(parameter.at, '=', parameter.len);
		if (equals == NULL)
			continue;
		struct span name = trimmed(parameter.at, equals);
		struct span value = trimmed(equals + 1, parameter.at + parameter.len);
		if (value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"')
			value = (struct span){value.at + 1, value.len - 2};
		if (is(name, "q") && (r->q = weight(value)) < 0)
			return false;
		if (is(name, "version"))
			r->version = value;
	}
	return true;
}

// The most specific range counts; among equals the one that asks for more.
static void consider(struct offer *o, const struct range *r)
{
	int specific = is(r->type, o->type)     ? 3
		       : is(r->type, o->family) ? 2
		       : is(r->type, "*/*")     ? 1
						: 0;
	if (specific == 0 || (r->version.len > 0 && !is(r->version, o->version)))
		return;
	if (specific > o->specific || (specific == o->specific && r->q > o->q)) {
		o->specific = specific;
		o->q = r->q;
	}
}

enum lull_metrics_format lull_http_accept(const char *accept)
{
	struct offer open = {
		"application/openmetrics-text", "application/*", "1.0.0", .q = 0, .specific = 0};
	struct offer text = {"text/plain", "text/*", "0.0.4", .q = 0, .specific = 0};
	if (accept == NULL)
		return LULL_METRICS_TEXT;
	const char *end = accept + strlen(accept);
	for (const char *p = accept; p != NULL;) {
		struct range r;
		if (!read_range(next(&p, end, ','), &r))
			continue;
		consider(&open, &r);
		consider(&text, &r);
	}
	bool named = open.specific == 3 && open.q > 0 && open.q >= text.q;
	return named || open.q > text.q ? LULL_METRICS_OPENMETRICS : LULL_METRICS_TEXT;
}

static bool is_port(const char *text)
{
	unsigned port = 0;
	size_t n = 0;
	for (; text[n] >= '0' && text[n] <= '9' && n < 6; n++)
		port = port * 10 + (unsigned)(text[n] - '0');
	return text[n] == '\0' && port <= 65535;
}

bool lull_http_host_known(const char *host, char *const *hosts, size_t n)
{
	char name[HOST_MAX + 1];
	struct in6_addr address;
	bool bracket = host[0] == '[';
	size_t len = bracket ? strcspn(++host, "]") : strcspn(host, ":");
	const char *rest = host + len + (bracket && host[len] == ']');
	if (len == 0 || len > HOST_MAX || (bracket && host[len] != ']') ||
		(*rest != '\0' && (*rest != ':' || !is_port(rest + 1))))
		return false;
	memcpy(name, host, len);
	name[len] = '\0';
	if (bracket)
		return inet_pton(AF_INET6, name, &address) == 1;
	if (inet_pton(AF_INET, name, &address) == 1 || strcasecmp(name, "localhost") == 0)
		return true;
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(name, hosts[i]) == 0)
			return true;
	return false;
}
