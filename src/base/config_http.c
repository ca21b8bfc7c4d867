// SPDX-License-Identifier: BSD-3-Clause
// http, state, user: who is told of a live run, where it keeps its memory, whom it becomes. Whether
// addresses can be bound and users exist is left to the run.

#include "config_http.h"
#include "config_keys.h"
#include "config_value.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define HOST_BYTES 253 // RFC 1035, 2.3.4, as text
#define USER_BYTES 32  // useradd(8)

void lull_config_free_http(struct lull_config *c)
{
	lull_texts_free(&c->http.listen, &c->http.n_listen);
	lull_texts_free(&c->http.hosts, &c->http.n_hosts);
}

bool lull_config_listen_loopback(struct lull_config *c)
{
	static const char *const loopback[] = {"127.0.0.1:11753", "[::1]:11753"};
	c->http.listen = calloc(COUNT(loopback), sizeof(*c->http.listen));
	for (size_t i = 0; i < COUNT(loopback) && c->http.listen != NULL; i++) {
		c->http.listen[i] = strdup(loopback[i]);
		if (c->http.listen[i] == NULL)
			return false;
		c->http.n_listen++;
	}
	return c->http.listen != NULL;
}

static char *read_address(
	struct lull_reader *r, const struct lull_key *key, const struct lull_yaml *value)
{
	char out[LULL_VALUE_TEXT];
	int rc = lull_listen_parse(value->text, out);
	if (rc == 0)
		return lull_read_copy(r, out);
	if (rc == -ERANGE)
		lull_reader_complain(r, &value->place, "%s: '%.64s': ports go up to 65535",
			key->name, value->text);
	else
		lull_reader_complain(r, &value->place,
			"%s: '%.64s' is not an address and a port; write one such as "
			"\"127.0.0.1:11753\" or \"[::1]:11753\" (port 0: any free one)",
			key->name, value->text);
	return NULL;
}

// off, one address, or a list of them; the same one twice could not be bound.
static void read_listen(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_http_config *http = into;
	if (value->kind == LULL_YAML_TEXT && strcmp(value->text, "off") == 0) {
		lull_texts_free(&http->listen, &http->n_listen);
		return;
	}
	lull_read_texts(r, key, value, read_address, &http->listen, &http->n_listen);
	if (http->n_listen > LULL_LISTEN_MAX) {
		lull_reader_complain(r, &value->place, "%s: %zu addresses; %d at most", key->name,
			http->n_listen, LULL_LISTEN_MAX);
		return;
	}
	for (size_t i = 0; i < http->n_listen; i++) {
		const char *port = strrchr(http->listen[i], ':');
		for (size_t j = 0; j < i && strcmp(port, ":0") != 0; j++) {
			if (strcmp(http->listen[i], http->listen[j]) == 0)
				lull_reader_complain(r, &value->place,
					"%s: %s stands there twice; take one out", key->name,
					http->listen[i]);
		}
	}
}

// A name as it stands in a Host header, in small letters; a port there is not compared.
static char *read_host(
	struct lull_reader *r, const struct lull_key *key, const struct lull_yaml *value)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	size_t n = strlen(value->text);
	if (n == 0 || n > HOST_BYTES || strspn(value->text, allowed) != n) {
		lull_reader_complain(r, &value->place,
			"%s: '%.64s' is not a name of a host; write one such as lull.example.org, "
			"without a port",
			key->name, value->text);
		return NULL;
	}
	char *name = lull_read_copy(r, value->text);
	for (size_t i = 0; i < n && name != NULL; i++)
		name[i] = (char)tolower((unsigned char)name[i]);
	return name;
}

static void read_hosts(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_http_config *http = into;
	lull_read_texts(r, key, value, read_host, &http->hosts, &http->n_hosts);
}

static const struct lull_key http_keys[] = {
	{"hosts", read_hosts, 0, 0, 0},
	{"listen", read_listen, 0, 0, 0},
	{"series_max", lull_read_unsigned, offsetof(struct lull_http_config, series_max), 0, 1e7},
};

void lull_read_http_key(struct lull_reader *r, const struct lull_yaml *map)
{
	lull_read_map(r, http_keys, COUNT(http_keys), map, "'http'", &r->config->http, NULL);
}

void lull_read_http(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	struct lull_config *c = into;
	if (value->kind == LULL_YAML_TEXT && strcmp(value->text, "off") == 0)
		lull_texts_free(&c->http.listen, &c->http.n_listen);
	else if (lull_read_is(r, key->name, value, LULL_YAML_MAP))
		lull_read_http_key(r, value);
}

// An empty text is no value: nothing is kept, nobody is become.
static bool none(const struct lull_yaml *value, char **field)
{
	if (value->kind != LULL_YAML_TEXT || value->text[0] != '\0')
		return false;
	free(*field);
	*field = NULL;
	return true;
}

void lull_read_state(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	if (!none(value, into))
		lull_read_text(r, key, value, into);
}

void lull_read_user(struct lull_reader *r, const struct lull_key *key,
	const struct lull_yaml *value, void *into)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789-_.";
	if (none(value, into) || !lull_read_is(r, key->name, value, LULL_YAML_TEXT))
		return;
	size_t n = strlen(value->text);
	if (n > USER_BYTES || value->text[0] == '-' || strspn(value->text, allowed) != n)
		lull_reader_complain(r, &value->place,
			"%s: '%.64s' is not a name of a user; write one such as lull", key->name,
			value->text);
	else
		lull_read_text(r, key, value, into);
}
