/* Every library of the toolchain links and works, static and on the host. */
#include <archive.h>
#include <archive_entry.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <gelf.h>
#include <http_parser.h>
#include <jansson.h>
#include <seccomp.h>
#include <selinux/selinux.h>
#include <sodium.h>
#include <string.h>
#include <sys/capability.h>
#include <zlib.h>
#include <zstd.h>

#include "kselftest_harness.h"

TEST(jansson_refuses_a_repeated_key)
{
	json_error_t error;
	json_t *good = json_loads("{\"a\":1}", JSON_REJECT_DUPLICATES, &error);
	json_t *bad =
		json_loads("{\"a\":1,\"a\":2}", JSON_REJECT_DUPLICATES, &error);

	ASSERT_NE(NULL, good);
	EXPECT_EQ(1, json_integer_value(json_object_get(good, "a")));
	EXPECT_EQ(NULL, bad);
	EXPECT_EQ(json_error_duplicate_key, json_error_code(&error));
	json_decref(good);
}

TEST(libseccomp_refuses_an_unknown_call_name)
{
	EXPECT_EQ(0, seccomp_syscall_resolve_name("read"));
	EXPECT_EQ(__NR_SCMP_ERROR, seccomp_syscall_resolve_name("no_such"));
}

TEST(libcap_refuses_an_unknown_capability_name)
{
	cap_value_t value = -1;

	ASSERT_EQ(0, cap_from_name("cap_sys_admin", &value));
	EXPECT_EQ(CAP_SYS_ADMIN, value);
	EXPECT_EQ(-1, cap_from_name("cap_no_such", &value));
}

TEST(zlib_refuses_a_damaged_stream)
{
	unsigned char packed[64], text[64];
	uLongf packed_size = sizeof(packed), text_size = sizeof(text);
	const unsigned char *hello = (const unsigned char *)"hello hello";

	ASSERT_EQ(Z_OK, compress(packed, &packed_size, hello, 11));
	ASSERT_EQ(Z_OK, uncompress(text, &text_size, packed, packed_size));
	EXPECT_EQ(0, memcmp(text, hello, 11));
	packed[packed_size - 1] ^= 1;
	text_size = sizeof(text);
	EXPECT_EQ(Z_DATA_ERROR,
		  uncompress(text, &text_size, packed, packed_size));
}

TEST(zstd_refuses_what_is_no_frame)
{
	char packed[128], text[64];
	size_t size = ZSTD_compress(packed, sizeof(packed), "hello", 5, 1);

	ASSERT_FALSE(ZSTD_isError(size));
	EXPECT_EQ(5, ZSTD_decompress(text, sizeof(text), packed, size));
	EXPECT_TRUE(ZSTD_isError(
		ZSTD_decompress(text, sizeof(text), "no frame", 8)));
}

/* Writes a tar of one file into buffer; returns its size. */
static size_t write_tar(char *buffer, size_t size)
{
	struct archive *tar = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t used = 0;

	archive_write_set_format_pax_restricted(tar);
	archive_write_add_filter_zstd(tar);
	archive_write_open_memory(tar, buffer, size, &used);
	archive_entry_set_pathname(entry, "etc/name");
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_size(entry, 4);
	archive_write_header(tar, entry);
	archive_write_data(tar, "text", 4);
	archive_entry_free(entry);
	archive_write_free(tar);
	return used;
}

/* Reads the first entry's name; returns libarchive's verdict. */
static int read_tar(const char *buffer, size_t size, char name[64])
{
	struct archive *tar = archive_read_new();
	struct archive_entry *entry = NULL;
	int result;

	archive_read_support_format_tar(tar);
	archive_read_support_filter_zstd(tar);
	archive_read_support_filter_gzip(tar);
	result = archive_read_open_memory(tar, buffer, size);
	if (result == ARCHIVE_OK)
		result = archive_read_next_header(tar, &entry);
	if (result == ARCHIVE_OK)
		strncpy(name, archive_entry_pathname(entry), 63);
	archive_read_free(tar);
	return result;
}

TEST(libarchive_reads_a_zstd_tar_but_no_plain_text)
{
	static char buffer[65536];
	char name[64] = "";
	size_t size = write_tar(buffer, sizeof(buffer));

	ASSERT_LT(0, size);
	ASSERT_EQ(ARCHIVE_OK, read_tar(buffer, size, name));
	EXPECT_STREQ("etc/name", name);
	EXPECT_EQ(ARCHIVE_FATAL, read_tar("not a tar", 9, name));
}

TEST(libselinux_asks_the_kernel)
{
	char *context = NULL;
	int enforcing = security_getenforce();

	if (is_selinux_enabled() == 1) {
		EXPECT_LE(0, enforcing);
	} else {
		EXPECT_EQ(-1, enforcing);
		EXPECT_EQ(ENOENT, errno);
	}
	EXPECT_EQ(-1, getpidcon_raw(-1, &context));
}

TEST(libsodium_refuses_an_altered_message)
{
	unsigned char public[crypto_sign_PUBLICKEYBYTES];
	unsigned char secret[crypto_sign_SECRETKEYBYTES];
	unsigned char mark[crypto_sign_BYTES];
	unsigned char text[5] = "text";

	ASSERT_LE(0, sodium_init());
	ASSERT_EQ(0, crypto_sign_keypair(public, secret));
	ASSERT_EQ(0, crypto_sign_detached(mark, NULL, text, 5, secret));
	EXPECT_EQ(0, crypto_sign_verify_detached(mark, text, 5, public));
	text[0] ^= 1;
	EXPECT_EQ(-1, crypto_sign_verify_detached(mark, text, 5, public));
}

TEST(libelf_refuses_what_is_no_elf)
{
	char text[64] = "no elf";
	Elf *elf;

	ASSERT_NE(EV_NONE, elf_version(EV_CURRENT));
	elf = elf_memory(text, sizeof(text));
	EXPECT_EQ(ELF_K_NONE, elf_kind(elf));
	elf_end(elf);
}

static int print_nothing(enum libbpf_print_level level, const char *format,
			 va_list list)
{
	(void)level;
	(void)format;
	(void)list;
	return 0;
}

TEST(libbpf_refuses_what_is_no_object)
{
	libbpf_set_print(print_nothing);
	EXPECT_EQ(NULL, bpf_object__open_mem("no elf", 6, NULL));
	EXPECT_EQ(LIBBPF_ERRNO__FORMAT, errno);
}

TEST(http_parser_refuses_a_broken_status_line)
{
	static const char good[] =
		"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	static const char bad[] = "HTTP/x";
	http_parser_settings settings;
	http_parser parser;

	http_parser_settings_init(&settings);
	http_parser_init(&parser, HTTP_RESPONSE);
	http_parser_execute(&parser, &settings, good, sizeof(good) - 1);
	EXPECT_EQ(HPE_OK, HTTP_PARSER_ERRNO(&parser));
	EXPECT_TRUE(parser.status_code == 200);
	http_parser_init(&parser, HTTP_RESPONSE);
	http_parser_execute(&parser, &settings, bad, sizeof(bad) - 1);
	EXPECT_EQ(HPE_INVALID_VERSION, HTTP_PARSER_ERRNO(&parser));
}

TEST_HARNESS_MAIN
