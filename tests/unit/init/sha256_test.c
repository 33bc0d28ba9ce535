#include <string.h>

#include "init/sha256.h"

#include "kselftest_harness.h"

static char hex[SHA256_HEX];

static const char *digest(const char *text, size_t times)
{
	struct sha256 h = sha256_start();

	for (size_t i = 0; i < times; i++)
		sha256_add(&h, text, strlen(text));
	sha256_end_hex(&h, hex);
	return hex;
}

/* The examples that NIST publishes with FIPS 180-4. */
TEST(the_standards_examples_come_out)
{
	EXPECT_STREQ("ba7816bf8f01cfea414140de5dae2223"
		     "b00361a396177a9cb410ff61f20015ad",
		     digest("abc", 1));
	EXPECT_STREQ("248d6a61d20638b8e5c026930c3e6039"
		     "a33ce45964ff2167f6ecedd419db06c1",
		     digest("abcdbcdecdefdefgefghfghighijhijk"
			    "ijkljklmklmnlmnomnopnopq",
			    1));
	EXPECT_STREQ("cdc76e5c9914fb9281a1c7e284d73e67"
		     "f1809a48a497200e046d39ccc7112cd0",
		     digest("aaaaaaaaaa", 100000));
}

TEST(nothing_has_a_digest_too)
{
	EXPECT_STREQ("e3b0c44298fc1c149afbf4c8996fb924"
		     "27ae41e4649b934ca495991b7852b855",
		     digest("", 1));
}

TEST(the_cut_of_the_pieces_does_not_matter)
{
	static const char text[] =
		"The quick brown fox jumps over the lazy "
		"dog, again and again, until every block boundary was met: "
		"The quick brown fox jumps over the lazy dog.";
	char whole[SHA256_HEX];
	struct sha256 h;

	strcpy(whole, digest(text, 1));
	for (size_t cut = 0; cut < sizeof(text); cut++) {
		h = sha256_start();
		sha256_add(&h, text, cut);
		sha256_add(&h, text + cut, sizeof(text) - 1 - cut);
		sha256_end_hex(&h, hex);
		ASSERT_STREQ(whole, hex);
	}
}

TEST_HARNESS_MAIN
