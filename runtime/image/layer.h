/* SPDX-License-Identifier: MIT */
/*
 * layer: one layer's tar into one directory.
 *
 * The tar is an attacker's. Each entry is made through directory fds that
 * openat2(2) resolved with the layer's directory as root, so that no name,
 * symbolic link or hard link reaches anything else. Nothing else writes in
 * the directory meanwhile.
 *
 * Made: files, directories, symbolic links (as they are), hard links within
 * the layer, fifos, whiteouts. Owners 0..65535, all mode bits (containers run
 * with no_new_privs), times, the xattrs security.capability and user.* but
 * user.overlay.*. Left out and counted: device nodes. Left out: every other
 * xattr, labels among them.
 */
#ifndef CLOISTER_IMAGE_LAYER_H
#define CLOISTER_IMAGE_LAYER_H

#include <stdint.h>

#include "runtime/base/err.h"
#include "runtime/image/stream.h"

struct layer_options {
	int root;		/* fd of the empty directory to fill */
	int base;		/* fd of a directory for things to remove */
	uint64_t bytes_max;	/* of file contents, holes included */
};

struct layer_counts {
	uint64_t entries;
	uint64_t bytes;
	uint64_t devices;	/* left out */
};

/*
 * Unpacks a stream; the caller then asks stream_finish() whether it was the
 * right one. On failure the directory holds a part.
 * Returns 0 or -errno:
 *   -EPERM         a name climbs ("..")
 *   -ENAMETOOLONG  a path, component or depth over the limit
 *   -EBADMSG       damaged tar, misplaced whiteout, link to what is not there
 *                  or may not be linked, entry below something that is no
 *                  directory, bad xattr
 *   -EOVERFLOW     an owner over 65535
 *   -EFBIG         bytes, entries or directories over the limit
 *   -ENOSPC        the file system is full
 * Source: OCI image-spec, layer.md; libarchive archive_read(3).
 */
int layer_unpack(struct stream *s, const struct layer_options *o,
		 struct layer_counts *counts, struct err *e);

#endif
