// SPDX-License-Identifier: MIT
/*
 * document: the bytes of the instance document, and strict JSON out of them.
 *
 * Strict: one value and nothing behind it, no duplicate keys, valid UTF-8, no
 * NUL even escaped, at most DOCUMENT_DEPTH_MAX levels and DOCUMENT_VALUES_MAX
 * values. Which numbers are integers is checked where integers are read.
 * Source: RFC 8259; jansson's API reference, "Decoding".
 */
#ifndef CLOISTER_INTAKE_DOCUMENT_H
#define CLOISTER_INTAKE_DOCUMENT_H

#include <jansson.h>
#include <stddef.h>

#include "runtime/base/source.h"
#include "runtime/intake/refusal.h"

#define DOCUMENT_BYTES_MAX SOURCE_BYTES_MAX
#define DOCUMENT_DEPTH_MAX 32
#define DOCUMENT_VALUES_MAX 100000

/*
 * Reads the document from `fd` to its end; the caller frees `*bytes` with
 * wipe_free().
 * Returns 0, -EINVAL (too big, empty: `why` says so), -ENOMEM, or -errno of
 * read(2), also told in `why`.
 */
int document_read(int fd, char **bytes, size_t *len, struct refusal *why);

/*
 * Parses; the caller ends `*root` with json_decref(). jansson opens
 * /dev/urandom for its hash seed unless json_object_seed() was called before.
 * Returns 0 or -EINVAL with line and column in `why`.
 */
int document_parse(const char *bytes, size_t len, json_t **root,
		   struct refusal *why);

#endif
