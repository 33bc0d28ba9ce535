/* SPDX-License-Identifier: MIT */
/*
 * archive: makes OCI archives for tests, honest ones and ones with one flaw.
 */
#ifndef CLOISTER_TESTS_IMAGE_ARCHIVE_H
#define CLOISTER_TESTS_IMAGE_ARCHIVE_H

#include <stddef.h>

#include "runtime/image/image.h"
#include "runtime/image/stream.h"
#include "tests/unit/image/tar.h"

#define ARCHIVE_LAYERS_MAX 130

enum archive_flaw {
	FLAW_NONE,
	FLAW_LAYER_BYTES,	/* one bit of the blob is another */
	FLAW_LAYER_HEADER,	/* of gzip: other bytes, same content */
	FLAW_LAYER_GONE,
	FLAW_LAYER_SIZE,	/* the descriptor says one byte more */
	FLAW_LAYER_TYPE,	/* a media type nobody knows */
	FLAW_DIFF_ID,
	FLAW_DIFF_ID_COUNT,	/* one more than there are layers */
	FLAW_CONFIG_BYTES,
	FLAW_CONFIG_GONE,
	FLAW_CONFIG_TYPE,
	FLAW_MANIFEST_BYTES,
	FLAW_MANIFEST_GONE,
	FLAW_MANIFEST_SIZE,
	FLAW_MANIFEST_TYPE,
};

struct archive_layer {
	const struct tar_entry *entries;
	size_t count;
	enum stream_kind kind;
};

struct archive_image {
	const char *reference;	/* annotation; NULL: none */
	const struct archive_layer *layers;
	size_t layer_count;
	const char *config;	/* JSON object; NULL: {} */
	const char *architecture;	/* NULL: amd64 */
	const char *platform;	/* JSON object of the descriptor; NULL: none */
	enum archive_flaw flaw;	/* of the last layer, where of a layer */
};

struct archive {
	struct bytes tar;
	struct bytes index;	/* descriptors so far */
	char manifest[IMAGE_DIGEST_MAX];	/* of the last image */
	char diff_ids[ARCHIVE_LAYERS_MAX][IMAGE_DIGEST_MAX];	/* likewise */
};

/* Appends one image: its blobs, and its descriptor for the index. */
void archive_add(struct archive *a, const struct archive_image *image);

/* Moves the descriptors so far into an index of their own, named so. */
void archive_nest(struct archive *a, const char *reference);

/* Ends the archive and gives it as a memfd; padded with zeros as a disk is. */
int archive_fd(struct archive *a);

/* All of it for one image. */
int archive_of(const struct archive_image *image);

/* A request for a reference; user "" */
struct image_request archive_request(const char *reference);

#endif
