/* SPDX-License-Identifier: MIT */
/* digits: decimal numbers without stdio, for use between clone and exec. */
#ifndef CLOISTER_OCI_DIGITS_H
#define CLOISTER_OCI_DIGITS_H

#include <stddef.h>

#define DIGITS_MAX 24

/* Writes `number` and a NUL to `text` (DIGITS_MAX bytes); returns its length
 * without the NUL. */
static inline size_t digits_write(char *text, long number)
{
	unsigned long rest = number < 0 ? 0UL - (unsigned long)number
					: (unsigned long)number;
	char reversed[DIGITS_MAX];
	size_t n = 0;
	size_t len = 0;

	do {
		reversed[n++] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (number < 0)
		reversed[n++] = '-';
	while (n > 0)
		text[len++] = reversed[--n];
	text[len] = '\0';
	return len;
}

#endif
