#include <errno.h>
#include <string.h>

#include "init/verity.h"

#include "kselftest_harness.h"

#define A16 "aaaaaaaaaaaaaaaa"
#define HASH A16 A16 A16 "0123456789abcdef"
#define SALT "fedcba9876543210" A16 A16 A16
#define SHOWN(algorithm, hash, option) \
	"1 254:2 254:3 4096 4096 900 0 " algorithm " " hash " " SALT option

static int hash_of(const char *line)
{
	char hash[CMDLINE_HASH_DIGITS + 1];
	struct err e = ERR_NONE;

	return verity_hash_of(line, hash, &e);
}

TEST(the_parameters_are_what_the_kernel_documents)
{
	struct cmdline c = { .root_hash = HASH, .salt = SALT, .blocks = 900 };
	struct partition_pair p = { "/dev/vda2", "/dev/vda3" };
	char out[VERITY_PARAMETERS_MAX];
	struct err e = ERR_NONE;

	ASSERT_EQ(0, verity_parameters(&c, &p, out, sizeof(out), &e));
	EXPECT_STREQ("1 /dev/vda2 /dev/vda3 4096 4096 900 0 sha256 " HASH
		     " " SALT " 1 panic_on_corruption",
		     out);
}

TEST(parameters_that_do_not_fit_are_enametoolong)
{
	struct cmdline c = { .root_hash = HASH, .salt = SALT, .blocks = 900 };
	struct partition_pair p = { "/dev/vda2", "/dev/vda3" };
	struct err e = ERR_NONE;
	char out[64];

	EXPECT_EQ(-ENAMETOOLONG,
		  verity_parameters(&c, &p, out, sizeof(out), &e));
}

TEST(the_hash_is_read_back_from_the_line_that_the_kernel_shows)
{
	char hash[CMDLINE_HASH_DIGITS + 1];
	struct err e = ERR_NONE;

	ASSERT_EQ(0, verity_hash_of(SHOWN("sha256", HASH,
					  " 1 panic_on_corruption"),
				    hash, &e));
	EXPECT_STREQ(HASH, hash);
}

TEST(a_device_that_does_not_panic_on_corruption_is_ebadmsg)
{
	EXPECT_EQ(-EBADMSG, hash_of(SHOWN("sha256", HASH, "")));
	EXPECT_EQ(-EBADMSG,
		  hash_of(SHOWN("sha256", HASH, " 1 ignore_corruption")));
}

TEST(another_algorithm_version_or_length_is_ebadmsg)
{
	EXPECT_EQ(-EBADMSG,
		  hash_of(SHOWN("sha1", HASH, " 1 panic_on_corruption")));
	EXPECT_EQ(-EBADMSG,
		  hash_of(SHOWN("sha256", A16, " 1 panic_on_corruption")));
	EXPECT_EQ(-EBADMSG,
		  hash_of("0" SHOWN("sha256", HASH, " 1 panic_on_corruption")));
	EXPECT_EQ(-EBADMSG, hash_of(""));
}

TEST_HARNESS_MAIN
