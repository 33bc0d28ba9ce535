/* SPDX-License-Identifier: MIT */
/*
 * json: the strict reader for index, manifest and configuration.
 */
#ifndef CLOISTER_IMAGE_JSON_H
#define CLOISTER_IMAGE_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/base/err.h"
#include "runtime/image/digest.h"

struct descriptor {
	struct digest digest;
	uint64_t size;
	const char *media_type;	/* inside the tree; never NULL */
};

/*
 * Reads one object. Duplicate keys, more than JSON_DEPTH_MAX levels, bytes
 * after the end and everything that is not an object are refused. `what` is
 * a word of ours for the message. The caller owns `*tree` (json_decref()).
 * Returns 0, -EBADMSG, -EFBIG (too deep) or -ENOMEM.
 */
int image_json_parse(const char *data, size_t len, const char *what,
		     json_t **tree, struct err *e);

/*
 * Reads a content descriptor; digest, size and mediaType must be there.
 * Returns 0 or -EBADMSG. Source: OCI image-spec, descriptor.md.
 */
int image_json_descriptor(const json_t *object, struct descriptor *d,
			  struct err *e);

/* The string `key` of an object, or NULL when it is absent or no string. */
const char *image_json_text(const json_t *object, const char *key);

#endif
