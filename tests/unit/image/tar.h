/* SPDX-License-Identifier: MIT */
/*
 * tar: makes tar archives for tests, byte by byte, so that they can also be
 * what no honest tool makes. Memory is the test process's: never freed.
 */
#ifndef CLOISTER_TESTS_IMAGE_TAR_H
#define CLOISTER_TESTS_IMAGE_TAR_H

#include <stddef.h>

struct bytes {
	unsigned char *data;
	size_t len;
	size_t cap;
};

struct tar_entry {
	const char *name;	/* of any length: a pax record where needed */
	const char *link;
	char type;		/* as in ustar; 0 counts as '0' */
	unsigned int mode;	/* 0: 0644, of directories 0755 */
	unsigned int uid;
	unsigned int gid;
	unsigned int mtime;
	const char *data;
	size_t len;		/* 0: strlen(data) */
	const char *xattr;	/* name of one xattr */
	const char *value;
	size_t value_len;	/* 0: strlen(value) */
	size_t claimed;		/* size in the header, if not that of data */
};

void bytes_add(struct bytes *b, const void *data, size_t len);

/* Appends one entry; tar_end() the two blocks of zeros. */
void tar_add(struct bytes *b, const struct tar_entry *entry);
void tar_end(struct bytes *b);

/* A whole archive of `count` entries. */
struct bytes tar_make(const struct tar_entry *entries, size_t count);

struct bytes bytes_gzip(const struct bytes *b);
struct bytes bytes_zstd(const struct bytes *b);

/* A memfd with the bytes. */
int bytes_fd(const struct bytes *b);

#endif
