/* SPDX-License-Identifier: MIT */
/*
 * stream: the bytes of one layer, from the store through the decompressor.
 *
 * Both digests are taken on the way: that of the blob as it is stored and that
 * of the plain tar (its diff id). Whoever used the bytes asks stream_finish()
 * whether they were the right ones before anything is made of them.
 */
#ifndef CLOISTER_IMAGE_STREAM_H
#define CLOISTER_IMAGE_STREAM_H

#include <sodium.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <zlib.h>
#include <zstd.h>

#include "runtime/base/err.h"
#include "runtime/image/digest.h"

#define STREAM_BLOCK 65536

enum stream_kind {
	STREAM_PLAIN,
	STREAM_GZIP,
	STREAM_ZSTD,
};

struct stream {
	int fd;			/* the caller's; read with pread(2) */
	enum stream_kind kind;
	uint64_t at;
	uint64_t left;		/* bytes of the blob not yet read */
	uint64_t plain;		/* bytes given out */
	uint64_t plain_max;
	struct err error;	/* the first failure; sticky */
	crypto_hash_sha256_state blob_state;
	crypto_hash_sha256_state plain_state;
	z_stream gzip;
	ZSTD_DCtx *zstd;
	bool is_inside;		/* within a gzip member or a zstd frame */
	size_t in_pos;
	size_t in_len;
	unsigned char in[STREAM_BLOCK];
	unsigned char out[STREAM_BLOCK];
};

/*
 * Starts a stream of `size` bytes at `offset`; more than `plain_max` bytes of
 * plain data are an error. `s` is large: not for the stack.
 * Returns 0 or -ENOMEM. stream_close() in every case.
 */
int stream_open(struct stream *s, int fd, uint64_t offset, uint64_t size,
		enum stream_kind kind, uint64_t plain_max);

/*
 * The next plain bytes, valid until the next call. Returns their number, 0 at
 * the end, or -errno, also in s->error: -EBADMSG bad or cut compressed data
 * or bytes behind it, -EFBIG, else of the read.
 */
ssize_t stream_read(struct stream *s, const void **data);

/*
 * Reads what is left and compares. Returns 0 when blob and plain data have
 * the digests; -EILSEQ when one differs; or as stream_read().
 */
int stream_finish(struct stream *s, const struct digest *blob,
		  const struct digest *plain, struct err *e);

/*
 * After a failure: reads the rest of the blob as it is stored and says whether
 * it has the digest. Where it has not, that is the reason for the failure.
 * The stream is of no more use.
 */
bool stream_is_blob(struct stream *s, const struct digest *blob);

void stream_close(struct stream *s);

#endif
