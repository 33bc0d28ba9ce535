// SPDX-License-Identifier: MIT
/* Documents in OEM strings: tables that hold together, and others. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "runtime/base/fd.h"
#include "runtime/base/source.h"
#include "runtime/base/wipe.h"
#include "runtime/intake/smbios.h"

#include "kselftest_harness.h"

#define OEM 11
#define SYSTEM 1
#define END 127

static unsigned char table[4u << 20];
static size_t table_len;
static struct refusal why;

static void put(const void *bytes, size_t len)
{
	memcpy(table + table_len, bytes, len);
	table_len += len;
}

/* A structure of 5 bytes, and its strings up to NULL. */
static void add(unsigned char type, const char *const *strings)
{
	const unsigned char head[] = { type, 5, 0, 0, 1 };

	put(head, sizeof(head));
	if (!*strings)
		put("", 1);
	for (; *strings; strings++)
		put(*strings, strlen(*strings) + 1);
	put("", 1);
}

#define ADD(type, ...) add(type, (const char *const[]){ __VA_ARGS__, NULL })

/* The document as text; NULL, and `*r` says why. */
static char *find(size_t len, ssize_t *r)
{
	/* A block of its own, so that a sanitizer sees its end. */
	AUTO_FREE unsigned char *copy = malloc(len + 1);
	char *bytes = NULL;

	memset(&why, 0, sizeof(why));
	memcpy(copy, table, len);
	*r = smbios_document(copy, len, &bytes, &why);
	if (*r >= 0)
		bytes[*r] = '\0'; /* there is room: the document is small */
	return bytes;
}

static ssize_t find_length(void)
{
	ssize_t r;

	wipe_free(find(table_len, &r));
	return r;
}

TEST(strings_of_ours_are_put_together_in_their_order)
{
	AUTO_WIPE char *text = NULL;
	ssize_t r;

	ADD(SYSTEM, "QEMU", SMBIOS_PREFIX "eHh4");
	ADD(OEM, "somebody's", SMBIOS_PREFIX "aGVs", "cloister.documents=x");
	ADD(OEM, SMBIOS_PREFIX "bG8", SMBIOS_PREFIX "=");
	ADD(END, SMBIOS_PREFIX "eHh4");
	ADD(OEM, SMBIOS_PREFIX "eHh4");
	text = find(table_len, &r);
	ASSERT_EQ(5, r);
	EXPECT_STREQ("hello", text);
}

TEST(a_table_without_strings_of_ours_has_no_document)
{
	EXPECT_EQ(-ENOENT, find_length());
	add(OEM, (const char *const[]){ NULL });
	ADD(OEM, "x", "Cloister.document=aGVs", "cloister.document");
	ADD(SYSTEM, SMBIOS_PREFIX "aGVs");
	ADD(OEM, SMBIOS_PREFIX);
	EXPECT_EQ(-ENOENT, find_length());
}

TEST(what_is_no_base64_is_refused)
{
	static const char *const rows[] = {
		SMBIOS_PREFIX "a",    SMBIOS_PREFIX "aGVsbG8",
		SMBIOS_PREFIX "aGV=", SMBIOS_PREFIX "aG Vs",
		SMBIOS_PREFIX "-_-_", SMBIOS_PREFIX "====",
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		table_len = 0;
		ADD(OEM, rows[i]);
		EXPECT_EQ(-EINVAL, find_length());
		EXPECT_STREQ("$", why.path);
		EXPECT_STREQ("is not base64 in the OEM strings", why.reason);
	}
}

TEST(a_structure_that_does_not_hold_together_ends_the_table)
{
	static const unsigned char short_head[] = { OEM, 3, 0, 0, 1 };
	static const unsigned char long_head[] = { OEM, 255, 0, 0, 1 };

	put(short_head, sizeof(short_head));
	ADD(OEM, SMBIOS_PREFIX "aGVs");
	EXPECT_EQ(-ENOENT, find_length());
	table_len = 0;
	put(long_head, sizeof(long_head));
	EXPECT_EQ(-ENOENT, find_length());
}

