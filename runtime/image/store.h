/* SPDX-License-Identifier: MIT */
/*
 * store: the OCI archive, a tar of an OCI image layout, read in place.
 *
 * One pass notes where each blob lies; later reads go there directly. What is
 * read is trusted by its digest alone, never by its place or name.
 */
#ifndef CLOISTER_IMAGE_STORE_H
#define CLOISTER_IMAGE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/err.h"
#include "runtime/image/digest.h"
#include "runtime/image/json.h"

struct store_range {
	uint64_t offset;
	uint64_t size;
};

struct store_blob {
	struct digest digest;	/* as its name says */
	struct store_range range;
};

struct store {
	int fd;			/* the caller's */
	uint64_t size;		/* bytes of the device or file */
	struct store_blob *blobs;	/* sorted by digest */
	size_t count;
	struct store_range layout;	/* oci-layout; size 0: not there */
	struct store_range index;	/* index.json; size 0: not there */
};

/*
 * Notes the members of the archive. Reads with pread(2) only: the position of
 * `fd`, which others share, does not matter and moves to the end at most.
 * Returns 0; -EBADMSG not a tar, index twice, member beyond the end; -EFBIG
 * more than STORE_MEMBERS_MAX; -ENOENT no OCI layout in it; else -errno of
 * the read. store_close() in every case.
 * Source: OCI image-spec, image-layout.md.
 */
int store_open(int fd, struct store *s, struct err *e);
void store_close(struct store *s);

/* The blob of that name, or NULL. Its content is not verified. */
const struct store_blob *store_find(const struct store *s,
				    const struct digest *d);

/* Reads index.json into a heap block (NUL added) that the caller owns. */
int store_read_index(const struct store *s, char **data, size_t *len,
		     struct err *e);

/*
 * Reads the blob of a descriptor, at most JSON_BYTES_MAX, and verifies size
 * and digest. `what` is a word of ours for the message. The caller owns
 * `*data`. Returns 0; -ENOENT no such blob; -EILSEQ size or digest differ;
 * -EFBIG; else -errno of the read.
 */
int store_read_blob(const struct store *s, const struct descriptor *d,
		    const char *what, char **data, struct err *e);

#endif
