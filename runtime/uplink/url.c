#include "runtime/uplink/url.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/fd.h"

#define SCHEME "http://"
#define DEFAULT_PORT 4318
#define HOST_MAX INET6_ADDRSTRLEN

static const char path_characters[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	"-._~/%+=,";

/* Copies the host without brackets; returns what follows it, or NULL. */
static const char *split_host(const char *at, char *host, bool *is_v6)
{
	size_t len;

	*is_v6 = *at == '[';
	if (*is_v6)
		at++;
	len = strcspn(at, *is_v6 ? "]" : ":/");
	if (len == 0 || len >= HOST_MAX || (*is_v6 && at[len] != ']'))
		return NULL;
	memcpy(host, at, len);
	host[len] = '\0';
	return at + len + (*is_v6 ? 1 : 0);
}

/* Reads ":PORT" if it is there; returns what follows, or NULL. */
static const char *split_port(const char *at, uint16_t *port)
{
	unsigned int value = 0;
	size_t digits = 0;

	*port = DEFAULT_PORT;
	if (*at != ':')
		return at;
	at++;
	while (at[digits] >= '0' && at[digits] <= '9' && digits < 6)
		value = value * 10 + (unsigned int)(at[digits++] - '0');
	if (digits == 0 || value == 0 || value > 65535)
		return NULL;
	*port = (uint16_t)value;
	return at + digits;
}

static int fill_address(struct url *u, const char *host, bool is_v6,
			uint16_t port)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET,
				  .sin_port = htons(port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6,
				   .sin6_port = htons(port) };
	int is_good = is_v6 ? inet_pton(AF_INET6, host, &v6.sin6_addr) :
			      inet_pton(AF_INET, host, &v4.sin_addr);

	if (is_good != 1)
		return -EINVAL;
	memset(&u->address, 0, sizeof(u->address));
	if (is_v6)
		memcpy(&u->address, &v6, sizeof(v6));
	else
		memcpy(&u->address, &v4, sizeof(v4));
	u->address_len = is_v6 ? sizeof(v6) : sizeof(v4);
	snprintf(u->authority, sizeof(u->authority),
		 is_v6 ? "[%s]:%u" : "%s:%u", host, port);
	return 0;
}

static int fill_path(struct url *u, const char *at)
{
	size_t len = strlen(at);

	if (len && (*at != '/' || strspn(at, path_characters) != len))
		return -EINVAL;
	while (len && at[len - 1] == '/')
		len--;
	if (len >= sizeof(u->path))
		return -EINVAL;
	memcpy(u->path, at, len);
	u->path[len] = '\0';
	return 0;
}

int url_parse(const char *text, struct url *u, struct err *e)
{
	char host[HOST_MAX];
	uint16_t port;
	bool is_v6;
	const char *at;

	*u = (struct url){ .address_len = 0 };
	if (strncmp(text, SCHEME, strlen(SCHEME)) != 0)
		return err_set(e, EINVAL, "endpoint is not http://");
	at = split_host(text + strlen(SCHEME), host, &is_v6);
	if (!at)
		return err_set(e, EINVAL, "endpoint has no valid host");
	at = split_port(at, &port);
	if (!at)
		return err_set(e, EINVAL, "endpoint port is not 1..65535");
	if (fill_address(u, host, is_v6, port) < 0)
		return err_set(e, EINVAL,
			       "endpoint host is no IPv4 or "
			       "[IPv6] address (names are not "
			       "resolved)");
	if (fill_path(u, at) < 0)
		return err_set(e, EINVAL, "endpoint path is not valid");
	return 0;
}
