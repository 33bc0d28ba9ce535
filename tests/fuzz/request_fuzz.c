// SPDX-License-Identifier: MIT
/*
 * Any bytes as what a task sends to the metadata endpoint, in pieces of any
 * size. What is answered with a container is one of the task's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/metadata/request.h"

#define ID "0123456789abcdef0123456789abcdef"
#define COUNT 3

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

static void check(const struct request *r)
{
	struct request_verdict v = request_judge(r, ID, COUNT);

	if (v.status != 200 && v.status != 404 && v.status != 405 &&
	    v.status != 414)
		abort();
	if (v.status != 200)
		return;
	if (v.container >= COUNT || !memmem(r->url, r->url_len, "/v4/" ID "-",
					    sizeof("/v4/" ID "-") - 1))
		abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	struct request r;
	size_t piece, at = 1;
	int result = 0;

	if (len == 0)
		return 0;
	piece = bytes[0] ? bytes[0] : len;
	request_start(&r);
	while (result == 0 && at < len) {
		size_t n = len - at < piece ? len - at : piece;

		result = request_feed(&r, bytes + at, n);
		at += n;
	}
	if (r.wire_bytes > REQUEST_WIRE_MAX || r.url_len > REQUEST_URL_MAX)
		abort();
	if (result == 1)
		check(&r);
	else if (result != 0 && result != -EBADMSG && result != -EFBIG)
		abort();
	return 0;
}
