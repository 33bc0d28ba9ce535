// SPDX-License-Identifier: MIT
#include "runtime/image/stream.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "runtime/base/fd.h"

#define GZIP_ONLY (16 + MAX_WBITS)
/* What zstd itself makes without being told to go further. */
#define ZSTD_WINDOW_LOG 27

int stream_open(struct stream *s, int fd, uint64_t offset, uint64_t size,
		enum stream_kind kind, uint64_t plain_max)
{
	memset(s, 0, sizeof(*s));
	s->fd = fd;
	s->kind = kind;
	s->at = offset;
	s->left = size;
	s->plain_max = plain_max;
	crypto_hash_sha256_init(&s->blob_state);
	crypto_hash_sha256_init(&s->plain_state);
	if (kind == STREAM_GZIP && inflateInit2(&s->gzip, GZIP_ONLY) != Z_OK)
		return -ENOMEM;
	if (kind != STREAM_ZSTD)
		return 0;
	s->zstd = ZSTD_createDCtx();
	if (!s->zstd)
		return -ENOMEM;
	ZSTD_DCtx_setParameter(s->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
	return 0;
}

void stream_close(struct stream *s)
{
	if (s->kind == STREAM_GZIP)
		inflateEnd(&s->gzip);
	ZSTD_freeDCtx(s->zstd);
	s->zstd = NULL;
}

/* Fills the input; at the end of the blob in_len stays 0. */
static int fill(struct stream *s)
{
	size_t want = s->left < STREAM_BLOCK ? (size_t)s->left : STREAM_BLOCK;
	ssize_t n;

	s->in_pos = 0;
	s->in_len = 0;
	if (want == 0)
		return 0;
	do
		n = pread(s->fd, s->in, want, (off_t)s->at);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return err_set(&s->error, n < 0 ? errno : EIO, "read");
	s->at += (uint64_t)n;
	s->left -= (uint64_t)n;
	s->in_len = (size_t)n;
	crypto_hash_sha256_update(&s->blob_state, s->in, (size_t)n);
	return 0;
}

static int bad(struct stream *s, const char *why)
{
	return err_set(&s->error, EBADMSG, "%s", why);
}

/* Each takes what it can of the input and returns the bytes put out. */
static ssize_t step_plain(struct stream *s)
{
	size_t n = s->in_len - s->in_pos;

	memcpy(s->out, s->in + s->in_pos, n);
	s->in_pos = s->in_len;
	return (ssize_t)n;
}

/* Members may follow one another: the data is that of all of them. */
static ssize_t step_gzip(struct stream *s)
{
	int r;

	if (!s->is_inside && inflateReset(&s->gzip) != Z_OK)
		return bad(s, "gzip state");
	s->is_inside = true;
	s->gzip.next_in = s->in + s->in_pos;
	s->gzip.avail_in = (uInt)(s->in_len - s->in_pos);
	s->gzip.next_out = s->out;
	s->gzip.avail_out = STREAM_BLOCK;
	r = inflate(&s->gzip, Z_NO_FLUSH);
	s->in_pos = s->in_len - s->gzip.avail_in;
	if (r == Z_MEM_ERROR)
		return err_set(&s->error, ENOMEM, "gzip");
	if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
		return bad(s, "damaged gzip data");
	if (r == Z_STREAM_END)
		s->is_inside = false;
	return (ssize_t)(STREAM_BLOCK - s->gzip.avail_out);
}

static ssize_t step_zstd(struct stream *s)
{
	ZSTD_inBuffer in = { s->in, s->in_len, s->in_pos };
	ZSTD_outBuffer out = { s->out, STREAM_BLOCK, 0 };
	size_t r = ZSTD_decompressStream(s->zstd, &out, &in);

	s->in_pos = in.pos;
	if (ZSTD_isError(r))
		return bad(s, "damaged zstd data");
	s->is_inside = r != 0;
	return (ssize_t)out.pos;
}

static ssize_t (*const steps[])(struct stream *s) = {
	[STREAM_PLAIN] = step_plain,
	[STREAM_GZIP] = step_gzip,
	[STREAM_ZSTD] = step_zstd,
};

/* With no input left a decompressor may still hold output. */
static ssize_t next_bytes(struct stream *s)
{
	for (;;) {
		ssize_t n;

		if (s->in_pos == s->in_len && fill(s) < 0)
			return -s->error.code;
		if (s->in_len == 0 && !s->is_inside)
			return 0;
		n = steps[s->kind](s);
		if (n != 0)
			return n;
		if (s->in_len == 0)
			return bad(s, "compressed data ends early");
	}
}

ssize_t stream_read(struct stream *s, const void **data)
{
	ssize_t n;

	if (s->error.code)
		return -s->error.code;
	n = next_bytes(s);
	if (n <= 0)
		return n;
	s->plain += (uint64_t)n;
	if (s->plain > s->plain_max)
		return err_set(&s->error, EFBIG, "more than %llu bytes",
			       (unsigned long long)s->plain_max);
	crypto_hash_sha256_update(&s->plain_state, s->out,
				  (unsigned long long)n);
	*data = s->out;
	return n;
}

bool stream_is_blob(struct stream *s, const struct digest *blob)
{
	struct digest real;

	while (s->left > 0)
		if (fill(s) < 0)
			return true;
	crypto_hash_sha256_final(&s->blob_state, real.bytes);
	return digest_equal(&real, blob);
}

int stream_finish(struct stream *s, const struct digest *blob,
		  const struct digest *plain, struct err *e)
{
	struct digest real_blob;
	struct digest real_plain;
	const void *ignored;
	ssize_t n;

	do
		n = stream_read(s, &ignored);
	while (n > 0);
	if (n < 0)
		return err_set(e, s->error.code, "%s", s->error.message);
	crypto_hash_sha256_final(&s->blob_state, real_blob.bytes);
	crypto_hash_sha256_final(&s->plain_state, real_plain.bytes);
	if (!digest_equal(&real_blob, blob))
		return err_set(e, EILSEQ, "digest of the blob differs");
	if (!digest_equal(&real_plain, plain))
		return err_set(e, EILSEQ, "diff id differs");
	return 0;
}