TEST(a_table_cut_anywhere_gives_the_beginning_or_nothing)
{
	ADD(OEM, SMBIOS_PREFIX "aGVs");
	ADD(SYSTEM, "x");
	ADD(OEM, SMBIOS_PREFIX "bG9v");
	for (size_t len = 0; len < table_len; len++) {
		ssize_t r;
		AUTO_WIPE char *text = find(len, &r);

		EXPECT_TRUE(r == -ENOENT ||
			    (r == 3 && strcmp("hel", text) == 0) ||
			    (r == 6 && strcmp("helloo", text) == 0));
	}
}

TEST(every_changed_byte_is_survived)
{
	ADD(OEM, SMBIOS_PREFIX "aGVs", "x");
	ADD(OEM, SMBIOS_PREFIX "bG9v");
	for (size_t at = 0; at < table_len; at++)
		for (unsigned int mask = 1; mask < 256; mask <<= 1) {
			ssize_t r;

			table[at] ^= (unsigned char)mask;
			r = find_length();
			EXPECT_TRUE(r == -ENOENT || r == -EINVAL || r >= 0);
			table[at] ^= (unsigned char)mask;
		}
}

/* base64 of so many zero bytes, a multiple of three, as one string. */
static void add_zeros(size_t bytes)
{
	static const unsigned char head[] = { OEM, 5, 0, 0, 1 };

	put(head, sizeof(head));
	put(SMBIOS_PREFIX, strlen(SMBIOS_PREFIX));
	memset(table + table_len, 'A', bytes / 3 * 4);
	table_len += bytes / 3 * 4;
	put("\0", 2);
}

TEST(a_document_of_the_largest_size_passes_and_a_larger_one_does_not)
{
	const size_t limit = SOURCE_BYTES_MAX - SOURCE_BYTES_MAX % 3;

	add_zeros(limit);
	EXPECT_EQ((ssize_t)limit, find_length());
	table_len = 0;
	add_zeros(limit + 3);
	EXPECT_EQ(-EINVAL, find_length());
	EXPECT_STREQ("is larger than 1048576 bytes", why.reason);
}

static int open_table(void)
{
	int fd = memfd_create("DMI", MFD_CLOEXEC);

	if (fd < 0 || fd_write_all(fd, table, table_len) < 0 ||
	    lseek(fd, 0, SEEK_SET) < 0)
		abort();
	return fd;
}

TEST(the_kernels_file_becomes_a_sealed_document)
{
	AUTO_FREE void *data = NULL;
	AUTO_CLOSE int fd = -1;
	AUTO_CLOSE int document = -1;
	size_t len;

	ADD(OEM, SMBIOS_PREFIX "aGVsbG8=");
	fd = open_table();
	document = smbios_open_document(fd, &why);
	ASSERT_LE(0, document);
	ASSERT_EQ(0, fd_read_sealed(document, 64, &data, &len, NULL));
	EXPECT_EQ(5, len);
	EXPECT_STREQ("hello", (const char *)data);
}

TEST(a_file_without_a_document_or_that_cannot_be_read_says_so)
{
	AUTO_CLOSE int fd = open_table();

	EXPECT_EQ(-ENOENT, smbios_open_document(fd, &why));
	EXPECT_EQ(-EBADF, smbios_open_document(-1, &why));
}

TEST(a_table_over_the_limit_is_refused)
{
	AUTO_CLOSE int fd = -1;

	table_len = SMBIOS_TABLE_MAX + 1;
	fd = open_table();
	EXPECT_EQ(-EINVAL, smbios_open_document(fd, &why));
	EXPECT_STREQ("is in a SMBIOS table of more than 2097152 bytes",
		     why.reason);
}

TEST_HARNESS_MAIN
