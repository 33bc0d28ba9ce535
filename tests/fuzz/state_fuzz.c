// SPDX-License-Identifier: MIT
/*
 * The bytes are the state of a container on disk. What is accepted can be
 * written again, reads back as the same, and has a JSON form.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/oci/cli/state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *encode(const struct state *s, size_t *length)
{
	char *bytes;

	if (state_encode(s, &bytes, length, NULL) < 0)
		abort();
	return bytes;
}

static void check_again(const struct state *s)
{
	struct state again;
	size_t first_length, second_length;
	char *first = encode(s, &first_length);
	char *copy = malloc(first_length);
	char *second;

	if (!copy)
		abort();
	memcpy(copy, first, first_length);
	if (state_decode(copy, first_length, &again, NULL) < 0)
		abort();
	second = encode(&again, &second_length);
	if (first_length != second_length ||
	    memcmp(first, second, first_length) != 0)
		abort();
	free(first);
	free(second);
	state_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size + 1);
	struct state s;
	size_t length;
	char *text;

	if (!bytes)
		return 0;
	memcpy(bytes, data, size);
	if (state_decode(bytes, size, &s, NULL) < 0)
		return 0;
	check_again(&s);
	if (state_json(&s, STATUS_RUNNING, &text, &length, NULL) < 0)
		abort();
	free(text);
	state_free(&s);
	return 0;
}
