/* SPDX-License-Identifier: MIT */
/* list: "0-3,7", the kernel's way to write a set of small numbers. */
#ifndef CLOISTER_OCI_CONFIG_LIST_H
#define CLOISTER_OCI_CONFIG_LIST_H

#include <stddef.h>

#define LIST_NUMBERS_MAX 8192	/* CONFIG_NR_CPUS has no more */
#define LIST_WORD_BITS (8 * sizeof(unsigned long))
#define LIST_WORDS_MAX (LIST_NUMBERS_MAX / LIST_WORD_BITS)

/*
 * Sets bit n of `bits` (LIST_WORDS_MAX words, may be NULL) for each number n.
 * Spaces may stand around numbers. Returns one more than the largest number, 0
 * for an empty text, or -EINVAL: no such list, or a number that is too large.
 * Source: cpuset(7), "List format".
 */
int list_parse(const char *text, unsigned long *bits);

#endif
