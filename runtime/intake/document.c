// SPDX-License-Identifier: MIT
#include "runtime/intake/document.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/base/fd.h"
#include "runtime/base/wipe.h"

int document_read(int fd, char **bytes, size_t *len, struct refusal *why)
{
	/* One byte more than allowed tells "too big" from "just fits". */
	AUTO_WIPE char *block = malloc(DOCUMENT_BYTES_MAX + 1);
	ssize_t n;

	refusal_set_path(why, "$");
	if (!block) {
		refuse(why, "no memory to read it");
		return -ENOMEM;
	}
	n = fd_read_all(fd, block, DOCUMENT_BYTES_MAX + 1);
	if (n < 0) {
		refuse(why, "cannot be read, error %d", (int)-n);
		return (int)n;
	}
	if (n == 0)
		return refuse(why, "is empty");
	if (n > (ssize_t)DOCUMENT_BYTES_MAX)
		return refuse(why, "is larger than %u bytes",
			      DOCUMENT_BYTES_MAX);
	*bytes = take_ptr(&block);
	*len = (size_t)n;
	return 0;
}

/*
 * Levels and values before jansson allocates for them. Text that is not JSON
 * may be counted wrong; jansson refuses it anyway.
 */
static int check_bounds(const char *bytes, size_t len, struct refusal *why)
{
	size_t depth = 0, values = 0;
	bool is_in_string = false;

	for (size_t i = 0; i < len; i++) {
		char c = bytes[i];

		if (is_in_string && c == '\\')
			i++;
		else if (c == '"')
			is_in_string = !is_in_string;
		if (is_in_string)
			continue;
		if (c == '{' || c == '[')
			depth++;
		if ((c == '}' || c == ']') && depth > 0)
			depth--;
		if (depth > DOCUMENT_DEPTH_MAX)
			return refuse(why, "is nested deeper than %d levels",
				      DOCUMENT_DEPTH_MAX);
		values += c == ',' || c == '{' || c == '[';
		if (values > DOCUMENT_VALUES_MAX)
			return refuse(why, "has more than %d values",
				      DOCUMENT_VALUES_MAX);
	}
	return 0;
}

static const struct error_row {
	enum json_error_code code;
	const char *words;
} error_rows[] = {
	{ json_error_invalid_utf8, "the text is not UTF-8" },
	{ json_error_premature_end_of_input, "the text ends too early" },
	{ json_error_end_of_input_expected, "text follows after the document" },
	{ json_error_invalid_syntax, "this is not JSON" },
	{ json_error_duplicate_key, "a key is twice in one object" },
	{ json_error_numeric_overflow, "a number does not fit into 64 bits" },
	{ json_error_null_character, "a text has a NUL character" },
	{ json_error_null_byte_in_key, "a key has a NUL character" },
	{ json_error_out_of_memory, "no memory to read it" },
};

static const char *error_words(const json_error_t *error)
{
	for (size_t i = 0; i < ARRAY_SIZE(error_rows); i++)
		if (error_rows[i].code == json_error_code(error))
			return error_rows[i].words;
	return "this is not JSON";
}

int document_parse(const char *bytes, size_t len, json_t **root,
		   struct refusal *why)
{
	json_error_t error = { .line = 0 };
	int r;

	refusal_set_path(why, "$");
	r = check_bounds(bytes, len, why);
	if (r < 0)
		return r;
	*root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);
	if (!*root)
		refuse(why, "line %d column %d: %s", error.line, error.column,
		       error_words(&error));
	/* It quotes the text near the fault. */
	explicit_bzero(error.text, sizeof(error.text));
	return *root ? 0 : -EINVAL;
}
