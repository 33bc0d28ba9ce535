// SPDX-License-Identifier: MIT
#include "runtime/image/reply.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "runtime/base/record.h"
#include "runtime/image/digest.h"
#include "runtime/image/limits.h"

#define ERRNO_MAX 4095
#define SIGNAL_MAX 64

int image_reply_text(struct image_reply *r, const char *text, uint32_t *offset,
		     struct err *e)
{
	size_t len = strlen(text) + 1;

	if (len > IMAGE_TEXT_MAX - r->text_len)
		return err_set(e, E2BIG,
			       "configuration: more than %d bytes of text",
			       IMAGE_TEXT_MAX);
	memcpy(r->text + r->text_len, text, len);
	*offset = r->text_len;
	r->text_len += (uint32_t)len;
	return 0;
}

void image_reply_refuse(struct image_reply *r, const struct err *why)
{
	memset(r, 0, sizeof(*r));
	r->error = why->code ? why->code : EIO;
	snprintf(r->reason, sizeof(r->reason), "%.*s", IMAGE_REASON_MAX - 1,
		 why->message);
	for (char *c = r->reason; *c; c++) {
		const char one[] = { *c, '\0' };

		if (!record_is_word(one))
			*c = '?';
	}
}

static int bad(struct err *e, const char *what)
{
	return err_set(e, EBADMSG, "unpacker: bad answer (%s)", what);
}

static int check_digest(const char text[IMAGE_DIGEST_MAX], struct err *e)
{
	struct digest d;

	if (!memchr(text, 0, IMAGE_DIGEST_MAX) || digest_parse(text, &d) < 0)
		return bad(e, "digest");
	return 0;
}

/* `count` strings one after another from `offset` on; each ends in the text. */
static int check_strings(const struct image_reply *r, uint32_t offset,
			 uint32_t count, struct err *e)
{
	if (offset > r->text_len || count > IMAGE_STRINGS_MAX)
		return bad(e, "list");
	for (uint32_t i = 0; i < count; i++) {
		const char *end =
			memchr(r->text + offset, 0, r->text_len - offset);

		if (!end)
			return bad(e, "string");
		offset = (uint32_t)(end + 1 - r->text);
	}
	return 0;
}

static int check_path(const struct image_reply *r, uint32_t offset,
		      struct err *e)
{
	int result = check_strings(r, offset, 1, e);

	if (result == 0 && r->text[offset] != '/')
		return bad(e, "path");
	return result;
}

static int check_numbers(const struct image_reply *r, struct err *e)
{
	if (r->text_len > IMAGE_TEXT_MAX)
		return bad(e, "text");
	if (r->layer_count == 0 || r->layer_count > IMAGE_LAYERS_MAX)
		return bad(e, "layers");
	if (r->stop_signal < 0 || r->stop_signal > SIGNAL_MAX)
		return bad(e, "signal");
	if (r->uid > LAYER_OWNER_MAX || r->gid > LAYER_OWNER_MAX)
		return bad(e, "user");
	if (r->group_count > IMAGE_GROUPS_MAX)
		return bad(e, "groups");
	for (uint32_t i = 0; i < r->group_count; i++)
		if (r->groups[i] > LAYER_OWNER_MAX)
			return bad(e, "group");
	return 0;
}

static int check_texts(const struct image_reply *r, struct err *e)
{
	const struct image_strings *lists[] = { &r->entry_point, &r->command,
						&r->env };
	int result = check_path(r, r->working_directory, e);

	if (result == 0)
		result = check_path(r, r->home, e);
	for (size_t i = 0; result == 0 && i < sizeof(lists) / sizeof(*lists);
	     i++)
		result = check_strings(r, lists[i]->offset, lists[i]->count, e);
	return result;
}

static int check_refusal(const struct image_reply *r, struct err *e)
{
	if (r->error < 0 || r->error > ERRNO_MAX)
		return bad(e, "error");
	if (!memchr(r->reason, 0, IMAGE_REASON_MAX) ||
	    !record_is_word(r->reason))
		return bad(e, "reason");
	return 0;
}

int image_reply_check(struct image_reply *r, struct err *e)
{
	int result;

	if (r->error)
		return check_refusal(r, e);
	result = check_numbers(r, e);
	if (result == 0)
		result = check_digest(r->manifest_digest, e);
	for (uint32_t i = 0; result == 0 && i < r->layer_count; i++)
		result = check_digest(r->layers[i], e);
	return result < 0 ? result : check_texts(r, e);
}

void image_layer_name(const char diff_id[IMAGE_DIGEST_MAX],
		      char name[IMAGE_DIGEST_MAX])
{
	char *colon;

	memcpy(name, diff_id, IMAGE_DIGEST_MAX);
	colon = strchr(name, ':');
	if (colon)
		*colon = '-';
}

const char *image_string(const struct image_reply *r,
			 const struct image_strings *s, uint32_t index)
{
	const char *at = r->text + s->offset;

	while (index--)
		at += strlen(at) + 1;
	return at;
}
