// SPDX-License-Identifier: MIT
#include "runtime/oci/config/list.h"

#include <errno.h>
#include <string.h>

static const char *skip_spaces(const char *at)
{
	return at + strspn(at, " ");
}

/* Reads a number at `*at`; -EINVAL if there is none. */
static int take_number(const char **at)
{
	int n = 0;

	*at = skip_spaces(*at);
	if (**at < '0' || **at > '9')
		return -EINVAL;
	for (; **at >= '0' && **at <= '9'; (*at)++) {
		n = n * 10 + (**at - '0');
		if (n >= LIST_NUMBERS_MAX)
			return -EINVAL;
	}
	*at = skip_spaces(*at);
	return n;
}

static int take_range(const char **at, unsigned long *bits)
{
	int first = take_number(at);
	int last = first;

	if (first >= 0 && **at == '-') {
		(*at)++;
		last = take_number(at);
	}
	if (first < 0 || last < first)
		return -EINVAL;
	for (int n = first; bits && n <= last; n++)
		bits[(size_t)n / LIST_WORD_BITS] |=
			1UL << (size_t)n % LIST_WORD_BITS;
	return last;
}

int list_parse(const char *text, unsigned long *bits)
{
	const char *at = skip_spaces(text);
	int end = 0;

	while (*at) {
		int last = take_range(&at, bits);

		if (last < 0 || (*at && *at != ','))
			return -EINVAL;
		if (last >= end)
			end = last + 1;
		if (*at == ',' && !*++at)
			return -EINVAL;
	}
	return end;
}
