// SPDX-License-Identifier: MIT
/*
 * Any bytes as the answer of a server, in pieces whose size the first byte
 * says: it is the same answer however it is cut, within its bounds, and ends
 * as a status or an error.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/uplink/answer.h"
#include "runtime/uplink/retry.h"

#define BODY_MAX 256
#define WIRE_MAX 4096

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len);

static int feed(struct answer *a, const struct answer_room *room,
		const char *text, size_t len, size_t step)
{
	int r = 0;

	answer_start(a, room);
	for (size_t at = 0; at < len && r == 0; at += step)
		r = answer_feed(a, text + at,
				len - at < step ? len - at : step);
	return r == 0 ? answer_feed(a, "", 0) : r;
}

static void check(const struct answer *a, int r)
{
	if (r != 1 && r != -EBADMSG && r != -EFBIG)
		abort();
	if (a->body_len > a->room.body_max ||
	    strnlen(a->tag, sizeof(a->tag)) == sizeof(a->tag) ||
	    (a->retry_after_s < 0 && a->retry_after_s != RETRY_AFTER_NONE))
		abort();
	if (r == 1 && !a->room.ends_when_full && a->status < 200)
		abort();
}

/* The length of the wire is an error only once it is passed, piece by piece. */
static bool is_same(const struct answer *a, int r, const struct answer *b,
		    int s)
{
	if (r == -EFBIG || s == -EFBIG)
		return true;
	return r == s && (r != 1 || (a->status == b->status &&
				     a->body_len == b->body_len &&
				     strcmp(a->tag, b->tag) == 0));
}

int LLVMFuzzerTestOneInput(const unsigned char *bytes, size_t len)
{
	static char body[2][BODY_MAX];
	static struct answer a, b;
	struct answer_room room = { .body = body[0],
				    .body_max = BODY_MAX,
				    .wire_max = WIRE_MAX };
	size_t step;
	int r, s;

	if (len == 0)
		return 0;
	step = (bytes[0] & 0x7fu) + 1;
	room.ends_when_full = bytes[0] & 0x80;
	r = feed(&a, &room, (const char *)bytes + 1, len - 1, len);
	check(&a, r);
	room.body = body[1];
	s = feed(&b, &room, (const char *)bytes + 1, len - 1, step);
	check(&b, s);
	if (!is_same(&a, r, &b, s) ||
	    (r == 1 && s == 1 && memcmp(body[0], body[1], a.body_len) != 0))
		abort();
	return 0;
}
