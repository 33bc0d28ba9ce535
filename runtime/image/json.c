// SPDX-License-Identifier: MIT
#include "runtime/image/json.h"

#include <errno.h>
#include <stdbool.h>

#include "runtime/image/limits.h"

/* Jansson's own limit is 2048 levels of recursion: more than we want. */
static bool is_too_deep(const char *data, size_t len)
{
	int depth = 0;
	bool in_string = false;

	for (size_t i = 0; i < len; i++) {
		char c = data[i];

		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '{' || c == '['))
			depth++;
		else if (!in_string && (c == '}' || c == ']'))
			depth--;
		if (depth > JSON_DEPTH_MAX)
			return true;
	}
	return false;
}

int image_json_parse(const char *data, size_t len, const char *what,
		     json_t **tree, struct err *e)
{
	json_error_t why;
	json_t *t;

	if (is_too_deep(data, len))
		return err_set(e, EFBIG, "%s: more than %d levels of JSON",
			       what, JSON_DEPTH_MAX);
	t = json_loadb(data, len, JSON_REJECT_DUPLICATES, &why);
	if (!t && json_error_code(&why) == json_error_out_of_memory)
		return err_set(e, ENOMEM, "%s", what);
	/* The parser's own words quote the data: say only where. */
	if (!t)
		return err_set(e, EBADMSG, "%s: bad JSON at line %d column %d",
			       what, why.line, why.column);
	if (!json_is_object(t)) {
		json_decref(t);
		return err_set(e, EBADMSG, "%s: not a JSON object", what);
	}
	*tree = t;
	return 0;
}

const char *image_json_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

int image_json_descriptor(const json_t *object, struct descriptor *d,
			  struct err *e)
{
	const char *digest = image_json_text(object, "digest");
	const json_t *size = json_object_get(object, "size");

	d->media_type = image_json_text(object, "mediaType");
	if (!d->media_type)
		return err_set(e, EBADMSG, "descriptor without mediaType");
	if (!digest || digest_parse(digest, &d->digest) < 0)
		return err_set(e, EBADMSG, "descriptor without sha256 digest");
	if (!json_is_integer(size) || json_integer_value(size) < 0)
		return err_set(e, EBADMSG, "descriptor without size");
	d->size = (uint64_t)json_integer_value(size);
	return 0;
}
