// SPDX-License-Identifier: MIT
#include "tests/unit/image/tar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define BLOCK 512
#define GZIP_FORMAT (16 + MAX_WBITS)

struct header {
	char name[100];
	char mode[8];
	char uid[8];
	char gid[8];
	char size[12];
	char mtime[12];
	char checksum[8];
	char type;
	char link[100];
	char magic[6];
	char version[2];
	char user[32];
	char group[32];
	char major[8];
	char minor[8];
	char prefix[155];
	char rest[12];
};
_Static_assert(sizeof(struct header) == BLOCK, "ustar header");

static void *need(void *p)
{
	if (!p)
		abort();
	return p;
}

void bytes_add(struct bytes *b, const void *data, size_t len)
{
	while (b->len + len > b->cap) {
		b->cap = b->cap ? 2 * b->cap : 65536;
		b->data = need(realloc(b->data, b->cap));
	}
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
}

static void pad(struct bytes *b)
{
	static const char zeros[BLOCK];

	bytes_add(b, zeros, (BLOCK - b->len % BLOCK) % BLOCK);
}

static void octal(char *field, size_t width, unsigned long long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%0*llo", (int)width - 1, value);
	memcpy(field, text, width);
}

static void seal(struct header *h)
{
	const unsigned char *raw = (const unsigned char *)h;
	unsigned int sum = 0;

	memset(h->checksum, ' ', sizeof(h->checksum));
	for (size_t i = 0; i < sizeof(*h); i++)
		sum += raw[i];
	octal(h->checksum, 7, sum);
	h->checksum[6] = '\0';
}

static void short_text(char *field, size_t width, const char *text)
{
	size_t len = strlen(text);

	memcpy(field, text, len < width ? len : width);
}

static size_t data_len(const struct tar_entry *entry)
{
	if (entry->len || !entry->data)
		return entry->len;
	return strlen(entry->data);
}

static void add_header(struct bytes *b, const struct tar_entry *entry)
{
	struct header h;
	char type = entry->type ? entry->type : '0';
	unsigned int mode = type == '5' ? 0755 : 0644;

	memset(&h, 0, sizeof(h));
	short_text(h.name, sizeof(h.name), entry->name);
	octal(h.mode, sizeof(h.mode), entry->mode ? entry->mode : mode);
	octal(h.uid, sizeof(h.uid), entry->uid);
	octal(h.gid, sizeof(h.gid), entry->gid);
	octal(h.size, sizeof(h.size),
	      entry->claimed ? entry->claimed : data_len(entry));
	octal(h.mtime, sizeof(h.mtime), entry->mtime);
	h.type = type;
	short_text(h.link, sizeof(h.link), entry->link ? entry->link : "");
	memcpy(h.magic, "ustar", 6);
	memcpy(h.version, "00", 2);
	octal(h.major, sizeof(h.major), type == '3' || type == '4');
	octal(h.minor, sizeof(h.minor), type == '3' ? 3 : 0);
	seal(&h);
	bytes_add(b, &h, sizeof(h));
}

/* "<length> <key>=<value>\n", where the length counts its own digits. */
static void add_record(struct bytes *pax, const char *key, const char *value,
		       size_t value_len)
{
	size_t rest = 1 + strlen(key) + 1 + value_len + 1;
	size_t digits = 1;
	char text[32];

	while ((size_t)snprintf(text, sizeof(text), "%zu", rest + digits) >
	       digits)
		digits++;
	bytes_add(pax, text, strlen(text));
	bytes_add(pax, " ", 1);
	bytes_add(pax, key, strlen(key));
	bytes_add(pax, "=", 1);
	bytes_add(pax, value, value_len);
	bytes_add(pax, "\n", 1);
}

static void add_pax(struct bytes *b, const struct tar_entry *entry)
{
	struct bytes pax = { 0 };
	char key[256];

	if (strlen(entry->name) > 100)
		add_record(&pax, "path", entry->name, strlen(entry->name));
	if (entry->link && strlen(entry->link) > 100)
		add_record(&pax, "linkpath", entry->link, strlen(entry->link));
	if (entry->xattr) {
		snprintf(key, sizeof(key), "SCHILY.xattr.%s", entry->xattr);
		add_record(&pax, key, entry->value,
			   entry->value_len ? entry->value_len :
					      strlen(entry->value));
	}
	if (pax.len == 0)
		return;
	add_header(b, &(struct tar_entry){ .name = "pax",
					   .type = 'x',
					   .data = (char *)pax.data,
					   .len = pax.len });
	bytes_add(b, pax.data, pax.len);
	pad(b);
	free(pax.data);
}

void tar_add(struct bytes *b, const struct tar_entry *entry)
{
	add_pax(b, entry);
	add_header(b, entry);
	bytes_add(b, entry->data, data_len(entry));
	pad(b);
}

void tar_end(struct bytes *b)
{
	static const char zeros[2 * BLOCK];

	bytes_add(b, zeros, sizeof(zeros));
}

struct bytes tar_make(const struct tar_entry *entries, size_t count)
{
	struct bytes b = { 0 };

	for (size_t i = 0; i < count; i++)
		tar_add(&b, &entries[i]);
	tar_end(&b);
	return b;
}

struct bytes bytes_gzip(const struct bytes *b)
{
	struct bytes out = { 0 };
	z_stream z = { 0 };

	if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, GZIP_FORMAT, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	out.cap = deflateBound(&z, b->len) + 64;
	out.data = need(malloc(out.cap));
	z.next_in = b->data;
	z.avail_in = (uInt)b->len;
	z.next_out = out.data;
	z.avail_out = (uInt)out.cap;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	out.len = z.total_out;
	deflateEnd(&z);
	return out;
}

struct bytes bytes_zstd(const struct bytes *b)
{
	struct bytes out = { .cap = ZSTD_compressBound(b->len) };

	out.data = need(malloc(out.cap));
	out.len = ZSTD_compress(out.data, out.cap, b->data, b->len, 1);
	if (ZSTD_isError(out.len))
		abort();
	return out;
}

int bytes_fd(const struct bytes *b)
{
	int fd = memfd_create("bytes", MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < b->len) {
		ssize_t n = write(fd, b->data + done, b->len - done);

		if (n <= 0)
			abort();
		done += (size_t)n;
	}
	return fd;
}
