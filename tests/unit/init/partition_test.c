#include "init/partition.h"

#include "kselftest_harness.h"

#define NAME "cloister-root-0123456789abcdef"
#define PART "MAJOR=254\nMINOR=2\nDEVTYPE=partition\nDISKSEQ=9\nPARTN=2\n"

static char path[PARTITION_PATH_MAX];

TEST(the_partition_with_the_name_gives_its_device)
{
	EXPECT_TRUE(partition_match("DEVNAME=vda2\n" PART "PARTNAME=" NAME,
				    NAME, path));
	EXPECT_STREQ("/dev/vda2", path);
	EXPECT_TRUE(partition_match("PARTNAME=" NAME "\nDEVNAME=nvme0n1p2\n",
				    NAME, path));
	EXPECT_STREQ("/dev/nvme0n1p2", path);
}

TEST(a_longer_a_shorter_and_another_name_do_not_match)
{
	EXPECT_FALSE(
		partition_match("DEVNAME=a\nPARTNAME=" NAME "0", NAME, path));
	EXPECT_FALSE(partition_match("DEVNAME=a\nPARTNAME=cloister-root-", NAME,
				     path));
	EXPECT_FALSE(partition_match("DEVNAME=a\nXPARTNAME=" NAME, NAME, path));
	EXPECT_FALSE(partition_match("DEVNAME=a\n", NAME, path));
	EXPECT_FALSE(partition_match("", NAME, path));
}

TEST(a_device_name_that_leads_elsewhere_does_not_match)
{
	EXPECT_FALSE(partition_match("PARTNAME=" NAME, NAME, path));
	EXPECT_FALSE(
		partition_match("PARTNAME=" NAME "\nDEVNAME=", NAME, path));
	EXPECT_FALSE(
		partition_match("PARTNAME=" NAME "\nDEVNAME=../x", NAME, path));
	EXPECT_FALSE(
		partition_match("PARTNAME=" NAME "\nDEVNAME=a/b", NAME, path));
	EXPECT_FALSE(
		partition_match("PARTNAME=" NAME "\nDEVNAME=..", NAME, path));
}

TEST(a_device_name_fits_or_does_not_match)
{
	EXPECT_TRUE(partition_match("PARTNAME=" NAME "\nDEVNAME="
				    "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"
				    "eeeeeeeeeeffffffff",
				    NAME, path));
	EXPECT_FALSE(partition_match("PARTNAME=" NAME "\nDEVNAME="
				     "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"
				     "eeeeeeeeeefffffffff",
				     NAME, path));
}

TEST_HARNESS_MAIN
