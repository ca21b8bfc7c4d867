// SPDX-License-Identifier: BSD-3-Clause
// Addresses and prefixes as text. Leaves what a prefix may be used for to targets.

#include <arpa/inet.h>
#include <errno.h>
#include <lull/address.h>
#include <stdio.h>
#include <string.h>

static int family_of(const struct lull_addr *addr)
{
	return addr->family == 4 ? AF_INET : AF_INET6;
}

static unsigned bits_of(const struct lull_addr *addr)
{
	return addr->family == 4 ? 32 : 128;
}

// inet_pton() of glibc and musl takes no octal ("010.0.0.1"), no short form ("10.1"), no zone
// ("fe80::1%eth0"), no blanks: the tests hold it to that.
int lull_addr_parse(const char *text, struct lull_addr *addr)
{
	struct lull_addr a = {.family = strchr(text, ':') != NULL ? 6 : 4};
	if (inet_pton(family_of(&a), text, a.bytes) != 1)
		return -EINVAL;
	*addr = a;
	return 0;
}

char *lull_addr_format(const struct lull_addr *addr, char *out)
{
	out[0] = '\0';
	if (addr->family == 4 || addr->family == 6)
		inet_ntop(family_of(addr), addr->bytes, out, LULL_ADDR_TEXT);
	return out;
}

// A length: digits without sign, blank or leading zero. -1: not a length; 999: beyond any.
static int length_parse(const char *text)
{
	if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
		return -1;
	int len = 0;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p < '0' || *p > '9')
			return -1;
		len = len > 128 ? 999 : len * 10 + (*p - '0');
	}
	return len;
}

// Clear the bits beyond len; true when any was set.
static bool mask(struct lull_addr *addr, unsigned len)
{
	bool had = false;
	for (unsigned i = 0; i < bits_of(addr) / 8; i++) {
		unsigned keep = len <= 8 * i ? 0 : len - 8 * i < 8 ? len - 8 * i : 8;
		uint8_t kept = (uint8_t)(addr->bytes[i] & (0xff00 >> keep));
		had |= kept != addr->bytes[i];
		addr->bytes[i] = kept;
	}
	return had;
}

int lull_prefix_parse(const char *text, struct lull_prefix *prefix)
{
	char host[LULL_ADDR_TEXT];
	struct lull_prefix p = {0};
	size_t n = strcspn(text, "/");
	if (n >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, n);
	host[n] = '\0';
	if (lull_addr_parse(host, &p.addr) < 0)
		return -EINVAL;
	unsigned bits = bits_of(&p.addr);
	int len = text[n] == '\0' ? (int)bits : length_parse(text + n + 1);
	if (len < 0)
		return -EINVAL;
	if ((unsigned)len > bits)
		return -ERANGE;
	p.len = (uint8_t)len;
	bool beyond = mask(&p.addr, p.len);
	*prefix = p;
	return beyond ? -EDOM : 0;
}

char *lull_prefix_format(const struct lull_prefix *prefix, char *out)
{
	lull_addr_format(&prefix->addr, out);
	size_t n = strlen(out); // 39 at most: "/128" finds room
	if (n > 0)
		snprintf(out + n, LULL_ADDR_TEXT - n, "/%u", (unsigned)prefix->len);
	return out;
}

bool lull_prefix_contains(const struct lull_prefix *prefix, const struct lull_addr *addr)
{
	if (prefix->addr.family != addr->family)
		return false;
	struct lull_addr a = *addr;
	mask(&a, prefix->len);
	return memcmp(a.bytes, prefix->addr.bytes, sizeof(a.bytes)) == 0;
}

int lull_prefix_compare(const struct lull_prefix *a, const struct lull_prefix *b)
{
	if (a->addr.family != b->addr.family)
		return a->addr.family < b->addr.family ? -1 : 1;
	int order = memcmp(a->addr.bytes, b->addr.bytes, sizeof(a->addr.bytes));
	if (order != 0)
		return order;
	return (int)a->len - (int)b->len;
}
