/* SPDX-License-Identifier: MIT */
/*
 * limits: how much of an image is taken. What is larger is refused, before
 * memory or disk is spent on it where that can be known.
 */
#ifndef CLOISTER_IMAGE_LIMITS_H
#define CLOISTER_IMAGE_LIMITS_H

#define LIMIT_MIB(n) ((uint64_t)(n) << 20)
#define LIMIT_GIB(n) ((uint64_t)(n) << 30)

#define STORE_MEMBERS_MAX 65536	/* files of the archive */
#define JSON_BYTES_MAX (4u << 20)	/* of one index, manifest, configuration */
#define JSON_DEPTH_MAX 32

#define LAYER_BYTES_MAX LIMIT_GIB(8)	/* of the files of one layer */
#define IMAGE_BYTES_MAX LIMIT_GIB(16)	/* of all layers unpacked for an image */
/* A tar stream holds more than its files: headers, padding. */
#define LAYER_STREAM_MAX (LAYER_BYTES_MAX + LIMIT_GIB(1))
#define LAYER_ENTRIES_MAX 1000000u
#define LAYER_DIRECTORIES_MAX 200000u	/* entries that are directories */
#define LAYER_PATHS_MAX LIMIT_MIB(64)	/* bytes of their names */
#define LAYER_DEPTH_MAX 256	/* components of one path */
#define LAYER_XATTRS_MAX 64	/* of one entry */
#define LAYER_OWNER_MAX 65535	/* user and group ids */

#define USERS_FILE_MAX (1u << 20)	/* bytes of etc/passwd, etc/group */

/* The unpacker's own memory: inflate and zstd windows, one JSON tree. */
#define UNPACKER_MEMORY_MAX LIMIT_MIB(512)
#define UNPACKER_FILES_MAX 64

/* Image owners 0..65535 are these on the host, outside of the unpacker. */
#define UNPACKER_HOST_ID 1000000

#endif
