/*
 * url: an endpoint as configuration gives it, http://HOST:PORT[/PATH].
 *
 * HOST is an IPv4 address or an IPv6 address in brackets; names are refused
 * because nothing on the instance resolves names yet.
 */
#ifndef CLOISTER_UPLINK_URL_H
#define CLOISTER_UPLINK_URL_H

#include <sys/socket.h>

#include "runtime/base/channel.h"
#include "runtime/base/err.h"

struct url {
	struct sockaddr_storage address;
	socklen_t address_len;
	char authority[64];		/* HOST:PORT for the Host header */
	char path[CHANNEL_URL_MAX];	/* "" or "/a/b", no slash at the end */
};

/*
 * Reads `text`. Port 4318 when none is given. The path may hold unreserved
 * characters, '/', '%', '+', '=' and ','; no query, no fragment, no user.
 * Returns 0 or -EINVAL with the reason in `e`.
 * Source: RFC 3986 section 3; OTLP specification, "OTLP/HTTP Default Port".
 */
int url_parse(const char *text, struct url *u, struct err *e);

#endif
