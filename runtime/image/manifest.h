/* SPDX-License-Identifier: MIT */
/*
 * manifest: from a reference to the layers of one image.
 *
 * Messages never quote the image: they hold words of ours, numbers and
 * digests, because they leave the machine on the operator's channel.
 */
#ifndef CLOISTER_IMAGE_MANIFEST_H
#define CLOISTER_IMAGE_MANIFEST_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/base/err.h"
#include "runtime/image/digest.h"
#include "runtime/image/image.h"
#include "runtime/image/json.h"
#include "runtime/image/store.h"
#include "runtime/image/stream.h"

struct manifest_layer {
	struct descriptor blob;	/* media_type is NULL */
	enum stream_kind kind;
};

struct manifest {
	struct digest digest;
	struct descriptor config;	/* media_type is NULL */
	uint32_t layer_count;
	struct manifest_layer layers[IMAGE_LAYERS_MAX];	/* lowest first */
};

/*
 * Picks from an index the manifest that `reference` names, or another index to
 * look into with MANIFEST_ANY. A reference matches, best first:
 *   name@sha256:X  the descriptor with that digest
 *   an annotation org.opencontainers.image.ref.name or io.containerd.image.name
 *   equal to all of it; else ref.name equal to its tag ("latest" without one).
 * Of those for several platforms linux/amd64 is taken.
 * Returns 0 with digest and size, `*is_index` true for an index; -ENOENT no
 * match; -ENOTUNIQ several different ones; -EPROTONOSUPPORT none for
 * linux/amd64; -EBADMSG, -EFBIG, -ENOMEM for the JSON.
 * Source: OCI image-spec, image-index.md, annotations.md.
 */
int manifest_pick(const char *data, size_t len, const char *reference,
		  struct descriptor *out, int *is_index, struct err *e);
#define MANIFEST_ANY ((const char *)0)

/*
 * Reads a manifest's own JSON: the configuration and the layers, of which each
 * has a media type that we can unpack.
 * Returns 0; -EPROTONOSUPPORT another media type; -E2BIG too many layers;
 * -ENOENT no layer; else as manifest_pick().
 * Source: OCI image-spec, manifest.md, layer.md.
 */
int manifest_parse(const char *data, size_t len, struct manifest *m,
		   struct err *e);

/* Both together on a store: every blob on the way is verified. */
int manifest_read(const struct store *s, const char *reference,
		  struct manifest *m, struct err *e);

#endif
