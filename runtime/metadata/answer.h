/* SPDX-License-Identifier: MIT */
/*
 * answer: one HTTP response, head and body in one heap block.
 */
#ifndef CLOISTER_METADATA_ANSWER_H
#define CLOISTER_METADATA_ANSWER_H

#include <stddef.h>

/*
 * Makes a response of `status` with a JSON body of `len` bytes; a NULL body is
 * {"message": "..."} with the status's own words. It says that the connection
 * ends. The caller frees what it gets; NULL: no memory.
 */
char *answer_new(unsigned int status, const char *body, size_t len,
		 size_t *answer_len);

#endif
