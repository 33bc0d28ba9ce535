// SPDX-License-Identifier: MIT
#include "runtime/intake/address.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/task/plan_syntax.h"

#define BYTES_MAX 16

struct address {
	int family;
	size_t size;	      /* bytes */
	unsigned long prefix; /* bits */
	unsigned char bytes[BYTES_MAX];
};

static struct address read_address(const char *text)
{
	size_t len = strcspn(text, "/");
	struct address a = { .bytes = { 0 } };

	a.family = syntax_parse_address(text, len, a.bytes);
	a.size = memchr(text, ':', len) ? BYTES_MAX : 4;
	a.prefix = text[len] ? strtoul(text + len + 1, NULL, 10) : a.size * 8;
	return a;
}

/* The address with only the first `prefix` bits left. */
static struct address cut(const struct address *a, unsigned long prefix)
{
	struct address out = *a;

	for (size_t bit = prefix; bit < a->size * 8; bit++)
		out.bytes[bit / 8] &= (unsigned char)~(0x80 >> bit % 8);
	return out;
}

static bool is_same(const struct address *a, const struct address *b)
{
	return a->family == b->family &&
	       memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

bool address_has_family_of(const char *a, const char *b)
{
	return read_address(a).family == read_address(b).family;
}

bool address_is_same(const char *a, const char *b)
{
	struct address x = read_address(a), y = read_address(b);

	return is_same(&x, &y);
}

bool address_is_inside(const char *a, const char *cidr)
{
	struct address network = read_address(cidr), one = read_address(a);

	network = cut(&network, network.prefix);
	one = cut(&one, network.prefix);
	return is_same(&one, &network);
}

bool address_is_network(const char *cidr)
{
	struct address a = read_address(cidr), network = cut(&a, a.prefix);

	return is_same(&a, &network);
}

bool address_is_of_link(const char *a)
{
	return address_is_inside(a, "fe80::/10");
}
