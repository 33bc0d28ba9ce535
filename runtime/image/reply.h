/* SPDX-License-Identifier: MIT */
/*
 * reply: the unpacker's answer, written on one side of a trust boundary and
 * checked on the other.
 */
#ifndef CLOISTER_IMAGE_REPLY_H
#define CLOISTER_IMAGE_REPLY_H

#include <stdint.h>

#include "runtime/base/err.h"
#include "runtime/image/image.h"

/*
 * Appends a string and its NUL. Returns 0 with its offset or -E2BIG when the
 * text is full.
 */
int image_reply_text(struct image_reply *r, const char *text,
		     uint32_t *offset, struct err *e);

/* Clears the reply and puts a failure in it; its words are made printable. */
void image_reply_refuse(struct image_reply *r, const struct err *why);

/*
 * Checks a reply from an unpacker that may be an attacker's: every offset,
 * count and list ends inside the text, every string is ended, digests are
 * digests, ids and signal are in range. A failure is checked for its words
 * alone. Returns 0 or -EBADMSG.
 */
int image_reply_check(struct image_reply *r, struct err *e);

/*
 * The name of a layer's directory: "sha256-<hex>" for the diff id
 * "sha256:<hex>".
 */
void image_layer_name(const char diff_id[IMAGE_DIGEST_MAX],
		      char name[IMAGE_DIGEST_MAX]);

#endif
