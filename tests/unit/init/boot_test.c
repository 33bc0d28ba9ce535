#include <errno.h>
#include <string.h>

#include "init/boot.h"

#include "kselftest_harness.h"

static char program[] = "init";
static char one[] = "1", two[] = "2000", three[] = "-3";
static char empty[] = "", word[] = "7x";

static int take(int argc, char *a, char *b, char *c, struct boot_marks *m)
{
	char *argv[] = { program, a, b, c, NULL };
	struct err e = ERR_NONE;

	return boot_take_marks(argc, argv, m, &e);
}

TEST(three_numbers_are_the_marks)
{
	struct boot_marks m;

	ASSERT_EQ(0, take(4, one, two, three, &m));
	EXPECT_EQ(1, m.kernel);
	EXPECT_EQ(2000, m.verity);
	EXPECT_EQ(-3, m.policy);
}

TEST(another_count_or_no_number_is_einval)
{
	struct boot_marks m;

	EXPECT_EQ(-EINVAL, take(1, NULL, NULL, NULL, &m));
	EXPECT_EQ(-EINVAL, take(3, one, two, NULL, &m));
	EXPECT_EQ(-EINVAL, take(4, one, empty, three, &m));
	EXPECT_EQ(-EINVAL, take(4, one, two, word, &m));
}

TEST(a_root_that_is_not_erofs_counts_as_the_initramfs)
{
	EXPECT_TRUE(boot_is_initramfs());
}

TEST_HARNESS_MAIN
